"""Guards a streamed answer of Anthropic's messages, event by event."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.stream.guarded import GuardedStream
from tokenward.wire.json_text import slots
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.alike import Alike, Came
from tokenward.wire.protocols.anthropic_block import (
    CALL,
    TEXTS,
    Block,
    CallBlock,
    TextBlock,
)
from tokenward.wire.protocols.anthropic_errors import error_body
from tokenward.wire.protocols.anthropic_event import (
    as_it_is,
    begun_text,
    beside,
    check_unknown,
    numbered,
)
from tokenward.wire.protocols.anthropic_form import (
    delta_of,
    event_bytes,
    form_of,
    notice_events,
    read_usage,
    stop_of,
)
from tokenward.wire.protocols.anthropic_request import INPUTS, block_texts
from tokenward.wire.protocols.base import MAX_SPOKEN, Ask, Usage
from tokenward.wire.protocols.texts import heard, put_or_empty, read_event
from tokenward.wire.protocols.usual import NOWHERE
from tokenward.wire.request import Refusal, blocked_refusal
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.sse import EventReader, Frame, written

MOST_BLOCKS = 4096
Out = list[bytes]
Event = dict[str, Any]


class MessageStream(Alike):
    """One answer: a guard for each block of text, tool calls held until they are whole."""

    content_type = b"text/event-stream; charset=utf-8"

    def __init__(self, ask: Ask, scanner: Scanner, on_block: OnBlock) -> None:
        super().__init__()
        self.ended = self.cut = False
        self.refused: Refusal | None = None
        self.released = False
        self.usage = Usage()
        self._ask = ask
        self._scanner = scanner
        self._on_block = on_block
        self._reader = EventReader()
        self._block: Block | None = None
        self._frame = Frame(None)
        self._at = self._blocks = self._pieces = self._size = 0
        self._calls = self._dropped = 0
        self._begun = self._finished = self._stopped = False
        self._spoken: list[str] = []
        self._takers: dict[str, Callable[[Event, Out], Steps[None]]] = {
            "content_block_delta": self._delta,
            "content_block_start": self._start,
            "content_block_stop": self._stop,
            "error": self._error,
            "message_delta": self._finish,
            "message_start": self._begin,
            "message_stop": self._end,
        }
        scanner.look_at("output")
        self._waits = scanner.loaded.stages["output"].waits

    @property
    def text(self) -> str:
        """The text as it was let out, for features."""
        return "".join(self._spoken)

    # -- bytes in ---------------------------------------------------------------------------

    def frames(self, data: bytes) -> Sequence[bytes | Frame]:
        """Cuts bytes into events."""
        return self._reader.feed(data)

    def frame(self, frame: bytes | Frame) -> Steps[bytes]:
        """Guards an event; returns the events that may leave now."""
        if self.ended:
            return b""
        out: Out = []
        frame = self._frame = yield from heard(frame, self._scanner)
        like = self._like(frame.raw)
        if like is not None:
            return like
        if frame.data is None:
            self._aside({}, out)
            return b"".join(out)
        event = read_event(frame.data)
        kind = event.get("type") if isinstance(event, dict) else None
        if not isinstance(kind, str):
            raise UpstreamError("an event without a type")
        taker = self._takers.get(kind)
        if taker is not None:
            yield from taker(event, out)
        else:
            check_unknown(event, kind)
            self._aside(event, out)
        if self._stopped and not self.ended:
            self._block_it(out)
        return b"".join(out)

    # -- the message ------------------------------------------------------------------------

    def _begin(self, event: Event, out: Out) -> Steps[None]:
        message = event.get("message")
        if self._begun or not isinstance(message, dict) or message.get("content"):
            raise UpstreamError("a message that does not begin as one")
        self._begun = True
        self.usage = read_usage(message.get("usage"), self.usage)
        yield from self._odd(event, out)

    def _finish(self, event: Event, out: Out) -> Steps[None]:
        if not self._begun or self._block is not None:
            raise UpstreamError("a message that ends in the middle")
        self.usage = read_usage(event.get("usage"), self.usage)
        self._finished = True
        all_dropped = self._calls > 0 and self._dropped == self._calls
        if all_dropped or (self._dropped and self._on_block == "error"):
            self._stopped = True
        else:
            yield from self._odd(event, out)

    def _end(self, event: Event, out: Out) -> Steps[None]:
        if not self._finished:
            raise UpstreamError("a message that ends in the middle")
        self.ended = True
        yield from self._odd(event, out)

    def _error(self, event: Event, out: Out) -> Steps[None]:
        """Passes an error on, which ends the answer: its texts may quote the prompt."""
        yield from put_or_empty(slots(event), self._scanner)
        self.ended = True
        out.append(written(self._frame, event))

    def _aside(self, event: Event, out: Out) -> None:
        """Lets an event out that says nothing, in its place where text waits before it."""
        block = self._block
        if isinstance(block, TextBlock):
            for one, _ in block.backlog.aside((self._frame, event, NOWHERE, "")):
                self._say(block, one, None, out)
        else:
            out.append(as_it_is(self._frame, event))

    def _odd(self, event: Event, out: Out) -> Steps[None]:
        """Guards an event whose texts come whole, and not in pieces."""
        texts = slots(event)
        if texts and not (yield from put_or_empty(texts, self._scanner)):
            self._stopped = True
        else:
            out.append(written(self._frame, event))

    # -- its blocks -------------------------------------------------------------------------

    def _start(self, event: Event, out: Out) -> Steps[None]:
        block, index = event.get("content_block"), event.get("index")
        kind = block.get("type") if isinstance(block, dict) else None
        if not self._begun or self._block is not None or type(index) is not int:
            raise UpstreamError("a block that begins where none can")
        self._blocks += 1
        if self._blocks > MOST_BLOCKS:
            raise UpstreamError("more blocks than can be followed")
        if not isinstance(block, dict) or not isinstance(kind, str):
            raise UpstreamError("a block without a type")
        called, first = kind in INPUTS, begun_text(block, kind)
        odd = slots(event, without=("content_block",)) + ([] if called else block_texts(block))
        if odd and not (yield from put_or_empty(odd, self._scanner)):
            self._stopped = True
        elif called:
            self._block = CallBlock(index, self._at, kind, block, [(self._frame, event)])
        else:
            yield from self._open(event, index, kind, first, out)

    def _open(self, event: Event, index: int, kind: str, first: str, out: Out) -> Steps[None]:
        """Lets out the beginning of a block, and what it says already."""
        at = self._at
        if kind not in TEXTS:
            self._block = Block(index, at, kind)
            self.released = True
        else:
            self._block = TextBlock(index, at, kind, self._opened(kind), *TEXTS[kind])
        out.append(numbered(self._frame, event, at))
        self._at += 1
        if isinstance(self._block, TextBlock) and first:
            made = delta_of(at, {"type": self._block.delta, self._block.key: first})
            self._frame = Frame.of(event_bytes(made))
            yield from self._feed(self._block, first, made, out)

    def _opened(self, kind: str) -> GuardedStream:
        return self._scanner.open("output", form_of(kind, self._scanner))

    def _open_block(self, event: Event) -> Block:
        block = self._block
        if block is None or event.get("index") != block.index:
            raise UpstreamError("an event of a block that is not open")
        return block

    def _delta(self, event: Event, out: Out) -> Steps[None]:
        block, delta = self._open_block(event), event.get("delta")
        kind = delta.get("type") if isinstance(delta, dict) else None
        if not isinstance(delta, dict):
            raise UpstreamError("a delta that is no object")
        if (odd := beside(event, delta)) and not (yield from put_or_empty(odd, self._scanner)):
            self._stopped = True
            return
        if isinstance(block, TextBlock) and kind == block.delta:
            text = delta.get(block.key)
            if not isinstance(text, str):
                raise UpstreamError("a delta without its text")
            if not self._waits and self._waits_in(block) and block.at == event["index"]:
                self._learn_like(self._frame, event, delta, block.key, block)
            yield from self._feed(block, text, event, out)
        elif isinstance(block, CallBlock) and kind == "input_json_delta":
            block.add(delta.get("partial_json"), self._frame, event)
        elif isinstance(block, TextBlock) and kind == "citations_delta":
            self._aside(event, out)
        elif isinstance(block, TextBlock) and kind == "signature_delta":
            block.sign(delta.get("signature"), self._frame, event)
        else:
            raise UpstreamError("a delta of a kind that is not known in its block")

    def _pass_on(self, raw: bytes, text: str) -> bytes:
        block, out = self._learned, list[bytes]()
        block.fed(text)
        released = self._scanner.pass_on(block.stream, text)
        self._note(block, released)
        self._put(block, (raw, NOWHERE, NOWHERE, block.key), text, released, out)
        if self._stopped:
            self._block_it(out)
        return b"".join(out)

    def _place(self, value: Event) -> Event:
        delta: Event = value["delta"]
        return delta

    def _feed(self, block: TextBlock, text: str, event: Event, out: Out) -> Steps[None]:
        block.fed(text)
        if self._scanner.feed("output", block.stream, text):
            yield [block.stream]
        came = (self._frame, event, event["delta"], block.key)
        released = self._let_out(block)
        if self._waits_in(block):
            self._put(block, came, text, released, out)
        elif released:
            self._say(block, came, released, out)

    def _put(self, block: TextBlock, came: Came, text: str, released: str, out: Out) -> None:
        flush = block.stream.blocked
        for one, said in block.backlog.put(came, text, released, block.stream, flush=flush):
            self._say(block, one, said, out)

    def _waits_in(self, block: TextBlock) -> bool:
        """Tells whether events of a block may wait as they came."""
        del block
        return True

    def _let_out(self, block: TextBlock) -> str:
        started = time.perf_counter()
        text = self._released(block)
        self._scanner.spent("output", started)
        self._note(block, text)
        return text

    def _note(self, block: TextBlock, text: str) -> None:
        """Notes what may leave of a text."""
        self._stopped = self._stopped or block.stream.blocked
        if text:
            block.said(text)
            if block.kind == "text" and self._size < MAX_SPOKEN:
                self._size += len(text)
                self._spoken.append(text)

    def _release(self, block: TextBlock, out: Out) -> None:
        """Lets out what is left of a text."""
        for one, said in block.backlog.rest(self._let_out(block)):
            self._say(block, one, said, out)

    def _say(self, block: TextBlock, came: Came | None, said: str | None, out: Out) -> None:
        """Lets an event of a text out, as it came or with what it says now."""
        if came is None:
            made = delta_of(block.at, {"type": block.delta, block.key: said})
            out.append(event_bytes(made))
        else:
            if came[1].get("index", block.at) != block.at:
                came[1]["index"] = block.at
            out.append(self._put_in(came, said))
        if came is None or came[3]:
            self.released = True
            self._pieces += 1

    def _released(self, block: TextBlock) -> str:
        return block.stream.release()

    def _ended(self, block: TextBlock) -> bool:
        """Ends the text of a block; returns whether it waits for classifiers."""
        return self._scanner.finish("output", block.stream)

    def _stop(self, event: Event, out: Out) -> Steps[None]:
        block, frame, self._learned = self._open_block(event), self._frame, None
        odd = slots(event)
        if odd and not (yield from put_or_empty(odd, self._scanner)):
            self._stopped = True
            return
        if isinstance(block, CallBlock):
            yield from self._call(block, event, out)
            self._block = None
            return
        if isinstance(block, TextBlock):
            if self._ended(block):
                yield [block.stream]
            self._release(block, out)
            if self._stopped or block.stream.rewind_to is not None:
                return
            self._scanner.fold("output", block.stream)
            signed = [] if block.edited else block.signed
            out += [numbered(one, event, block.at) for one, event in signed]
        self._block = None
        out.append(numbered(frame, event, block.at))

    def _call(self, block: CallBlock, event: Event, out: Out) -> Steps[None]:
        """Lets a call out that may be made; what comes behind one that may not moves up."""
        events = yield from block.check(self._scanner)
        made_here = block.kind == CALL
        self._calls += made_here
        if events is None:
            self._dropped += made_here
            self._stopped = self._stopped or not made_here
            return
        self.released = True
        self._pieces += 1
        out += [numbered(frame, one, self._at) for frame, one in events]
        out.append(numbered(self._frame, event, self._at))
        self._at += 1

    # -- the end ----------------------------------------------------------------------------

    def _block_it(self, out: Out) -> None:
        """Ends an answer that was blocked, with the message."""
        self.ended = self.cut = True
        self._learned = None
        if self._block is not None and not isinstance(self._block, CallBlock):
            out.append(event_bytes(stop_of(self._block.at)))
        self.abandon()
        message = self._scanner.message or DEFAULT_MESSAGE
        if self._on_block != "error":
            tokens = max(self.usage.completion or 0, self._pieces)
            out += notice_events(message, self._on_block, self._at, tokens)
            return
        refusal = blocked_refusal(message)
        if self.released:
            out.append(event_bytes(error_body(refusal)))
        else:
            self.refused = refusal

    def close(self) -> Steps[bytes | None]:
        """Ends the answer where the connection did: whole only if the message had finished."""
        yield from ()  # nothing is held but in a block that is open
        if self.ended:
            return b""
        if self._reader.open or not self._finished:
            return None
        self.ended = True
        return event_bytes({"type": "message_stop"})

    def broken(self, refusal: Refusal) -> bytes:
        """Returns what tells a client that the answer ends in the middle."""
        return event_bytes(error_body(refusal))

    def abandon(self) -> None:
        """Adds up what was decided, wherever the answer ended."""
        block, self._block = self._block, None
        if isinstance(block, TextBlock):
            self._scanner.fold("output", block.stream)
