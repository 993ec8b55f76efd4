"""Takes the events that begin and end a streamed completion as other answers' were taken."""

from __future__ import annotations

from typing import Any

from tokenward.wire.json_text import Slot
from tokenward.wire.protocols.base import Ask
from tokenward.wire.protocols.calm_run import CalmRun
from tokenward.wire.protocols.known_events import KnownEvents
from tokenward.wire.protocols.openai_choice import Choice
from tokenward.wire.protocols.openai_events import LEAKS
from tokenward.wire.protocols.openai_passing import Passing
from tokenward.wire.protocols.openai_shape import Shape
from tokenward.wire.scan import Scanner, Steps, drive_now
from tokenward.wire.sse import END, Frame


class Opening(Passing):
    """What a stream knows from others: events that differ by id and time alone need no second look.

    A server begins and ends all of its answers with the same events, and most of what a short
    answer costs is to look at those. It is for answers of one choice, whose end is not taken back.
    """

    def __init__(self, shape: Shape, ask: Ask, scanner: Scanner) -> None:
        super().__init__(shape, ask)
        self._scanner = scanner
        self._known: KnownEvents | None = None
        if shape.chat and ask.choices == 1:
            self._known = scanner.loaded.seen.get("chat")
            if self._known is None:
                self._known = scanner.loaded.seen["chat"] = KnownEvents()

    def _known_event(self, frame: bytes) -> bytes | None:
        """Takes an event that begins or ends an answer as those of others did."""
        if self._known is None:
            return None
        if self._running is not None:
            return self._ends(self._known, self._running, frame)
        return self._begins(self._known, frame)

    def _begins(self, known: KnownEvents, frame: bytes) -> bytes | None:
        """Takes the event that begins the answer, or the first of its text."""
        state = self._choices.get(0)
        if state is None:
            if self._choices or known.find("role", frame) is None:
                return None
            state = self._choices[0] = Choice(0, self._scanner)
            state.began = state.roled = True
            self._opened = frame
            return frame
        found = known.find("text", frame) if state.fresh else None
        if found is None:
            return None
        self._usual.set(frame[: found.start(1)], frame[found.end(1) :], END)
        if self._usual.text(frame) is None:
            return None
        self._running, self._key = state, self._main
        self._calm = state.begin_run(self._main, self._usual)
        return self.usual(frame, framed=True)

    def _end_with(self, run: CalmRun, frame: bytes) -> bytes | None:
        """Takes an event that ends a text which is calm to its end; ``None`` for any other."""
        state, key = self._running, self._key
        if self._known is None or state is None or state.calls:
            return None
        ended = state.end_with(key, run) if self._known.find("end", frame) is not None else None
        if ended is None:
            return None
        self._calm = self._running = None
        out, rest = ended
        if rest:
            out = self._made([self._delta(state, {key: rest})])
        self.released = self.released or bool(out)
        return out + frame

    def _ends(self, known: KnownEvents, state: Choice, frame: bytes) -> bytes | None:
        """Takes the event that ends the text, and the answer's only choice."""
        if state.calls or known.find("end", frame) is None:
            return None
        self._running = None
        state.begin(finishes=True)
        state.finish([])
        out: list[bytes] = []
        drive_now(self._tail(state, out))
        if state.stopped:
            self._stop(out)
        else:
            state.end()
            state.began = True
            out.append(frame)
        return b"".join(out)

    def _learn(
        self, event: dict[str, Any], choice: dict[str, Any], state: Choice, frame: bytes | Frame
    ) -> None:
        """Learns how an event looks that says the next piece of a text, here and elsewhere."""
        super()._learn(event, choice, state, frame)
        if self._running is state and self._key == self._main and isinstance(frame, bytes):
            text = self._usual.text(frame)
            if self._known is not None and text is not None:
                self._known.learn("text", frame, event, text)

    def _remember(
        self,
        event: dict[str, Any],
        taken: list[tuple[dict[str, Any], Choice]],
        odd: list[Slot],
        frame: bytes | Frame,
        out: bytes,
    ) -> None:
        """Remembers an event without text that left as it came, behind what had waited for it."""
        if self._known is None or odd or len(taken) != 1 or not isinstance(frame, bytes):
            return
        choice, state = taken[0]
        plain = state.silent and not (state.calls or state.stopped or state.others)
        if not plain or len(event["choices"]) != 1 or any(choice.get(key) for key in LEAKS):
            return
        if state.finishes and out.endswith(frame):
            self._known.learn("end", frame, event)
        elif state.roled and state.fresh and out == frame:
            self._known.learn("role", frame, event)

    def _tail(self, state: Choice, out: list[bytes]) -> Steps[None]:
        """Lets out what a choice still held."""
        raise NotImplementedError
