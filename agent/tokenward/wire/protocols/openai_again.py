"""The request for another ending of an answer, in the ways that servers of open models take it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tokenward.wire.json_text import write
from tokenward.wire.protocols.base import Ask, Usage
from tokenward.wire.protocols.openai_shape import Shape
from tokenward.wire.retold import LONGEST, Retold
from tokenward.wire.scan import Scanner

FORMED = (
    "audio",
    "echo",
    "grammar",
    "guided_choice",
    "guided_grammar",
    "guided_json",
    "guided_regex",
    "json_schema",
    "response_format",
    "structured_outputs",
    "suffix",
    "use_beam_search",
)
"""Parameters of answers that cannot be gone on with from the middle."""
NO_FORM: tuple[object, ...] = (None, False, "", [], {}, {"type": "text"})
LENGTHS = ("max_tokens", "max_completion_tokens", "n_predict")
LONG_WORDS, FEW = 64, 3
"""A stretch of more characters, or of more words, is known by its first two words."""
BIAS = -5.0
"""What is added to the log-odds of each token of a stretch, where whole ones cannot be banned."""


def attempts(ask: Ask, shape: Shape, scanner: Scanner) -> int:
    """Returns how often the end of an answer may be taken back: 0 where it cannot go on."""
    body = ask.body
    if ask.continues == "none" or ask.choices != 1 or ask.in_json:
        return 0
    if body.get("best_of") not in (None, 1) or any(body.get(key) not in NO_FORM for key in FORMED):
        return 0
    if shape.chat and ask.continues not in ("vllm", "llamacpp"):
        return 0
    if shape.chat and not isinstance(begun(ask), str):
        return 0
    return scanner.loaded.stages["output"].plan.attempts


def begun(ask: Ask) -> Any:
    """Returns what the client itself made the answer begin with."""
    last = ask.body["messages"][-1]
    if last.get("role") != "assistant":
        return ""
    flagged = ask.body.get("continue_final_message") is True
    return last.get("content") if flagged or ask.continues == "llamacpp" else ""


class Asking:
    """Asks for other endings of one answer; what must not be said again adds up."""

    __slots__ = ("_ask", "_shape", "_words")

    def __init__(self, ask: Ask, shape: Shape) -> None:
        self._ask = ask
        self._shape = shape
        self._words: dict[str, None] = {}

    def body(self, main: Retold) -> bytes | None:
        """Returns the request for what follows the kept text; ``None`` where that is too long."""
        if main.length > LONGEST:
            return None
        self._words |= dict.fromkeys(filter(None, map(known_by, main.words)))
        body = dict(self._ask.body)
        prefix = main.kept.rstrip()  # templates strip a message's end, and servers refuse it
        if prefix:
            self._begin(body, prefix)
        seed = body.get("seed")
        body["seed"] = (seed if type(seed) is int else 0) + main.rewinds + 1
        for key in LENGTHS:
            if type(body.get(key)) is int and body[key] > 0:
                body[key] = max(1, body[key] - main.kept_tokens)
        self._discourage(body)
        return write(body)

    def _begin(self, body: dict[str, Any], prefix: str) -> None:
        if not self._shape.chat:
            prompt = body["prompt"]
            whole = (prompt if isinstance(prompt, str) else prompt[0]) + prefix
            body["prompt"] = whole if isinstance(prompt, str) else [whole]
            return
        before = begun(self._ask)
        kept = body["messages"][:-1] if before else body["messages"]
        body["messages"] = [*kept, {"role": "assistant", "content": before + prefix}]
        if self._ask.continues == "vllm":
            body["continue_final_message"] = True
            body["add_generation_prompt"] = False

    def _discourage(self, body: dict[str, Any]) -> None:
        """Makes what was taken back less likely, where the server has a way."""
        if self._ask.continues == "vllm":
            body["bad_words"] = [*(body.get("bad_words") or ()), *self._words]
        elif self._ask.continues == "llamacpp":
            body["logit_bias"] = [*pairs(body.get("logit_bias")), *([w, BIAS] for w in self._words)]


def known_by(words: str) -> str:
    """Returns what stands for a stretch of text that must not be said again.

    >>> known_by("4111 1111"), known_by("You are no use to anybody.")
    ('4111 1111', 'You are')
    """
    parts = words.split()
    if len(words) <= LONG_WORDS and len(parts) <= FEW:
        return words.strip()
    return " ".join(parts[:2])[:LONG_WORDS]


def pairs(bias: Any) -> Iterable[list[Any]]:
    """Returns a ``logit_bias`` as llama.cpp's pairs."""
    if isinstance(bias, Mapping):
        return [[int(key) if key.isdecimal() else key, value] for key, value in bias.items()]
    return bias if isinstance(bias, list) else []


def summed(usage: dict[str, Any], main: Retold, kept: int) -> None:
    """Adds the tokens of attempts that were given up to a usage, in place.

    ``kept`` tokens of the last prompt are counted with the answer already. Both are counted in
    events where nobody told.
    """
    for key, more in (("prompt_tokens", -kept), ("completion_tokens", main.spent)):
        if type(usage.get(key)) is int:
            usage[key] = max(0, usage[key] + more)
    if type(usage.get("prompt_tokens")) is int and type(usage.get("completion_tokens")) is int:
        usage["total_tokens"] = usage["prompt_tokens"] + usage["completion_tokens"]
    usage["estimated"] = True


def tokens_of(usage: Usage, text: str) -> int:
    """Returns the tokens of a whole answer's text: guessed from its length where nobody told."""
    return usage.completion if usage.completion is not None else len(text) // 4
