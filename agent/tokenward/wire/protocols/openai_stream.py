"""Guards a streamed answer of OpenAI's chat and text completions, event by event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.stream.guarded import GuardedStream
from tokenward.wire.json_text import KEY, NAME, STRUCTURAL, Slot, read_loosely, slots
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Ask, Usage
from tokenward.wire.protocols.openai_calls import HeldCalls
from tokenward.wire.protocols.openai_choice import Choice
from tokenward.wire.protocols.openai_errors import error_body
from tokenward.wire.protocols.openai_events import (
    DONE,
    event_bytes,
    read_usage,
    strip,
)
from tokenward.wire.protocols.openai_shape import Shape
from tokenward.wire.protocols.openai_usual import Usual
from tokenward.wire.protocols.texts import put_or_empty
from tokenward.wire.request import Refusal, blocked_refusal
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.sse import KEEP_ALIVE, EventReader

MAX_NAMES = 512
WHOLE = frozenset({"annotations", "audio"})
"""Parts of a delta that come whole, not in pieces."""


class OpenAIStream:
    """One answer: a guard for each text of each choice, tool calls held until they are whole."""

    content_type = b"text/event-stream; charset=utf-8"

    def __init__(self, shape: Shape, ask: Ask, scanner: Scanner, on_block: OnBlock) -> None:
        self.ended = False
        self.refused: Refusal | None = None
        self.released = False
        self.usage = Usage()
        self._shape = shape
        self._ask = ask
        self._scanner = scanner
        self._on_block = on_block
        self._strip = scanner.loaded.answer_edits
        self._reader = EventReader()
        self._choices: dict[int, Choice] = {}
        self._names: set[str] = set()
        self._event: dict[str, Any] = {}
        self._pieces = 0
        scanner.look_at("output")
        self._waits = scanner.loaded.stages["output"].waits
        self._like = Usual(chat=shape.chat)
        self._read: Callable[[bytes], Any] = read_loosely
        self._attempts = 0
        self.cut = self._error = False

    @property
    def text(self) -> str | None:
        """The text of the first choice as it was let out, for features."""
        first = self._choices.get(0)
        return "".join(first.spoken) if first is not None else None

    # -- bytes in ---------------------------------------------------------------------------

    def frames(self, data: bytes) -> Sequence[bytes | None]:
        """Cuts bytes into events."""
        return self._reader.feed(data)

    def frame(self, frame: bytes | None) -> Steps[bytes]:
        """Guards an event; returns the events that may leave now."""
        if self.ended:
            return b""
        if frame is None:
            return KEEP_ALIVE
        if frame == b"[DONE]":
            return (yield from self._done())
        try:
            event = self._read(frame)
        except ValueError:
            raise UpstreamError("an event that is no JSON") from None
        choices = event.get("choices") if isinstance(event, dict) else 0
        if choices is not None and not isinstance(choices, list):
            raise UpstreamError("an event that is no completion")
        if choices and self._like.matches(event, choices):
            return self._pass_on(event, self._like)
        return (yield from self._guard(event, choices))

    def _pass_on(self, event: dict[str, Any], usual: Usual) -> bytes:
        """Guards the running text of a usual event: nothing else in it need be looked at."""
        self._event = event
        state, key = usual.state, usual.key
        released = usual.container[key] = state.pass_on(key, usual.text)
        out = []
        if released:
            self.released = True
            self._pieces += 1
            out.append(event_bytes(event))
        if state.stopped:
            self._like.forget()
            self._stop(out)
        return b"".join(out)

    def _guard(self, event: dict[str, Any], choices: list[Any] | None) -> Steps[bytes]:
        self._event = event
        odd = self._odd(event)
        waiting: list[GuardedStream] = []
        taken: list[tuple[dict[str, Any], Choice]] = []
        for choice in choices or ():
            state = self._state(choice)
            if any(state is other for _, other in taken):
                raise UpstreamError("one choice twice in an event")
            if not state.ended:
                self._take(choice, state, odd, waiting)
                taken.append((choice, state))
        whole = bool(odd)
        if odd:
            yield from self._whole(odd)
        if waiting:
            yield waiting
        out = yield from self._out(event, choices, taken)
        if whole or len(taken) != 1 or self._waits:
            self._like.forget()
        else:
            self._like.remember(event, *taken[0])
        return out

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
        if self._strip:
            strip(choice)
        state.begin(finishes=bool(choice.get("finish_reason")))
        delta = shape.container(choice, "delta")
        for key, value in choice.items():
            if value.__class__ is str:
                if (shape.chat or key != "text") and not self._is_name(key, value):
                    odd.append(Slot(choice, key, value))
            elif value.__class__ in (dict, list) and value and value is not delta:
                odd += slots(value)
        if not self._names.issuperset(choice):
            self._check_keys(choice)
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
        if not self._names.issuperset(delta):
            self._check_keys(delta)
        for key, value in delta.items():
            if value.__class__ is str:
                if key not in STRUCTURAL:
                    state.feed(delta, key, value, waiting)
                elif not self._is_name(key, value):
                    odd.append(Slot(delta, key, value))
            elif not value or value.__class__ not in (dict, list):
                pass
            elif key in ("tool_calls", "function_call"):
                calls.append(key)
                state.calls = state.calls or HeldCalls()
                state.calls.add(value)
            elif key in WHOLE:
                odd += slots(value)
            else:
                state.feed_nested(value, (key,), waiting)
        for key in calls:
            del delta[key]
            state.held = True

    # -- texts that are no part of a choice's channels --------------------------------------

    def _odd(self, event: dict[str, Any]) -> list[Slot]:
        """Returns the texts of an event beside those of its choices."""
        odd: list[Slot] = []
        event.pop("obfuscation", None)
        if self._strip:
            strip(event)
        for key, value in event.items():
            if value.__class__ is str:
                if not self._is_name(key, value):
                    odd.append(Slot(event, key, value))
            elif value and key != "choices" and value.__class__ in (dict, list):
                odd += slots(value)
                self._error = self._error or key == "error"
        self._error = self._error or bool(event.get("error"))
        usage = event.get("usage")
        if usage:
            self.usage = read_usage(usage)
        if not self._names.issuperset(event):
            odd += self._odd_keys(event)
        return odd

    def _odd_keys(self, event: dict[str, Any]) -> list[Slot]:
        odd = [Slot(event, key, key, is_key=True) for key in event if KEY.fullmatch(key) is None]
        if not odd and len(self._names) < MAX_NAMES:
            self._names.update(event)
        return odd

    def _check_keys(self, value: dict[str, Any]) -> None:
        """Refuses a choice whose fields are no names: its texts go by them until its end."""
        if self._odd_keys(value):
            raise UpstreamError("a choice with a field whose name is no name")

    def _is_name(self, key: str, value: str) -> bool:
        if key not in STRUCTURAL:
            return not value
        if value in self._names:
            return True
        if value and NAME.fullmatch(value) is None:
            return False
        if len(self._names) < MAX_NAMES:
            self._names.add(value)
        return True

    def _whole(self, odd: list[Slot]) -> Steps[None]:
        if not (yield from put_or_empty(odd, self._scanner)):
            for state in self._choices.values():
                state.stopped = True

    # -- events out -------------------------------------------------------------------------

    def _out(
        self,
        event: dict[str, Any],
        choices: list[Any] | None,
        taken: list[tuple[dict[str, Any], Choice]],
    ) -> Steps[bytes]:
        out: list[bytes] = []
        kept: list[dict[str, Any]] = []
        for choice, state in taken:
            state.release(self._shape.text)
            if state.text:
                self.released = True
                self._pieces += 1
            if state.finishes:
                yield from self._tail(state, out)
                if not (state.stopped or state.asks):
                    state.end()
            if self._goes_out(choice, state):
                kept.append(choice)
        open_end = self.cut or any(state.asks for _, state in taken)
        if kept or not choices or (event.get("usage") and not open_end):
            if choices is not None and len(kept) != len(choices):
                event["choices"] = kept
            out.append(event_bytes(event))
        if any(state.stopped for state in self._choices.values()):
            self._stop(out)
        return b"".join(out)

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
        delta = state.tail(self._shape.text)
        if state.calls and not (state.stopped or state.asks):
            legacy, asked = state.calls.legacy, len(state.calls)
            calls = yield from state.calls.check(self._scanner)
            if not calls or (len(calls) < asked and self._on_block == "error"):
                state.stopped = True
            elif legacy:
                delta["function_call"] = calls[0]["function"]
            else:
                delta["tool_calls"] = calls
        if delta:
            self.released = True
            self._pieces += 1
            out.append(self._made([self._delta(state, delta)]))

    def _delta(self, state: Choice, texts: dict[str, Any]) -> dict[str, Any]:
        """Returns a choice of an event of our own, with its role if it was not said yet."""
        if not state.roled:
            state.roled = True
            texts = {"role": "assistant", **texts}
        state.began = True
        return self._shape.delta(state.index, texts)

    def _made(self, choices: list[dict[str, Any]], **more: Any) -> bytes:
        """Returns an event of our own in the frame of the last one."""
        frame = {k: v for k, v in self._event.items() if k not in ("choices", "usage", "error")}
        if "id" not in frame:
            frame = self._shape.frame(self._ask.model, "0", stream=True)
        return event_bytes({**frame, "choices": choices, **more})

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
        ended = sum(state.ended for state in self._choices.values())
        if self.cut and ended >= self._ask.choices:
            if self._ask.include_usage:
                out.append(self._made([], usage=self._estimate()))
            out.append(DONE)
            self.ended = True

    def _fail(self, message: str, out: list[bytes]) -> None:
        self.ended = True
        refusal = blocked_refusal(message)
        if self.released:
            out += [event_bytes(error_body(refusal)), DONE]
        else:
            self.refused = refusal

    def _estimate(self) -> dict[str, Any]:
        """Returns the usage of an answer that was cut: counted in events where nobody told."""
        prompt = self.usage.prompt
        if prompt is None:
            prompt = len((self._ask.prompt or "").encode("utf-8", "replace")) // 4
        completion = self.usage.completion or self._pieces
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "estimated": True,
        }

    # -- the end ----------------------------------------------------------------------------

    def _done(self) -> Steps[bytes]:
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
            out.append(DONE)
        return b"".join(out)

    def close(self) -> Steps[bytes | None]:
        """Ends the answer where the connection did: whole only if each choice had finished."""
        if self.ended:
            return b""
        finished = bool(self._choices) and all(s.ended for s in self._choices.values())
        if self._reader.open or not (finished or self._error):
            return None
        return (yield from self._done())

    def abandon(self) -> None:
        """Adds up what was decided, wherever the answer ended."""
        for state in self._choices.values():
            state.end()
