"""Guards a streamed answer of Anthropic's messages, event by event."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.stream.guarded import GuardedStream
from tokenward.wire.json_text import NAME, slots
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.anthropic_block import CALL, TEXTS, Block, CallBlock, TextBlock
from tokenward.wire.protocols.anthropic_errors import error_body
from tokenward.wire.protocols.anthropic_form import (
    delta_of,
    event_bytes,
    form_of,
    notice_events,
    read_usage,
    start_of,
    stop_of,
)
from tokenward.wire.protocols.anthropic_request import INPUTS, block_texts
from tokenward.wire.protocols.base import MAX_SPOKEN, Ask, Usage
from tokenward.wire.protocols.texts import put_or_empty, read_event
from tokenward.wire.request import Refusal, blocked_refusal
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.sse import KEEP_ALIVE, EventReader

MOST_BLOCKS = 4096
Out = list[bytes]
Event = dict[str, Any]


class MessageStream:
    """One answer: a guard for each block of text, tool calls held until they are whole."""

    content_type = b"text/event-stream; charset=utf-8"

    def __init__(self, ask: Ask, scanner: Scanner, on_block: OnBlock) -> None:
        self.ended = self.cut = False
        self.refused: Refusal | None = None
        self.released = False
        self.usage = Usage()
        self._ask = ask
        self._scanner = scanner
        self._on_block = on_block
        self._reader = EventReader()
        self._block: Block | None = None
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

    @property
    def text(self) -> str:
        """The text as it was let out, for features."""
        return "".join(self._spoken)

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
        event = read_event(frame)
        kind = event.get("type") if isinstance(event, dict) else None
        if not isinstance(kind, str):
            raise UpstreamError("an event without a type")
        out: Out = []
        taker = self._takers.get(kind)
        if taker is not None:
            yield from taker(event, out)
        else:
            out.append(unknown(event, kind))
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
        out.append(event_bytes(event))

    def _odd(self, event: Event, out: Out) -> Steps[None]:
        """Guards an event whose texts come whole, and not in pieces."""
        texts = slots(event)
        if texts and not (yield from put_or_empty(texts, self._scanner)):
            self._stopped = True
        else:
            out.append(event_bytes(event))

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
        if kind in INPUTS:
            self._block = CallBlock(index, self._at, kind, block)
            return
        first = ""
        if kind in TEXTS:
            delta, key = TEXTS[kind]
            first, block[key] = block.get(key) or "", ""
            if not isinstance(first, str):
                raise UpstreamError("a block whose text is none")
        if not (yield from put_or_empty(block_texts(block), self._scanner)):
            self._stopped = True
            return
        if kind in TEXTS:
            stream = self._opened(kind)
            self._block = TextBlock(index, self._at, kind, stream, delta, key)
        else:
            self._block = Block(index, self._at, kind)
            self.released = True
        out.append(event_bytes(start_of(self._at, block)))
        self._at += 1
        if isinstance(self._block, TextBlock) and first:
            yield from self._feed(self._block, first, out)

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
        if isinstance(block, TextBlock) and kind == block.delta:
            text = delta.get(block.key)
            if not isinstance(text, str):
                raise UpstreamError("a delta without its text")
            yield from self._feed(block, text, out)
        elif isinstance(block, CallBlock) and kind == "input_json_delta":
            block.add(delta.get("partial_json"))
        elif isinstance(block, TextBlock) and kind == "citations_delta":
            if (yield from put_or_empty(slots(delta), self._scanner)):
                out.append(event_bytes(delta_of(block.at, delta)))
            else:
                self._stopped = True
        elif isinstance(block, TextBlock) and kind == "signature_delta":
            block.sign(delta.get("signature"))
        else:
            raise UpstreamError("a delta of a kind that is not known in its block")

    def _feed(self, block: TextBlock, text: str, out: Out) -> Steps[None]:
        block.fed(text)
        if self._scanner.feed("output", block.stream, text):
            yield [block.stream]
        self._release(block, out)

    def _release(self, block: TextBlock, out: Out) -> None:
        started = time.perf_counter()
        text = self._released(block)
        self._scanner.spent("output", started)
        if text:
            block.said(text)
            self.released = True
            self._pieces += 1
            if block.kind == "text" and self._size < MAX_SPOKEN:
                self._size += len(text)
                self._spoken.append(text)
            out.append(event_bytes(delta_of(block.at, {"type": block.delta, block.key: text})))
        self._stopped = self._stopped or block.stream.blocked

    def _released(self, block: TextBlock) -> str:
        return block.stream.release()

    def _ended(self, block: TextBlock) -> bool:
        """Ends the text of a block; returns whether it waits for classifiers."""
        return self._scanner.finish("output", block.stream)

    def _stop(self, event: Event, out: Out) -> Steps[None]:
        block = self._open_block(event)
        if isinstance(block, CallBlock):
            yield from self._call(block, out)
            self._block = None
            return
        if isinstance(block, TextBlock):
            if self._ended(block):
                yield [block.stream]
            self._release(block, out)
            if self._stopped or block.stream.rewind_to is not None:
                return
            self._scanner.fold("output", block.stream)
            if block.signature and not block.edited:
                signed = {"type": "signature_delta", "signature": block.signature}
                out.append(event_bytes(delta_of(block.at, signed)))
        self._block = None
        out.append(event_bytes(stop_of(block.at)))

    def _call(self, block: CallBlock, out: Out) -> Steps[None]:
        """Lets a call out that may be made; what comes behind one that may not moves up."""
        delta = yield from block.check(self._scanner)
        made_here = block.kind == CALL
        self._calls += made_here
        if delta is None:
            self._dropped += made_here
            self._stopped = self._stopped or not made_here
            return
        self.released = True
        self._pieces += 1
        out.append(event_bytes(start_of(self._at, block.block)))
        if delta["partial_json"]:
            out.append(event_bytes(delta_of(self._at, delta)))
        out.append(event_bytes(stop_of(self._at)))
        self._at += 1

    # -- the end ----------------------------------------------------------------------------

    def _block_it(self, out: Out) -> None:
        """Ends an answer that was blocked, with the message."""
        self.ended = self.cut = True
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

    def abandon(self) -> None:
        """Adds up what was decided, wherever the answer ended."""
        block, self._block = self._block, None
        if isinstance(block, TextBlock):
            self._scanner.fold("output", block.stream)


def unknown(event: Event, kind: str) -> bytes:
    """Returns an event of a type that is not known, such as a ping, if it says nothing."""
    if NAME.fullmatch(kind) is None or slots(event):
        raise UpstreamError("an event of a type that is not known, with text in it")
    return event_bytes(event)
