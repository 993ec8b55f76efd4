"""The texts of a streamed response that come in pieces, and all that is said again of them."""

from __future__ import annotations

import time
from typing import Any

from tokenward.stream.guarded import GuardedStream
from tokenward.wire.protocols.base import MAX_SPOKEN
from tokenward.wire.protocols.responses_items import texts_of
from tokenward.wire.protocols.responses_logprobs import LOGPROBS, Logprobs
from tokenward.wire.protocols.responses_state import (
    PLACES,
    Item,
    Known,
    Running,
    Writer,
    is_usual,
    key_of,
)
from tokenward.wire.protocols.texts import PADDING
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.sse import Frame

Json = dict[str, Any]
Out = list[bytes]
MAIN = "response.output_text"


class Texts:
    """A guard for each text that runs on, and the writing of what may leave."""

    def __init__(self, scanner: Scanner) -> None:
        self.released = False
        self._scanner = scanner
        self._waits = scanner.loaded.stages["output"].waits
        self._items: dict[int, Item] = {}
        self._running: dict[tuple[Any, ...], Running] = {}
        self._known = Known(scanner)
        self._writer = Writer()
        self._frame = Frame(None)
        self._logprobs = Logprobs(None)
        self._stopped = False
        self._spoken: list[str] = []
        self._size = 0

    @property
    def text(self) -> str:
        """The text as it was let out, for features."""
        return "".join(self._spoken)

    def abandon(self) -> None:
        """Adds up what was decided, wherever the answer ended."""
        running, self._running = self._running, {}
        for one in running.values():
            self._scanner.fold("output", one.stream)

    # -- events out -------------------------------------------------------------------------

    def _send(
        self, event: Json, out: Out, item: Item | None = None, frame: Frame | None = None
    ) -> None:
        if frame is self._frame:
            self._logprobs.put_back()
        out.append(self._writer.bytes_of(event, item, frame))

    def _aside(self, frame: Frame, out: Out) -> None:
        """Lets a comment out, in its place where text waits before it."""
        waiting = next((one for one in self._running.values() if one.backlog.waits), None)
        if waiting is None:
            out.append(frame.raw)
        else:
            self._tell(waiting, waiting.backlog.aside(({}, frame)), out)

    def _item(self, event: Json) -> Item | None:
        index = event.get("output_index")
        return self._items.get(index) if type(index) is int else None

    def _other(self, event: Json, out: Out) -> Steps[None]:
        """Guards an event whose texts come whole, and not in pieces."""
        if not (yield from self._known.put(texts_of(event, without=(PADDING,)))):
            self._stopped = True
            return
        self._send(event, out, self._item(event), self._frame)

    # -- texts that come in pieces ----------------------------------------------------------

    def _delta(self, event: Json, out: Out) -> Steps[None]:
        text = event["delta"]
        if not (yield from self._known.put(texts_of(event, without=("delta", PADDING)))):
            self._stopped = True
            return
        if not text:
            self._send(event, out, self._item(event), self._frame)
            return
        family = str(event["type"]).removesuffix(".delta")
        one = self._open(family, event)
        one.fed(text)
        if self._scanner.feed("output", one.stream, text):
            yield [one.stream]
        self._say(one, event, self._release(one), out)

    def _usual(self, kind: str, event: Json, out: Out) -> bool:
        """Guards an event that brings a piece of a running text, and nothing else to look at."""
        text = event.get("delta")
        if self._waits or text.__class__ is not str or not text or not is_usual(event):
            return False
        one = self._running.get((kind.removesuffix(".delta"), *key_of(event)))
        if one is None or event.get("item_id") != one.place.get("item_id"):
            return False
        one.fed(text)
        one.event = event
        self._say(one, event, self._scanner.pass_on(one.stream, text), out)
        return True

    def _open(self, family: str, event: Json) -> Running:
        key = (family, *key_of(event))
        one = self._running.get(key)
        if one is None:
            form = self._scanner.main_form if family == MAIN else "text"
            stream = self._scanner.open("output", form)
            place = {name: event[name] for name in PLACES if name in event}
            one = Running(self._item(event), family, place, stream, form, event)
            self._running[key] = one
        one.event = event
        return one

    def _release(self, one: Running) -> str:
        started = time.perf_counter()
        text = one.stream.release()
        self._scanner.spent("output", started)
        self._stopped = self._stopped or one.stream.blocked
        return text

    def _say(self, one: Running, event: Json, text: str, out: Out) -> None:
        self._stopped = self._stopped or one.stream.blocked
        flush = one.stream.blocked
        self._logprobs.put_back()
        came = (event, self._frame)
        leaving = one.backlog.put(came, event["delta"], text, one.stream, flush=flush)
        self._tell(one, leaving, out)

    def _tell(
        self, one: Running, leaving: list[tuple[tuple[Json, Frame] | None, str | None]], out: Out
    ) -> None:
        """Lets events of a text out, as they came or with what they say now."""
        for came, said in leaving:
            event, frame = came if came is not None else (dict(one.event), None)
            if frame is not None and frame.data is None:
                out.append(frame.raw)
                continue
            if said is not None:
                event["delta"] = said
                if event.get(LOGPROBS):
                    event[LOGPROBS] = []
            text = event["delta"]
            self.released = True
            one.said.append(text)
            if one.family == MAIN and self._size < MAX_SPOKEN:
                self._size += len(text)
                self._spoken.append(text)
            self._send(event, out, one.item, frame)

    def _close(self, keys: list[tuple[Any, ...]], out: Out) -> Steps[None]:
        """Ends texts, and lets out what they still held."""
        waiting: list[GuardedStream] = [
            self._running[key].stream
            for key in keys
            if self._scanner.finish("output", self._running[key].stream)
        ]
        if waiting:
            yield waiting
        for key in keys:
            one = self._running[key]
            self._tell(one, one.backlog.rest(self._release(one)), out)
            if self._stopped:
                return
            del self._running[key]
            self._scanner.fold("output", one.stream)
            self._known.add(one.form, one.digest, "".join(one.said))

    def _done(self, event: Json, out: Out) -> Steps[None]:
        key = (str(event["type"]).removesuffix(".done"), *key_of(event))
        yield from self._close([key] if key in self._running else [], out)
        if not self._stopped:
            yield from self._other(event, out)
