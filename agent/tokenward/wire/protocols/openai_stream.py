"""Guards a streamed answer of OpenAI's chat and text completions, event by event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.stream.guarded import GuardedStream
from tokenward.wire.json_text import STRUCTURAL, Slot, read_loosely, slots
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Ask, Usage
from tokenward.wire.protocols.copies import are_clean
from tokenward.wire.protocols.openai_beside import Beside
from tokenward.wire.protocols.openai_calls import HeldCalls
from tokenward.wire.protocols.openai_choice import Choice
from tokenward.wire.protocols.openai_errors import error_body
from tokenward.wire.protocols.openai_events import (
    DONE,
    LEAKS,
    OF_TEXT,
    estimate,
    event_bytes,
    read_usage,
    strip,
)
from tokenward.wire.protocols.openai_logprobs import others_of
from tokenward.wire.protocols.openai_opening import Opening
from tokenward.wire.protocols.openai_shape import Shape
from tokenward.wire.protocols.texts import PADDING, heard, padded, put_or_empty
from tokenward.wire.request import Refusal, blocked_refusal
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.sse import Frame, data_of, written

WHOLE = frozenset({"annotations", "audio"})
"""Parts of a delta that come whole, not in pieces, but for what is said in audio."""


class OpenAIStream(Opening):
    """One answer: a guard for each text of each choice, tool calls held until they are whole."""

    content_type = b"text/event-stream; charset=utf-8"

    def __init__(self, shape: Shape, ask: Ask, scanner: Scanner, on_block: OnBlock) -> None:
        super().__init__(shape, ask, scanner)
        self.ended = False
        self.refused: Refusal | None = None
        self.usage = Usage()
        self._on_block = on_block
        self._strip = scanner.loaded.answer_edits
        self._beside = Beside()
        scanner.look_at("output")
        self._waits = scanner.loaded.stages["output"].waits
        self._read: Callable[[bytes], Any] = read_loosely
        self._attempts = 0
        self.cut = self._error = False

    @property
    def text(self) -> str | None:
        """The text of the first choice as it was let out, for features."""
        first = self._choices.get(0)
        return "".join(first.spoken) if first is not None else None

    # -- bytes in ---------------------------------------------------------------------------

    def frames(self, data: bytes) -> Sequence[bytes | Frame]:
        """Cuts bytes into events."""
        events = self._reader.feed(data)
        self._between = not self._reader.open
        return events

    def frame(self, frame: bytes | Frame) -> Steps[bytes]:
        """Guards an event; returns the events that may leave now."""
        self._end_calm()
        if self.ended:
            return b""
        if not isinstance(frame, bytes):
            frame = yield from heard(frame, self._scanner)
            if frame.data is None:
                return self._aside(frame)
        data = data_of(frame)
        if data == b"[DONE]":
            return (yield from self._done(frame))
        try:
            event = self._read(data)
        except ValueError:
            raise UpstreamError("an event that is no JSON") from None
        choices = event.get("choices") if isinstance(event, dict) else 0
        if choices is not None and not isinstance(choices, list):
            raise UpstreamError("an event that is no completion")
        return (yield from self._guard(event, choices, frame))

    def _guard(
        self, event: dict[str, Any], choices: list[Any] | None, frame: bytes | Frame
    ) -> Steps[bytes]:
        self._event, self._running = event, None
        if PADDING in event:
            yield from padded(event, self._scanner)
        odd = self._around(event)
        waiting: list[GuardedStream] = []
        taken: list[tuple[dict[str, Any], Choice]] = []
        others = False
        for choice in choices or ():
            state = self._state(choice)
            if taken and any(state is other for _, other in taken):
                raise UpstreamError("one choice twice in an event")
            if not state.ended:
                self._take(choice, state, odd, waiting)
                taken.append((choice, state))
                others = others or bool(state.others)
        runs = len(taken) == 1 and not taken[0][1].finishes
        if runs and not (odd or self._waits):
            self._learn(event, *taken[0], frame)
        if odd or others:
            yield from self._whole(odd, taken)
        if waiting:
            yield waiting
        if runs and len(choices or ()) == 1:
            out = self._alone(taken[0][1], event, frame)
            if out is not None:
                return out
        out = yield from self._out(event, choices, taken, frame)
        self._remember(event, taken, odd, frame, out)
        return out

    def _around(self, event: dict[str, Any]) -> list[Slot]:
        """Looks at an event but for its choices; returns the texts in it."""
        if self._strip and not LEAKS.isdisjoint(event):
            strip(event)
        self._error = self._error or bool(event.get("error"))
        usage = event.get("usage")
        if usage:
            self.usage = read_usage(usage)
        return self._beside.texts(event)

    def _alone(self, state: Choice, event: dict[str, Any], frame: bytes | Frame) -> bytes | None:
        """Returns what leaves where an event may wait as it came; ``None`` where it cannot."""
        if state.only_calls and state.calls:
            state.calls.keep(frame, event)
            return b""
        leaving = state.sole((frame, event))
        if leaving is None:
            return None
        out = [self._leave(state, leaving)]
        if state.stopped:
            self._stop(out)
        return b"".join(out)

    def _state(self, choice: Any) -> Choice:
        index = choice.get("index", 0) if isinstance(choice, dict) else None
        if type(index) is not int:
            raise UpstreamError("a choice without a number")
        state = self._choices.get(index)
        if state is None:
            if not 0 <= index < max(1, self._ask.choices):
                raise UpstreamError("a choice that was not asked for")
            state = self._choices[index] = Choice(index, self._scanner, self._attempts)
            state.roled = not self._shape.chat
        return state

    # -- one choice of an event -------------------------------------------------------------

    def _take(
        self, choice: dict[str, Any], state: Choice, odd: list[Slot], waiting: list[GuardedStream]
    ) -> None:
        shape = self._shape
        state.begin(finishes=bool(choice.get("finish_reason")))
        delta = shape.container(choice, "delta")
        self._scanner.likelihood.note_choice(choice.get("logprobs"))
        if self._strip and not LEAKS.isdisjoint(choice):
            state.others = others_of(shape, choice, delta, whole=False)
        for key, value in choice.items():
            if key in OF_TEXT and self._strip:
                continue
            if value.__class__ is str:
                if (shape.chat or key != "text") and not self._beside.is_name(key, value):
                    odd.append(Slot(choice, key, value))
            elif value.__class__ in (dict, list) and value and value is not delta:
                odd += slots(value)
        self._beside.check_keys(choice)
        if shape.chat:
            self._take_delta(delta, state, odd, waiting)
        else:
            text = choice.get("text")
            if isinstance(text, str):
                state.feed(choice, "text", text, waiting)
        if state.finishes:
            state.finish(waiting)

    def _take_delta(
        self, delta: dict[str, Any], state: Choice, odd: list[Slot], waiting: list[GuardedStream]
    ) -> None:
        calls: list[str] = []
        self._beside.check_keys(delta)
        for key, value in delta.items():
            if value.__class__ is str:
                if key not in STRUCTURAL:
                    state.feed(delta, key, value, waiting)
                elif not self._beside.is_name(key, value):
                    odd.append(Slot(delta, key, value))
            elif not value or value.__class__ not in (dict, list):
                pass
            elif key in ("tool_calls", "function_call"):
                calls.append(key)
                state.calls = state.calls or HeldCalls()
                state.calls.add(value)
            elif key in WHOLE:
                odd += state.feed_whole(key, value, waiting)
            else:
                state.feed_nested(value, (key,), waiting)
        if calls:
            state.called = (delta, calls)
            state.held = True

    def _whole(self, odd: list[Slot], taken: list[tuple[dict[str, Any], Choice]]) -> Steps[None]:
        """Guards what comes whole in an event."""
        for choice, state in taken:
            if state.others and not (yield from are_clean(state.others, self._scanner)):
                strip(choice)
        if odd and not (yield from put_or_empty(odd, self._scanner)):
            for state in self._choices.values():
                state.stopped = True

    # -- events out -------------------------------------------------------------------------

    def _out(
        self,
        event: dict[str, Any],
        choices: list[Any] | None,
        taken: list[tuple[dict[str, Any], Choice]],
        frame: bytes | Frame,
    ) -> Steps[bytes]:
        out: list[bytes] = []
        kept: list[dict[str, Any]] = []
        for choice, state in taken:
            state.drop_calls()
            state.release(self._main)
            if state.text:
                self.released = True
                self._pieces += 1
            if state.finishes:
                yield from self._tail(state, out)
                if not (state.stopped or state.asks):
                    state.end()
            if state.changed and state.others is not None:
                strip(choice)
            if self._goes_out(choice, state):
                kept.append(choice)
        if kept or not choices or (event.get("usage") and not self._goes_on(taken)):
            if choices is not None and len(kept) != len(choices):
                event["choices"] = kept
            out.append(written(frame, event))
        if any(state.stopped for state in self._choices.values()):
            self._stop(out)
        return b"".join(out)

    def _goes_on(self, taken: list[tuple[dict[str, Any], Choice]]) -> bool:
        """Tells whether the answer ends later, and otherwise, than the model server says."""
        return self.cut or any(state.asks for _, state in taken)

    def _goes_out(self, choice: dict[str, Any], state: Choice) -> bool:
        """Tells whether a choice says something in this event, or appears for the first time."""
        has_role = not state.roled and bool(self._shape.container(choice, "delta").get("role"))
        if state.finishes:
            goes = not (state.stopped or state.asks)
        else:
            goes = (
                state.text or has_role or (not (state.held and state.began) and not state.stopped)
            )
        if goes:
            state.began = True
            state.roled = state.roled or has_role
        return goes

    def _tail(self, state: Choice, out: list[bytes]) -> Steps[None]:
        """Lets out what a choice still held, before the event that finishes it."""
        leaving, delta = state.tail(self._main)
        out.append(self._leave(state, leaving))
        events: list[bytes] = []
        if state.calls and not (state.stopped or state.asks):
            legacy, asked = state.calls.legacy, len(state.calls)
            calls, events = yield from state.calls.check(self._scanner)
            if not calls or (len(calls) < asked and self._on_block == "error"):
                state.stopped = True
            elif events:
                state.began = state.roled = self.released = True
                self._pieces += len(events)
            elif legacy:
                delta["function_call"] = calls[0]["function"]
            else:
                delta["tool_calls"] = calls
        if delta:
            self.released = True
            self._pieces += 1
            out.append(self._made([self._delta(state, delta)]))
        out += events
        self.released = self.released or state.text

    def _stop(self, out: list[bytes]) -> None:
        """Ends the choices that were stopped, and the answer when all have ended."""
        for state in self._choices.values():
            if not state.stopped or state.ended:
                continue
            state.end()
            self.cut = True
            message = state.message or self._scanner.message or DEFAULT_MESSAGE
            if self._on_block == "error":
                self._fail(message, out)
                return
            texts, reason = self._shape.blocked(message, self._on_block)
            texts = {key: value for key, value in texts.items() if value is not None}
            out.append(self._made([self._delta(state, texts)]))
            out.append(self._made([self._shape.delta(state.index, {}, reason)]))
        if self.cut and sum(one.ended for one in self._choices.values()) >= self._ask.choices:
            if self._ask.include_usage:
                out.append(
                    self._made([], usage=estimate(self.usage, self._ask.prompt, self._pieces))
                )
            out.append(DONE)
            self.ended = True

    def _fail(self, message: str, out: list[bytes]) -> None:
        self.ended = True
        refusal = blocked_refusal(message)
        if self.released:
            out += [event_bytes(error_body(refusal)), DONE]
        else:
            self.refused = refusal

    # -- the end ----------------------------------------------------------------------------

    def _done(self, frame: bytes | Frame = DONE) -> Steps[bytes]:
        """Ends the answer as the model server does; choices that it left open end with it."""
        out: list[bytes] = []
        for state in self._choices.values():
            if not state.ended:
                waiting: list[GuardedStream] = []
                state.begin(finishes=True)
                state.finish(waiting)
                if waiting:
                    yield waiting
                yield from self._tail(state, out)
                if not (state.stopped or state.asks):
                    state.end()
        self._stop(out)
        if not (self.ended or any(state.asks for state in self._choices.values())):
            self.ended = True
            out.append(frame if isinstance(frame, bytes) else frame.raw)
        return b"".join(out)

    def close(self) -> Steps[bytes | None]:
        """Ends the answer where the connection did: whole only if each choice had finished."""
        self._end_calm()
        if self.ended:
            return b""
        finished = bool(self._choices) and all(s.ended for s in self._choices.values())
        if self._reader.open or not (finished or self._error):
            return None
        return (yield from self._done())

    def broken(self, refusal: Refusal) -> bytes:
        """Returns what tells a client that the answer ends in the middle."""
        return event_bytes(error_body(refusal))

    def abandon(self) -> None:
        """Adds up what was decided, wherever the answer ended."""
        self._end_calm()
        for state in self._choices.values():
            state.end()
