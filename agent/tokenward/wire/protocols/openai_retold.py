"""A streamed answer of OpenAI's completions whose end may be taken back and told again."""

from __future__ import annotations

from typing import Any

from tokenward.wire.json_text import read_loosely
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Ask
from tokenward.wire.protocols.openai_again import Asking, summed
from tokenward.wire.protocols.openai_choice import Choice
from tokenward.wire.protocols.openai_shape import Shape
from tokenward.wire.protocols.openai_stream import OpenAIStream
from tokenward.wire.retold import RetoldAnswer
from tokenward.wire.scan import Scanner, Steps, drive_now
from tokenward.wire.sse import EventReader, Frame, data_of

SAME = ("id", "created", "model", "system_fingerprint")
"""What all events of one answer have from the first, whichever attempt they come from."""


class RetoldStream(OpenAIStream, RetoldAnswer):
    """One answer of one choice; the client sees one stream, whatever was taken back.

    ``again`` holds the body of the request for another ending, while one is wanted.
    """

    def __init__(
        self, shape: Shape, ask: Ask, scanner: Scanner, on_block: OnBlock, attempts: int
    ) -> None:
        super().__init__(shape, ask, scanner, on_block)
        self._attempts = attempts
        self._known = None  # the first event tells what all endings have in common
        self._asking = Asking(ask, shape)
        self._kept = 0  # tokens of the text that the present ending goes on with
        self._first: dict[str, Any] = {}

    def usual(self, data: bytes, framed: bool = False) -> bytes | None:
        """Guards events like the one before."""
        out = super().usual(data, framed=framed)
        if out is not None and self._choices[0].asks:
            out += drive_now(self._look(last=False))
        return out

    def frame(self, frame: bytes | Frame) -> Steps[bytes]:
        """Guards an event; returns the events that may leave now."""
        out = yield from super().frame(frame)
        return out + (yield from self._look(last=data_of(frame) == b"[DONE]"))

    def close(self) -> Steps[bytes | None]:
        """Ends the answer where the connection did."""
        out = yield from super().close()
        return None if out is None else out + (yield from self._look(last=True))

    def _look(self, *, last: bool) -> Steps[bytes]:
        """Looks whether the end of the answer is to be taken back."""
        state = self._choices.get(0)
        if self.ended or state is None or not state.asks:
            return b""
        assert state.main is not None
        self.again = self._asking.body(state.main) if state.alone else None
        if self.again is not None:
            return b""
        out = yield from self._without(state)
        return out + ((yield from self._done()) if last and not self.ended else b"")

    def _without(self, state: Choice, *, cut: bool = False) -> Steps[bytes]:
        """Goes on by the rules' fallbacks; returns the events that may leave for that."""
        main, out = state.main, list[bytes]()
        assert main is not None
        waits = main.give_up(cut=cut)
        state.follow()
        if state.finishes:
            waits = main.finish() or waits
        if waits:
            yield [main.stream]
        if state.finishes:
            yield from self._tail(state, out)
            if not state.stopped:
                self._finish(state, out)
        else:
            _, delta = state.tail(self._main)
            if delta:
                self.released = True
                self._pieces += 1
                out.append(self._made([self._delta(state, delta)]))
        self._stop(out)
        return b"".join(out)

    def _finish(self, state: Choice, out: list[bytes]) -> None:
        """Ends a choice as the model server has ended it."""
        choices, usage = self._event.get("choices"), self._event.get("usage")
        reason = choices[0].get("finish_reason") if choices else None
        if reason:
            more = {"usage": usage} if usage else {}
            out.append(self._made([self._shape.delta(0, {}, reason)], **more))
        state.end()

    # -- another ending ---------------------------------------------------------------------

    @property
    def kept(self) -> str:
        """The text of the model that another ending is to follow."""
        main = self._choices[0].main
        return main.kept if main is not None else ""

    def go_on(self) -> None:
        """Takes the events of the other ending from now on."""
        state = self._choices[0]
        assert state.main is not None
        self.again = None
        self._first = self._first or {k: self._event[k] for k in SAME if k in self._event}
        self._kept = state.main.kept_tokens
        self._reader = EventReader()
        self._running = None
        self._read = self._read_again
        state.main.go_on()
        state.follow()

    def _read_again(self, frame: bytes) -> Any:
        """Reads an event so that it goes on with those before it."""
        event = read_loosely(frame)
        if not isinstance(event, dict):
            return event
        event |= {key: value for key, value in self._first.items() if key in event}
        state = self._choices[0]
        main, key = state.main, self._main
        assert main is not None
        usage = event.get("usage")
        if isinstance(usage, dict):
            summed(usage, main, self._kept)
        choices = event.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            inner = choice.get("delta") if self._shape.chat else choice
            if isinstance(inner, dict):
                if state.roled:
                    inner.pop("role", None)
                if isinstance(inner.get(key), str):
                    inner[key] = main.joined(inner[key])
        return event

    def decline(self) -> Steps[bytes]:
        """Ends the answer by the rules' fallbacks: there is no other ending."""
        self.again = None
        state = self._choices[0]
        assert state.main is not None
        message, finished = state.main.message, state.finishes
        out = [(yield from self._without(state, cut=not finished))]
        if not self.ended:
            if not finished:  # what should follow is lost
                self._scanner.message = self._scanner.message or message
                state.stopped = True
            self.cut = True
            self._stop(out)
        return b"".join(out)
