"""A whole message of Anthropic's whose end may be taken back and told again."""

from __future__ import annotations

from typing import Any

from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.anthropic_again import body_of
from tokenward.wire.protocols.anthropic_form import read_usage
from tokenward.wire.protocols.anthropic_whole import WholeMessage
from tokenward.wire.protocols.base import Ask, Usage, Whole
from tokenward.wire.protocols.texts import read_object
from tokenward.wire.retold import Retold, RetoldWhole
from tokenward.wire.scan import Scanner, Steps

SAME = ("id", "model")


class RetoldMessage(RetoldWhole):
    """One message that begins with text: its frame is that of the first attempt."""

    def __init__(self, ask: Ask, scanner: Scanner, on_block: OnBlock, attempts: int) -> None:
        self._ask = ask
        self._scanner = scanner
        self._on_block = on_block
        self._attempts = attempts
        self._answer: dict[str, Any] = {}
        self._data = b""  # what it came as

    def hear(self, data: bytes) -> Steps[bytes | None]:
        """Takes an answer; returns the body of a request for another ending, if one is wanted."""
        answer, self._data = read_object(data), data
        if self._main is None:
            self._answer = answer
            if first_text(answer) is None:
                return None
            self._scanner.look_at("output")
            self._main = Retold(self._scanner, self._scanner.main_form, self._attempts)
        else:
            self._main.go_on()
            self._join(answer)
        main = self._main
        text = main.joined(first_text(self._answer) or "")
        yield from main.told_whole(text, told_tokens(answer, text))
        if not main.asks:
            return None
        body = body_of(self._ask, main) if len(self._answer["content"]) == 1 else None
        if body is None:
            yield from self.decline()
        return body

    def _join(self, answer: dict[str, Any]) -> None:
        """Takes over what the message is from now on; it has the frame of the first."""
        first = self._answer
        usage, more = first.get("usage"), answer.get("usage")
        self._answer = answer | {key: first[key] for key in SAME if key in first}
        if isinstance(usage, dict) and isinstance(more, dict):
            told = read_usage(usage, Usage()).completion or 0
            told += read_usage(more, Usage()).completion or 0
            self._answer["usage"] = more | usage | {"output_tokens": told}
        if isinstance(answer.get("content"), list) and first_text(answer) is None:
            self._answer["content"] = [{"type": "text", "text": ""}, *answer["content"]]

    def whole(self) -> Steps[Whole]:
        """Guards what remains of the message."""
        if self._main is not None and first_text(self._answer) is not None:
            self._answer["content"][0]["text"] = self._main.text
        guard = WholeMessage(self._scanner, self._on_block, self._main)
        return (yield from guard.guard_object(self._answer, self._data))


def first_text(answer: dict[str, Any]) -> str | None:
    """Returns the text of a message's first block, if a text is all that it has."""
    content = answer.get("content")
    first = content[0] if isinstance(content, list) and content else None
    if not isinstance(first, dict) or first.get("type") != "text":
        return None
    text = first.get("text")
    beside = any(value for key, value in first.items() if key not in ("type", "text"))
    return text if isinstance(text, str) and not beside else None


def told_tokens(answer: dict[str, Any], text: str) -> int:
    """Returns the tokens of an answer: guessed from its text where nobody told."""
    told = read_usage(answer.get("usage"), Usage()).completion
    return told if told is not None else len(text) // 4
