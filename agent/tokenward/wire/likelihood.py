"""How likely its model found the tokens of an answer, as its logprobs tell."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

LEAST = -10_000.0
"""Below this a logprob only says "never": some servers write the lowest number there is."""
OTHERS = ("top_logprobs", "top_probs")
"""Keys of an entry that have the likeliest tokens at its place."""


class Likelihood:
    """Adds up the logprobs of one request's answer; numbers only, never a token.

    ``surprisal`` is in nats a token (Shannon 1948). ``top_entropy`` is the entropy of the tokens
    that the server tells, with all others taken as one: at most the true entropy, in nats.
    """

    __slots__ = ("_entropy", "_places", "_surprisal", "_tokens")

    def __init__(self) -> None:
        self._tokens = self._places = 0
        self._surprisal = self._entropy = 0.0

    def note(self, entries: Any) -> None:
        """Adds tokens, one object each: with its logprob or prob, and perhaps the likeliest ones.

        What is something else says nothing, and is left out.
        """
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and entry.get("special") is not True:
                self._add(logprob_of(entry), tops_of(entry))

    def note_choice(self, logprobs: Any) -> None:
        """Adds the ``logprobs`` of a choice of OpenAI's chat completions or completions."""
        if not isinstance(logprobs, dict):
            return
        for key in ("content", "refusal"):
            self.note(logprobs.get(key))
        chosen, tops = logprobs.get("token_logprobs"), logprobs.get("top_logprobs")
        for at, logprob in enumerate(chosen if isinstance(chosen, list) else ()):
            others = tops[at] if isinstance(tops, list) and at < len(tops) else None
            self._add(logprob, others.values() if isinstance(others, dict) else ())

    def _add(self, logprob: Any, tops: Iterable[Any]) -> None:
        if not is_logprob(logprob):
            return
        self._tokens += 1
        self._surprisal -= max(logprob, LEAST)
        told = [math.exp(one) for one in tops if is_logprob(one)]
        if told:
            self._places += 1
            self._entropy += entropy([*told, max(0.0, 1.0 - math.fsum(told))])

    def features(self) -> dict[str, float]:
        """Returns the means over the tokens, by their names in records; empty without logprobs.

        >>> likelihood = Likelihood()
        >>> likelihood.note([{"token": "a", "logprob": -1.0}, {"token": "b", "logprob": -3.0}])
        >>> likelihood.features()
        {'answer.surprisal': 2.0}
        """
        found: dict[str, float] = {}
        if self._tokens:
            found["answer.surprisal"] = self._surprisal / self._tokens + 0.0  # no -0.0
        if self._places:
            found["answer.top_entropy"] = self._entropy / self._places
        return found


def is_logprob(value: Any) -> bool:
    """Tells whether a value can be the logarithm of a probability."""
    return type(value) in (int, float) and value <= 0.0


def logprob_of(entry: Mapping[str, Any]) -> Any:
    """Returns the logprob of a token; of its probability, where that is told.

    >>> logprob_of({"prob": 1.0}), logprob_of({"logprob": -0.5}), logprob_of({"prob": 0})
    (0.0, -0.5, -10000.0)
    """
    share: Any = entry.get("prob")
    if "logprob" in entry or type(share) not in (int, float) or not 0.0 <= share <= 1.0:
        return entry.get("logprob")
    return math.log(share) if share else LEAST


def tops_of(entry: Mapping[str, Any]) -> list[Any]:
    """Returns the logprobs of the likeliest tokens at a place."""
    lists = (entry.get(key) for key in OTHERS)
    return [
        logprob_of(other)
        for one in lists
        if isinstance(one, list)
        for other in one
        if isinstance(other, dict)
    ]


def entropy(shares: Iterable[float]) -> float:
    """Returns the entropy of a distribution, in nats.

    >>> round(entropy([0.5, 0.5]), 4)
    0.6931
    """
    return -math.fsum(share * math.log(share) for share in shares if share > 0.0) + 0.0
