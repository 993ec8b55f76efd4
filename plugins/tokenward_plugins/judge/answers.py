"""What a judge answered: a text and, where the server gives them, how likely other words were."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenward_plugins.endpoint.failures import ServiceError
from tokenward_plugins.judge.settings import WHO

AROUND = " \t\r\n.,:;*\"'`_▁Ġ"
"""What stands around a word in tokens of various tokenizers."""
THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)

Likely = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """``tokens`` has the token that was said, then each with its logarithm of probability."""

    text: str = field(repr=False)
    tokens: Sequence[tuple[str, Sequence[Likely]]] = field(default=(), repr=False)

    def share(self, words: Sequence[str], after: str = "") -> dict[str, float] | None:
        """Returns how likely each of some words was, of all of them: where the first of them stood.

        ``after`` is what stands before that place. ``None`` where the server does not say.

        >>> said = Answer("yes", [("Yes", [("Yes", math.log(0.6)), (" No", math.log(0.2))])])
        >>> {word: round(share, 3) for word, share in said.share(["yes", "no"]).items()}
        {'yes': 0.75, 'no': 0.25}
        """
        before = ""
        for token, likely in self.tokens:
            if token.strip(AROUND) and before.rstrip().casefold().endswith(after):
                return _shares(words, likely)
            before += token
        return None


def answer_of(value: Any) -> Answer:
    """Returns the first answer in what an OpenAI-compatible server sent.

    Raises:
        ServiceError: There is none.
    """
    try:
        choice = value["choices"][0]
        text = choice["message"]["content"]
    except (KeyError, IndexError, TypeError):
        text = None
    if not isinstance(text, str):
        raise ServiceError(f"{WHO}: the server sent no chat completion with a text", "nonsense")
    said = THOUGHT.sub("", text)
    # the numbers tell where a word stands, which thoughts before it hide
    return Answer(said, _tokens(choice.get("logprobs")) if said == text else ())


def nonsense(kind: str) -> ServiceError:
    """Returns the error of an answer that says nothing, which is not quoted."""
    return ServiceError(f"{WHO}: the answer is not in the form of {kind}", "nonsense")


def _tokens(logprobs: Any) -> list[tuple[str, list[Likely]]]:
    try:
        return [
            (str(one["token"]), [(str(t["token"]), float(t["logprob"])) for t in _likely(one)])
            for one in logprobs["content"]
        ]
    except (KeyError, TypeError, ValueError):
        return []


def _likely(one: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return one.get("top_logprobs") or [one]


def _shares(words: Sequence[str], likely: Sequence[Likely]) -> dict[str, float] | None:
    found = dict.fromkeys(words, 0.0)
    for token, logprob in likely:
        part = token.strip(AROUND).casefold()
        meant = [word for word in words if part and word.startswith(part)]
        if len(meant) == 1 and math.isfinite(logprob) and logprob <= 1e-6:  # noqa: PLR2004  # a rounding above 0
            found[meant[0]] += math.exp(logprob)
    total = sum(found.values())
    return {word: share / total for word, share in found.items()} if total > 0 else None
