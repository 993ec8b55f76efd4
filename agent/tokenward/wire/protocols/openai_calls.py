"""Tool calls of an answer: held until whole, then checked, then let out or dropped."""

from __future__ import annotations

from typing import Any

from tokenward.errors import UpstreamError
from tokenward.wire.json_text import Document, slots
from tokenward.wire.protocols.texts import MOST_HELD, put_call
from tokenward.wire.scan import Scanner, Steps

MAX_CALLS = 256
PIECES = ("arguments", "input")
"""Fields of a call that come in pieces."""


def check_call(call: dict[str, Any], scanner: Scanner) -> Steps[bool]:
    """Guards a whole call, in place; returns whether it may be made."""
    documents, texts = [], []
    for slot in slots(call):
        if slot.key == "arguments" and not slot.is_key:
            document = Document.of(slot)
            documents.append(document)
            texts += document.texts
        else:
            texts.append(slot)
    if not (yield from put_call(texts, scanner)):
        return False
    for document in documents:
        document.close()
    return True


def check_calls(calls: list[Any], scanner: Scanner) -> Steps[list[dict[str, Any]]]:
    """Guards whole calls; returns those that may be made, numbered anew where they had numbers."""
    kept: list[dict[str, Any]] = []
    for call in calls:
        if not isinstance(call, dict):
            raise UpstreamError("a tool call that is no object")
        if (yield from check_call(call, scanner)):
            if "index" in call:
                call["index"] = len(kept)
            kept.append(call)
    return kept


class HeldCalls:
    """The calls of one choice of a stream, as far as they have come."""

    __slots__ = ("_calls", "_size", "legacy")

    def __init__(self) -> None:
        self._calls: dict[int, dict[str, Any]] = {}
        self._size = 0
        self.legacy = False
        """Whether it is the old ``function_call``, of which there is one."""

    def add(self, deltas: Any) -> None:
        """Takes the calls of one event."""
        if self._calls and self.legacy is not isinstance(deltas, dict):
            raise UpstreamError("tool calls of both the old and the new form")
        if isinstance(deltas, dict):
            self.legacy = True
            deltas = [{"index": 0, "function": deltas}]
        for delta in deltas or ():
            if not isinstance(delta, dict):
                raise UpstreamError("a tool call that is no object")
            self._join(self._call(delta), delta)
        if len(self._calls) > MAX_CALLS or self._size > MOST_HELD:
            raise UpstreamError("tool calls beyond all measure")

    def _call(self, delta: dict[str, Any]) -> dict[str, Any]:
        index = delta.get("index")
        if not isinstance(index, int):
            # without a number: an id begins a call, its absence goes on with the last one
            new = "id" in delta or not self._calls
            index = len(self._calls) if new else max(self._calls)
        return self._calls.setdefault(index, {"index": index})

    def _join(self, call: dict[str, Any], delta: dict[str, Any]) -> None:
        for key, value in delta.items():
            if isinstance(value, dict):
                inner = call.setdefault(key, {})
                self._join(inner, value) if isinstance(inner, dict) else None
            elif key in PIECES and isinstance(value, str):
                self._size += len(value)
                call.setdefault(key, []).append(value)
            elif value is not None or key not in call:
                self._size += len(value) if isinstance(value, str) else 1
                call[key] = value

    def check(self, scanner: Scanner) -> Steps[list[dict[str, Any]]]:
        """Guards the calls, which are whole now, and forgets them; returns those that stand."""
        calls = [_closed(self._calls[index]) for index in sorted(self._calls)]
        self._calls.clear()
        return (yield from check_calls(calls, scanner))

    def __len__(self) -> int:
        return len(self._calls)


def _closed(call: dict[str, Any]) -> dict[str, Any]:
    """Returns a call with its pieces joined."""
    return {
        key: _closed(value)
        if isinstance(value, dict)
        else "".join(value)
        if key in PIECES and isinstance(value, list)
        else value
        for key, value in call.items()
    }
