"""Tool calls of an answer: held until whole, then checked, then let out or dropped."""

from __future__ import annotations

from typing import Any

from tokenward.errors import UpstreamError
from tokenward.wire.json_text import WITHOUT_NAMES, Document, slots, write
from tokenward.wire.protocols.texts import MOST_HELD, put_call
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.spelling import close
from tokenward.wire.sse import Frame, data_of, written

MAX_CALLS = 256
PIECES = ("arguments", "input")
"""Fields of a call that come in pieces."""
MOST_KEPT = 2 * MOST_HELD
"""Bytes of events that are kept as they came."""


def check_call(call: dict[str, Any], scanner: Scanner) -> Steps[bool]:
    """Guards a whole call, in place; returns whether it may be made."""
    documents, texts = [], []
    for slot in slots(call, names=WITHOUT_NAMES):
        if slot.key == "arguments" and not slot.is_key:
            document = Document.of(slot)
            documents.append(document)
            texts += document.texts
        else:
            texts.append(slot)
    if not (yield from put_call(texts, scanner)):
        return False
    for document in documents:
        close(document)
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


class Pieces(list[str]):
    """What came of a field in pieces."""


class HeldCalls:
    """The calls of one choice of a stream, as far as they have come."""

    __slots__ = ("_calls", "_events", "_kept", "_size", "legacy")

    def __init__(self) -> None:
        self._calls: dict[int, dict[str, Any]] = {}
        self._size = 0
        self._kept = 0
        self._events: list[tuple[bytes | Frame, dict[str, Any]]] | None = []
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
            self.lose()  # others may put them together in another way
            new = "id" in delta or not self._calls
            index = len(self._calls) if new else max(self._calls)
        return self._calls.setdefault(index, {"index": index})

    def _join(self, call: dict[str, Any], delta: dict[str, Any]) -> None:
        for key, value in delta.items():
            known = call.get(key)
            if isinstance(value, dict):
                inner = call.setdefault(key, {})
                if isinstance(inner, dict):
                    self._join(inner, value)
                else:
                    self.lose()
            elif key in PIECES and isinstance(value, str) and isinstance(known, Pieces | None):
                self._size += len(value)
                call[key] = known or Pieces()
                call[key].append(value)
            elif value is not None or key not in call:
                self._size += len(value) if isinstance(value, str) else 1
                if known is not None and known != value:
                    self.lose()  # it says something that the whole call does not
                call[key] = value

    def keep(self, frame: bytes | Frame, event: dict[str, Any]) -> None:
        """Keeps an event that says nothing but a piece of calls, to let it out as it came."""
        self._kept += len(data_of(frame))
        if self._kept > MOST_KEPT:
            self.lose()
        elif self._events is not None:
            self._events.append((frame, event))

    def lose(self) -> None:
        """Notes that the calls cannot leave as they came."""
        self._events = None

    def check(self, scanner: Scanner) -> Steps[tuple[list[dict[str, Any]], list[bytes]]]:
        """Guards the calls, which are whole now, and forgets them.

        Returns those that stand, and the events in which they came where they can leave like that.
        """
        calls = [_closed(self._calls[index]) for index in sorted(self._calls)]
        before, events = write(calls), self._events or ()
        self._calls.clear()
        self._events = None
        kept = yield from check_calls(calls, scanner)
        same = bool(kept) and write(kept) == before
        return kept, [written(frame, event) for frame, event in events] if same else []

    def __len__(self) -> int:
        return len(self._calls)


def _closed(call: dict[str, Any]) -> dict[str, Any]:
    """Returns a call with its pieces joined."""
    return {
        key: _closed(value)
        if isinstance(value, dict)
        else "".join(value)
        if isinstance(value, Pieces)
        else value
        for key, value in call.items()
    }
