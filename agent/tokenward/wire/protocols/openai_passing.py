"""Passes events of a streamed completion on: as they came, or with what they say now."""

from __future__ import annotations

from typing import Any

from tokenward.wire.json_text import read_loosely
from tokenward.wire.protocols.base import Ask
from tokenward.wire.protocols.calm_run import CalmRun
from tokenward.wire.protocols.openai_choice import Choice, Leaving
from tokenward.wire.protocols.openai_events import event_bytes, strip
from tokenward.wire.protocols.openai_shape import Shape
from tokenward.wire.protocols.texts import PADDING
from tokenward.wire.protocols.usual import NOWHERE, Usual
from tokenward.wire.sse import END, EventReader, Frame, data_of, written

NO_FRAME = frozenset({"choices", "error", "usage", PADDING})
"""Fields of an event that are its own, and not those of all events of an answer."""


class Passing:
    """What a stream lets out; usual events are known by their bytes, and not even parsed."""

    def __init__(self, shape: Shape, ask: Ask) -> None:
        self.released = False
        self._shape = shape
        self._ask = ask
        self._reader = EventReader()
        self._choices: dict[int, Choice] = {}
        self._event: dict[str, Any] = {}
        self._opened = b""
        """The event that began the answer, where nobody had to look at what it says."""
        self._pieces = 0
        self._usual = Usual()
        self._between = False
        """Whether what comes next is the beginning of an event."""
        self._running: Choice | None = None
        """The choice of the event that was looked at last, if more like it may come."""
        self._calm: CalmRun | None = None
        """Where that text is calm: what takes the next events instead."""
        self._key = self._main = shape.text

    def usual(self, data: bytes, framed: bool = False) -> bytes | None:
        """Guards events like the one before, of which only the running text is looked at."""
        if not (framed or self._between):
            return None
        run = self._calm
        out = run.take(data) if run is not None else None
        if out is None:
            return self._no_run(data, framed=framed)
        self.released = self.released or bool(out)
        return out

    def _no_run(self, data: bytes, *, framed: bool) -> bytes | None:
        run, state = self._calm, self._running
        if run is not None:
            if not framed and data.find(END) != len(data) - len(END):
                return None  # of several events each comes as a frame
            out = self._end_with(run, data)
            if out is not None:
                return out
            self._end_calm()
        text = self._usual.text(data) if state is not None else None
        if state is not None and text is not None:
            return self._run(state, data, text)
        if framed:
            return self._known_event(data)
        return self._several(state, data) if state is not None else None

    def _end_with(self, run: CalmRun, frame: bytes) -> bytes | None:
        """Takes an event that ends a text which is calm to its end; ``None`` for any other."""
        raise NotImplementedError

    def _known_event(self, frame: bytes) -> bytes | None:
        """Takes an event that begins or ends an answer as those of others did."""
        raise NotImplementedError

    def _run(self, state: Choice, data: bytes, text: str) -> bytes:
        out = self._pass_on(state, data, text)
        if state.stopped:
            return self._stop_running(out)
        self._calm = state.calm_run(self._key, self._usual)
        return out

    def _end_calm(self) -> None:
        """Tells the guard of the running text what went by."""
        run, self._calm = self._calm, None
        if run is not None and self._running is not None:
            self._pieces += run.left
            self._running.end_run(self._key, run)

    def _pass_on(self, state: Choice, data: bytes, text: str) -> bytes:
        key, out = self._key, b""
        for came, said in state.pass_on(key, text, data):
            if not isinstance(came, bytes):
                part = self._leave(state, [(came, key, said)])
            else:
                self.released = True
                self._pieces += 1
                if said is None:
                    part = came
                elif came is data or self._usual.like(came):
                    part = self._usual.put(said)
                else:
                    part = self._respelled(came, None, NOWHERE, key, said)
            out = out + part if out else part
        return out

    def _leave(self, state: Choice, leaving: Leaving) -> bytes:
        """Lets events out, as they came or with what they say now."""
        out: list[bytes] = []
        for one, key, said in leaving:
            came = (one, None, NOWHERE) if isinstance(one, bytes) else one
            if came is None:
                out.append(self._made([self._delta(state, {key: said})]))
            elif came[1] is None and said is None:  # one that was not parsed, or a comment
                frame = came[0]
                out.append(frame if isinstance(frame, bytes) else frame.raw)
            else:
                out.append(self._respelled(*came, key, said))
            state.began = True
        if leaving:
            self.released = True
            self._pieces += len(leaving)
        return b"".join(out)

    def _respelled(
        self,
        frame: bytes | Frame,
        event: dict[str, Any] | None,
        place: dict[str, Any],
        key: str,
        said: str | None,
    ) -> bytes:
        """Returns an event with what it says now."""
        if event is None:
            if said is not None and self._usual.like(frame):
                return self._usual.put(said)
            event = read_loosely(data_of(frame))
            place = self._shape.container(event["choices"][0], "delta")
        if said is not None:
            place[key] = said
            strip(event["choices"][0])
        return written(frame, event)

    def _several(self, state: Choice, data: bytes) -> bytes | None:
        """Guards usual events that came together."""
        events, out = self._usual.events(data), list[bytes]()
        if events is None:
            return None
        for raw, text in events:
            out.append(self._pass_on(state, raw, text))
            if state.stopped:
                return self._stop_running(b"".join(out))
        return b"".join(out)

    def _stop_running(self, out: bytes) -> bytes:
        self._running = None
        more: list[bytes] = []
        self._stop(more)
        return out + b"".join(more)

    def _learn(
        self, event: dict[str, Any], choice: dict[str, Any], state: Choice, frame: bytes | Frame
    ) -> None:
        """Learns how an event looks that says nothing but the next piece of a running text."""
        key = state.single(chat=self._shape.chat)
        if key is None or not state.began or not isinstance(frame, bytes):
            return
        if state.others is not None:
            return
        place = self._shape.container(choice, "delta")
        if self._usual.learn(frame, data_of(frame), event, place, key):
            self._running, self._key = state, key

    def _aside(self, frame: Frame) -> bytes:
        """Lets a comment out, in its place where text waits before it."""
        for state in self._choices.values():
            leaving = state.aside(frame)
            if leaving is not None:
                return self._leave(state, leaving)
        return frame.raw

    def _delta(self, state: Choice, texts: dict[str, Any]) -> dict[str, Any]:
        """Returns a choice of an event of our own, with its role if it was not said yet."""
        if not state.roled:
            state.roled = True
            texts = {"role": "assistant", **texts}
        state.began = True
        return self._shape.delta(state.index, texts)

    def _made(self, choices: list[dict[str, Any]], **more: Any) -> bytes:
        """Returns an event of our own in the frame of the last one."""
        last = self._event or (read_loosely(data_of(self._opened)) if self._opened else {})
        frame = {k: v for k, v in last.items() if k not in NO_FRAME}
        if "id" not in frame:
            frame = self._shape.frame(self._ask.model, "0", stream=True)
        return event_bytes({**frame, "choices": choices, **more})

    def _stop(self, out: list[bytes]) -> None:
        """Ends the choices that were stopped."""
        raise NotImplementedError
