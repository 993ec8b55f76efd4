"""Logprobs of a choice, which stay only with the text that they are of."""

from __future__ import annotations

from typing import Any

from tokenward.wire.protocols.copies import alternatives, is_numbers
from tokenward.wire.protocols.openai_events import OF_TEXT, strip
from tokenward.wire.protocols.openai_shape import Shape

LOGPROBS = frozenset({"logprobs"})
CHAT = ("content", "refusal")
TEXT = frozenset({"text_offset", "token_logprobs", "tokens", "top_logprobs"})


def others_of(
    shape: Shape, choice: dict[str, Any], inner: dict[str, Any], *, whole: bool
) -> list[str] | None:
    """Takes out all of what says a text again that says more than the texts in ``inner``.

    Token ids stay in a ``whole`` answer only: those of an event may run ahead of its text. Returns
    the tokens that were not chosen, which the choice has still; ``None`` where it has nothing that
    says a text again.
    """
    strip(choice, OF_TEXT if whole else LOGPROBS)
    logprobs, ids = choice.get("logprobs"), choice.get("token_ids")
    if not (logprobs or ids):
        return None
    found: list[str] | None = []
    if isinstance(logprobs, dict):
        found = _chat(logprobs, inner) if shape.chat else _text(logprobs, inner.get("text"))
    elif logprobs is not None:
        found = None
    if found is None or not is_numbers(ids):
        strip(choice)
        return None
    return found


def _chat(logprobs: dict[str, Any], inner: dict[str, Any]) -> list[str] | None:
    found: list[str] = []
    for key, entries in logprobs.items():
        others = alternatives(entries or [], inner.get(key) or "")
        if key not in CHAT or others is None:
            return None
        found += others
    return found


def _text(logprobs: dict[str, Any], text: Any) -> list[str] | None:
    tokens, tops = logprobs.get("tokens"), logprobs.get("top_logprobs") or []
    numbers = [value for key, value in logprobs.items() if key not in ("tokens", "top_logprobs")]
    if (
        not TEXT.issuperset(logprobs)
        or not isinstance(tokens, list)
        or not all(isinstance(one, str) for one in tokens)
        or "".join(tokens) != text
        or not is_numbers(numbers)
        or not isinstance(tops, list)
        or not all(one is None or isinstance(one, dict) for one in tops)
        or not is_numbers([value for one in tops if one for value in one.values()])
    ):
        return None
    return [token for one in tops if one for token in one]
