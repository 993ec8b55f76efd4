"""Guards streamed answers that are JSON objects of a server's own, one an event or a line."""

from __future__ import annotations

import time
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.stream.guarded import GuardedStream
from tokenward.wire.backlog import Backlog
from tokenward.wire.head import LINES
from tokenward.wire.json_text import (
    KEY,
    Slot,
    is_name,
    slots,
    write,
)
from tokenward.wire.lines import LineReader
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.alike import Alike, Came
from tokenward.wire.protocols.base import MAX_SPOKEN, Ask, Usage
from tokenward.wire.protocols.object_event import Event, Place, only_text
from tokenward.wire.protocols.objects import Form, Json, guard_calls, texts_of
from tokenward.wire.protocols.texts import heard, put_or_empty, read_event
from tokenward.wire.protocols.usual import NOWHERE
from tokenward.wire.request import Refusal, blocked_refusal
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.sse import EventReader, Frame, written

MAX_CHANNELS = 256
MAX_NAMES = 512


class ObjectStream(Alike):
    """One answer: a guard for each of the texts that run on, everything else guarded whole."""

    def __init__(self, form: Form, ask: Ask, scanner: Scanner, on_block: OnBlock) -> None:
        super().__init__()
        self.content_type = form.content_type
        self.ended = self.cut = self.released = False
        self.refused: Refusal | None = None
        self.usage = Usage()
        self._form = form
        self._scanner = scanner
        self._on_block = on_block
        self._strip = scanner.loaded.answer_edits
        by_lines = form.content_type == LINES
        self._reader: LineReader | EventReader = LineReader() if by_lines else EventReader()
        self._streams: dict[str, GuardedStream] = {}
        self._backlogs: dict[str, Backlog[Came]] = {}
        self._names: dict[str, bool] = {}
        self._waits = scanner.loaded.stages["output"].waits
        self._digest = blake2b() if form.again is not None else None
        self._frame: Json = {"model": ask.model or ""}
        self._spoken: list[str] = []
        self._size = self._calls = self._dropped = 0
        self._stopped = self._finished = self._edited = False
        scanner.look_at("output")

    @property
    def text(self) -> str:
        """The main text as it was let out, for features."""
        return "".join(self._spoken)

    # -- bytes in ---------------------------------------------------------------------------

    def frames(self, data: bytes) -> Sequence[bytes | Frame]:
        """Cuts bytes into events."""
        return self._reader.feed(data)

    def frame(self, frame: bytes | Frame) -> Steps[bytes]:
        """Guards an event; returns the events that may leave now."""
        if self.ended:
            return b""
        frame = yield from heard(frame, self._scanner)
        like = self._like(frame.raw)
        if like is not None:
            return like
        out: list[bytes] = []
        if frame.data is None:
            self._aside(frame, out)
            return b"".join(out)
        value = read_event(frame.data)
        if not isinstance(value, dict) or self._finished:
            raise UpstreamError("an event that is no object, or comes after the last one")
        form = self._form
        if self._strip and (self._edited or not form.agrees(value, whole=form.is_last(value))):
            form.strip(value)
        if value.get("error"):
            yield from self._error(value, frame, out)
        elif not self._usual(value, frame, out):
            yield from self._event(Event(value, frame, self._form.is_last(value)), out)
        if self._stopped and not self.ended:
            self._stop(out)
        return b"".join(out)

    def _aside(self, frame: Frame, out: list[bytes]) -> None:
        """Lets a comment out, in its place where text waits before it."""
        waiting = next((one for one in self._backlogs.values() if one.waits), None)
        if waiting is None:
            out.append(frame.raw)
        else:
            self._leave("", waiting.aside((frame, {}, {}, "")), out)

    def _error(self, value: Json, frame: Frame, out: list[bytes]) -> Steps[None]:
        """Passes an error on, which ends the answer: its texts may quote the prompt."""
        if (yield from put_or_empty(slots(value), self._scanner)):
            self.ended = True
            out.append(written(frame, value))
        else:
            self._stopped = True

    def _bytes(self, value: Json) -> bytes:
        return self._form.framed(write(value))

    def _usual(self, value: Json, frame: Frame, out: list[bytes]) -> bool:
        """Guards an event that brings one running text, and nothing else that could be one."""
        found = only_text(self._form, value, self._streams, self._names)
        if found is None or self._waits or self._form.is_last(value):
            return False
        place, key = found
        self._frame = value
        self._scanner.likelihood.note(self._form.tokens(value))
        if not any(value.get(leak) for leak in self._form.leaks):
            self._learn_like(frame, value, place, key, key)
        self._run_on(key, (frame, value, place, key), place[key], out)
        return True

    def _pass_on(self, raw: bytes, text: str) -> bytes:
        out: list[bytes] = []
        self._run_on(self._learned, (raw, NOWHERE, NOWHERE, self._learned), text, out)
        if self._stopped:
            self._stop(out)
        return b"".join(out)

    def _run_on(self, key: str, came: Came, text: str, out: list[bytes]) -> None:
        """Guards an event of a text that runs already."""
        stream = self._streams[key]
        if self._digest is not None and key == self._form.main:
            self._digest.update(text.encode("utf-8", "surrogatepass"))
        released = self._scanner.pass_on(stream, text)
        self._stopped = stream.blocked
        if released:
            self._say(key, released)
        self._put(key, came, text, released, out)

    # -- events that wait with their text ---------------------------------------------------

    def _put(self, key: str, came: Came, text: str, released: str, out: list[bytes]) -> None:
        stream, backlog = self._streams[key], self._backlogs[key]
        leaving = backlog.put(came, text, released, stream, flush=stream.blocked)
        self._edited = self._edited or backlog.edited
        self._leave(key, leaving, out)

    def _leave(
        self, key: str, leaving: list[tuple[Came | None, str | None]], out: list[bytes]
    ) -> None:
        """Lets events out, as they came or with what they say now."""
        for came, said in leaving:
            if came is None:
                out.append(self._bytes(self._form.made(self._frame, {key: said})))
                continue
            out.append(self._put_in(came, said))

    def _place(self, value: Json) -> Json:
        return self._form.place(value)

    def _touched(self, value: Json) -> None:
        self._form.strip(value)

    def _learn(self, value: Json) -> None:
        """Notes the keys of an event that was looked at in full, and which of them hold names."""
        for holder in (value, self._form.place(value)):
            if len(self._names) < MAX_NAMES:
                for key in filter(KEY.fullmatch, holder):
                    self._names[key] = key in self._form.shape or key in self._form.names

    def _event(self, event: Event, out: list[bytes]) -> Steps[None]:
        form, scanner, value = self._form, self._scanner, event.value
        self.usage = form.usage(value, self.usage)
        scanner.likelihood.note(form.tokens(value))
        self._take(event)
        calls = form.calls(value)
        taken = [place.slot for place in event.places] + slots(calls, numbers=True)
        odd = texts_of(form, value, taken)
        if form.again is not None and event.last:
            odd = [slot for slot in odd if slot.key != form.again]
        if odd and not (yield from put_or_empty(odd, scanner)):
            self._stopped = True
        if calls:
            event.calls = len(calls)
            self._calls += len(calls)
            self._dropped += yield from guard_calls(calls, scanner)
            event.says = bool(calls)
        if event.last:
            self._finish(event)
        if event.waiting:
            yield event.waiting
        yield from self._release(event, out)
        self._learn(value)

    # -- the texts that run on --------------------------------------------------------------

    def _take(self, event: Event) -> None:
        place = self._form.place(event.value)
        for key, value in place.items():
            if KEY.fullmatch(key) is None:
                raise UpstreamError("an answer with a field whose name is no name")
            if key in self._form.whole:
                continue
            if isinstance(value, str):
                self._feed(event, Slot(place, key, value), key)
            elif isinstance(value, list):
                for at, one in enumerate(value):
                    if isinstance(one, str):
                        self._feed(event, Slot(value, at, one), f"{key}.{at}")

    def _feed(self, event: Event, slot: Slot, key: str) -> None:
        if (
            not slot.text
            or is_name(slot.key, slot.text, self._form.shape)
            or not self._form.is_text(slot)
        ):
            return
        stream = self._streams.get(key)
        if stream is None:
            if len(self._streams) >= MAX_CHANNELS:
                raise UpstreamError("more texts side by side than can be followed")
            is_main = key == self._form.main
            form = self._scanner.main_form if is_main else "text"
            stream = self._streams[key] = self._scanner.open("output", form)
            self._backlogs[key] = Backlog()
        if self._digest is not None and key == self._form.main:
            self._digest.update(slot.text.encode("utf-8", "surrogatepass"))
        if self._scanner.feed("output", stream, slot.text):
            event.waiting.append(stream)
        event.places.append(Place(slot, key, stream))

    def _finish(self, event: Event) -> None:
        self._finished = True
        self._learned = None
        finish = self._scanner.finish
        event.waiting += [one for one in self._streams.values() if finish("output", one)]

    def _release(self, event: Event, out: list[bytes]) -> Steps[None]:
        started = time.perf_counter()
        alone = len(event.places) == 1 and not (event.last or event.calls)
        for place in event.places:
            slot, backlog = place.slot, self._backlogs[place.key]
            text = self._let_out(place.key, place.stream)
            if alone:
                self._frame = event.value
                came = (event.frame, event.value, slot.container, slot.key)
                self._put(place.key, came, slot.text, text, out)
            elif not event.last:
                text = slot.container[slot.key] = backlog.joined(slot.text, text, place.stream)
                event.changed = event.changed or text != slot.text
            else:
                self._last(event, place, text, out)
            event.says = event.says or bool(text)
        self._scanner.spent("output", started)
        if alone:
            return
        if event.last:
            self._tail(event, out)
            self._edited = self._edited or any(one.edited for one in self._backlogs.values())
            if not self._stopped:
                yield from self._end(event)
        self._frame = event.value
        if event.changed or (self._edited and self._strip):
            self._form.strip(event.value)
        held = bool(event.places) or event.calls > 0
        if not self._stopped and (event.last or event.says or not held):
            out.append(written(event.frame, event.value))
            self.ended = event.last
        elif event.says:  # what was settled before the block leaves with the event's own frame
            out.append(self._bytes(self._without_end(event)))

    def _last(self, event: Event, place: Place, text: str, out: list[bytes]) -> None:
        """Ends a text in the last event, which says what no event before it could."""
        slot, backlog = place.slot, self._backlogs[place.key]
        came = (event.frame, event.value, slot.container, slot.key)
        leaving = [
            *backlog.put(came, slot.text, text, place.stream, flush=True),
            *backlog.rest(""),
        ]
        slot.container[slot.key] = ""
        own = next((at for at, (one, _) in enumerate(leaving) if one is came), len(leaving))
        self._leave(place.key, leaving[:own], out)
        for one, said in leaving[own:]:
            told = slot.text if one is came and said is None else said
            slot.container[slot.key] += told or ""
        event.changed = event.changed or slot.container[slot.key] != slot.text

    def _without_end(self, event: Event) -> Json:
        texts = {place.key: place.slot.container[place.slot.key] for place in event.places}
        return self._form.made(event.value, texts) if event.last else event.value

    def _let_out(self, key: str, stream: GuardedStream) -> str:
        text = stream.release()
        if stream.blocked:
            self._stopped = True
        if text:
            self._say(key, text)
        return text

    def _say(self, key: str, text: str) -> None:
        self.released = True
        if key == self._form.main and self._size < MAX_SPOKEN:
            self._size += len(text)
            self._spoken.append(text)

    def _tail(self, event: Event | None, out: list[bytes]) -> None:
        """Lets out what finished texts still held that have no place in the last event."""
        placed = {place.key for place in event.places} if event is not None else set()
        texts: dict[str, Any] = {}
        for key, stream in self._streams.items():
            if key in placed:
                continue
            leaving = self._backlogs[key].rest(self._let_out(key, stream))
            self._leave(key, [one for one in leaving if one[0] is not None], out)
            for _, said in (one for one in leaving if one[0] is None):
                texts[key] = said
        if texts:
            out.append(self._bytes(self._form.made(self._frame, texts)))

    def _end(self, event: Event) -> Steps[None]:
        """Adds up the texts of an answer that has ended, and guards what says all of it again."""
        if self._calls and (
            self._dropped == self._calls or (self._dropped and self._on_block == "error")
        ):
            self._stopped = True
            return
        key = self._form.again
        text = event.value.get(key) if key is not None else None
        if key is not None and isinstance(text, str) and self._digest is not None:
            digest = blake2b(text.encode("utf-8", "surrogatepass")).digest()
            same = digest == self._digest.digest()
            scanner = self._scanner.again() if same else self._scanner
            (released,) = yield from scanner.wholes("output", [text], [scanner.main_form])
            if same:
                scanner.abandon()
            event.value[key] = released
            self._stopped = released is None
        if not self._stopped:
            self.abandon()

    # -- the end ----------------------------------------------------------------------------

    def _stop(self, out: list[bytes]) -> None:
        """Ends an answer that was blocked, with the message."""
        self.ended = self.cut = True
        self._learned = None
        self.abandon()
        message = self._scanner.message or DEFAULT_MESSAGE
        if self._on_block != "error":
            ending = self._form.ending(self._frame, message, self._on_block, self.text)
            out += map(self._bytes, ending)
            return
        refusal = blocked_refusal(message)
        if self.released:
            out.append(self._bytes(self._form.error(refusal)))
        else:
            self.refused = refusal

    def close(self) -> Steps[bytes | None]:
        """Ends the answer where the connection did: whole only if it has no mark of its end."""
        if self.ended:
            return b""
        if self._reader.open or self._form.marks_end:
            return None
        event = Event({}, Frame(None), last=True)
        self._finish(event)
        if event.waiting:
            yield event.waiting
        out: list[bytes] = []
        self._tail(None, out)
        if self._stopped:
            self._stop(out)
        self.abandon()
        self.ended = True
        return b"".join(out)

    def broken(self, refusal: Refusal) -> bytes:
        """Returns what tells a client that the answer ends in the middle."""
        return self._bytes(self._form.error(refusal))

    def abandon(self) -> None:
        """Adds up what was decided, wherever the answer ended."""
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            self._scanner.fold("output", stream)
