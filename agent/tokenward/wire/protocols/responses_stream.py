"""Guards a streamed response, event by event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.wire.json_text import slots
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.anthropic_form import read_usage
from tokenward.wire.protocols.base import Ask, Unlike, Usage
from tokenward.wire.protocols.responses_form import (
    ended,
    failed_event,
    final_event,
    frame,
    notice_events,
    notice_item,
)
from tokenward.wire.protocols.responses_held import HELD, released_call
from tokenward.wire.protocols.responses_items import (
    check_call,
    check_type,
    is_call,
    texts_of,
)
from tokenward.wire.protocols.responses_logprobs import Logprobs
from tokenward.wire.protocols.responses_state import (
    Item,
    closing_events,
    digest_of,
    key_of,
    read_event,
)
from tokenward.wire.protocols.responses_texts import Json, Out, Texts
from tokenward.wire.protocols.texts import PADDING, heard, padded
from tokenward.wire.request import Refusal, blocked_refusal
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.sse import EventReader, Frame

MAX_ANSWER = 128 * 2**20
"""Bytes of an answer: what was let out of it is kept to its end."""
BEGINNING = frozenset({"response.created", "response.in_progress", "response.queued"})
FINAL = frozenset({"response.completed", "response.incomplete", "response.failed"})
CALL_PIECES = ("response.function_call_arguments", "response.custom_tool_call_input")


class ResponseStream(Texts, Unlike):
    """One answer: a guard for each text that runs on; calls are held until they are whole.

    The protocol says all texts again in events that end a part, an item and the answer: those get
    what was let out of the same text before. So what was let out is kept to the end.
    """

    content_type = b"text/event-stream; charset=utf-8"

    def __init__(self, ask: Ask, scanner: Scanner, on_block: OnBlock) -> None:
        super().__init__(scanner)
        self.ended = self.cut = False
        self.refused: Refusal | None = None
        self.usage = Usage()
        self._on_block = on_block
        self._strip, self._reader = scanner.loaded.answer_edits, EventReader()
        self._response = frame(ask, "0")
        self._at = self._calls = self._dropped = self._taken = 0
        self._takers: dict[str, Callable[[Json, Out], Steps[None]]] = {
            "error": self._error,
            "response.content_part.added": self._part,
            "response.content_part.done": self._part,
            "response.output_item.added": self._added,
            "response.output_item.done": self._item_done,
            "response.reasoning_summary_part.added": self._part,
            "response.reasoning_summary_part.done": self._part,
            **dict.fromkeys(BEGINNING, self._lifecycle),
            **dict.fromkeys(FINAL, self._final),
        }
        scanner.look_at("output")

    # -- bytes in ---------------------------------------------------------------------------

    def frames(self, data: bytes) -> Sequence[bytes | Frame]:
        """Cuts bytes into events."""
        self._taken += len(data)
        if self._taken > MAX_ANSWER:
            raise UpstreamError(f"an answer of more than {MAX_ANSWER} bytes")
        return self._reader.feed(data)

    def frame(self, frame: bytes | Frame) -> Steps[bytes]:
        """Guards an event; returns the events that may leave now."""
        if self.ended:
            return b""
        out: Out = []
        frame = self._frame = yield from heard(frame, self._scanner)
        if frame.data is None:
            self._aside(frame, out)
            return b"".join(out)
        event = read_event(frame.data)
        kind = str(event["type"])
        if PADDING in event:
            yield from padded(event, self._scanner)
        if event.get("logprobs") and kind.endswith(".delta"):  # what is done says them again
            self._scanner.likelihood.note(event["logprobs"])
        if not self._usual(kind, event, out):
            if self._strip:
                self._logprobs = Logprobs(event)
                yield from self._logprobs.check(self._scanner)
            yield from self._taker(kind, event)(event, out)
        if self._stopped and not self.ended:
            self._block(out)
        return b"".join(out)

    def _taker(self, kind: str, event: Json) -> Callable[[Json, Out], Steps[None]]:
        item = self._item(event)
        if item is not None and item.at < 0 and kind != "response.output_item.done":
            return self._hold
        if kind in self._takers:
            return self._takers[kind]
        if kind.startswith(CALL_PIECES):
            raise UpstreamError("a piece of a call that has not begun")
        if kind.endswith(".delta") and isinstance(event.get("delta"), str):
            return self._delta
        return self._done if kind.endswith(".done") else self._other

    def _hold(self, event: Json, out: Out) -> Steps[None]:
        """Keeps an event of a call, until it is whole."""
        del out
        item = self._item(event)
        if not (yield from self._known.put(texts_of(event, without=(*HELD, PADDING)))):
            self._stopped = True
        elif item is not None and item.open:
            item.held.append((event, self._frame))

    # -- the answer -------------------------------------------------------------------------

    def _lifecycle(self, event: Json, out: Out) -> Steps[None]:
        response = event.get("response")
        if not isinstance(response, dict) or response.get("output"):
            raise UpstreamError("a response that does not begin as one")
        yield from self._other(event, out)
        if not self._stopped:
            self._response = response

    def _error(self, event: Json, out: Out) -> Steps[None]:
        """Passes an error on, which ends the answer: its texts may quote the prompt."""
        yield from self._other(event, out)
        self.ended = not self._stopped

    def _final(self, event: Json, out: Out) -> Steps[None]:
        response = event.get("response")
        output = response.get("output") if isinstance(response, dict) else None
        if not isinstance(response, dict) or not isinstance(output, list):
            raise UpstreamError("a response that does not end as one")
        self.usage = read_usage(response.get("usage"), self.usage)
        yield from self._close(list(self._running), out)
        if self._stopped:
            return
        response["output"] = []
        if not (yield from self._known.put(texts_of(event))):
            self._stopped = True
            return
        self._response = response
        kept = yield from self._output(output)
        all_dropped = self._dropped > 0 and self._dropped == self._calls
        if kept is None or all_dropped or (self._dropped and self._on_block == "error"):
            self._stopped = True
            return
        response["output"] = kept
        self._send(event, out, None, self._frame)
        self.ended = True

    def _output(self, output: list[Any]) -> Steps[list[Json] | None]:
        """Returns the items of a whole answer, ``None`` where one is blocked."""
        kept: list[tuple[int, Json]] = []
        for index, value in enumerate(output):
            item = self._items.get(index)
            if not isinstance(value, dict) or (item is not None and item.held):
                raise UpstreamError("a response with an item that was never whole")
            if item is not None and item.digest == digest_of(value):
                if item.at >= 0:
                    kept.append((item.at, item.value))
            elif (yield from self._guard_item(value)):
                kept.append((item.at if item is not None else index, value))
            elif is_call(value):
                self._calls += 1
                self._dropped += 1
        kept.sort(key=lambda pair: pair[0])
        return None if self._stopped else [value for _, value in kept]

    def _guard_item(self, value: Json) -> Steps[bool]:
        """Guards an item, in place; returns whether it may be let out."""
        check_type(value)
        if is_call(value):
            return (yield from check_call(value, self._scanner))
        stands = yield from self._known.put(texts_of(value))
        self._stopped = self._stopped or not stands
        return stands

    # -- its items --------------------------------------------------------------------------

    def _added(self, event: Json, out: Out) -> Steps[None]:
        value, index = event.get("item"), event.get("output_index")
        if not isinstance(value, dict) or type(index) is not int or index in self._items:
            raise UpstreamError("an item that does not begin as one")
        check_type(value)
        if is_call(value):
            self._items[index] = Item(-1, value)
            yield from self._hold(event, out)
        elif slots([value.get("content"), value.get("summary")]):
            raise UpstreamError("an item that begins with a text")
        elif not (yield from self._known.put(texts_of(event))):
            self._stopped = True
        else:
            item = self._items[index] = Item(self._at, dict(value))
            self._at += 1
            self._send(event, out, item, self._frame)

    def _item_done(self, event: Json, out: Out) -> Steps[None]:
        value, item = event.get("item"), self._item(event)
        if not isinstance(value, dict) or item is None or not item.open:
            raise UpstreamError("an item that ends without a beginning")
        digest = digest_of(value)
        yield from self._close([k for k, one in self._running.items() if one.item is item], out)
        if self._stopped or not (yield from self._known.put(texts_of(event, without=("item",)))):
            self._stopped = True
        elif item.held:
            item.digest, item.open = digest, False
            yield from self._call(event, value, item, out)
        elif (yield from self._guard_item(value)):
            item.digest, item.open, item.value = digest, False, value
            self._send(event, out, item, self._frame)
        else:
            self._stopped = True

    def _call(self, event: Json, value: Json, item: Item, out: Out) -> Steps[None]:
        """Lets a call out that may be made; what comes behind one that may not moves up."""
        held, item.held = item.held, []
        self._calls += 1
        stands = is_call(value) and (yield from check_call(value, self._scanner))
        if not stands:
            self._dropped += 1
            return
        self.released = True
        item.at, item.value = self._at, value
        self._at += 1
        for one, came in released_call([*held, (event, self._frame)], value):
            self._send(one, out, item, came)

    def _part(self, event: Json, out: Out) -> Steps[None]:
        part, item = event.get("part"), self._item(event)
        if not isinstance(part, dict) or item is None:
            raise UpstreamError("a part of nothing")
        where = "summary" if "summary_index" in event else "content"
        index, parts = event.get(f"{where}_index"), item.parts(where)
        begins = str(event["type"]).endswith(".added")
        if type(index) is not int or not 0 <= index < len(parts) + begins:
            raise UpstreamError("a part that ends without a beginning")
        if begins and (part.get("text") or part.get("refusal")):
            raise UpstreamError("a part that does not begin as one")
        if not begins:
            yield from self._close([k for k in self._running if k[1:] == key_of(event)], out)
        if not self._stopped:
            yield from self._other(event, out)
        if not self._stopped:
            parts[index : index + 1] = [part]

    # -- the end ----------------------------------------------------------------------------

    def _block(self, out: Out) -> None:
        """Ends an answer that was blocked, with the message."""
        self.ended = self.cut = True
        running = list(self._running.values())
        self.abandon()
        message = self._scanner.message or DEFAULT_MESSAGE
        if self._on_block == "error":
            refusal = blocked_refusal(message)
            error = {"type": "error", "code": refusal.code, "message": message, "param": None}
            if self.released:
                self._send(error, out)
            else:
                self.refused = refusal
            return
        for event, item in closing_events(running, self._items.values()):
            self._send(event, out, item)
        name = str(self._response.get("id") or "0").removeprefix("resp_")
        for event in notice_events(message, self._on_block, name, self._at):
            self._send(event, out)
        output = [item.value for item in self._items.values() if item.at >= 0]
        output.append(notice_item(message, self._on_block, name))
        self._send(final_event(ended(self._response, output, self._on_block)), out)

    def close(self) -> Steps[bytes | None]:
        """Ends the answer where the connection did: whole only if the response had ended."""
        yield from ()  # nothing is held but in what is open
        return b"" if self.ended else None

    def broken(self, refusal: Refusal) -> bytes:
        """Returns the event that ends a response which failed, with what was let out of it."""
        out: Out = []
        output = [item.value for item in self._items.values() if item.at >= 0]
        self._send(failed_event(self._response, output, refusal), out)
        return b"".join(out)
