"""A streamed message of Anthropic's whose end may be taken back and told again."""

from __future__ import annotations

from tokenward.stream.guarded import GuardedStream
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.anthropic_again import body_of
from tokenward.wire.protocols.anthropic_block import TextBlock
from tokenward.wire.protocols.anthropic_form import delta_of, event_bytes, form_of, stop_of
from tokenward.wire.protocols.anthropic_stream import Event, MessageStream, Out
from tokenward.wire.protocols.base import Ask
from tokenward.wire.retold import Retold, RetoldAnswer
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.sse import EventReader, Frame

TEXT = "text"


class RetoldMessageStream(MessageStream, RetoldAnswer):
    """One message whose first block is text: that block goes on, whatever was taken back of it."""

    def __init__(self, ask: Ask, scanner: Scanner, on_block: OnBlock, attempts: int) -> None:
        super().__init__(ask, scanner, on_block)
        self._attempts = attempts
        self._main: Retold | None = None
        self._resumes = self._whole = False
        """Whether another ending begins; whether the text that is asked for again was whole."""

    def frame(self, frame: bytes | Frame) -> Steps[bytes]:
        """Guards an event; returns the events that may leave now."""
        out = yield from super().frame(frame)
        block = self._asking
        if block is None or self._main is None:
            return out
        self.again = body_of(self._ask, self._main)
        if self.again is not None:
            return out
        more: Out = []
        yield from self._without(block, more)
        if self._stopped and not self.ended:
            self._block_it(more)
        elif self._whole:
            more.append(event_bytes(stop_of(block.at)))
        return out + b"".join(more)

    @property
    def _asking(self) -> TextBlock | None:
        """The block of which the end is to be taken back."""
        block = self._block
        if self.ended or not isinstance(block, TextBlock) or block.stream.rewind_to is None:
            return None
        return block

    # -- the text that may be taken back ----------------------------------------------------

    def _opened(self, kind: str) -> GuardedStream:
        if kind != TEXT or self._blocks > 1:
            return super()._opened(kind)
        self._main = Retold(self._scanner, form_of(kind, self._scanner), self._attempts)
        return self._main.stream

    def _is_main(self, block: TextBlock) -> bool:
        return self._main is not None and block.stream is self._main.stream

    def _waits_in(self, block: TextBlock) -> bool:
        return not self._is_main(block)

    def _feed(self, block: TextBlock, text: str, event: Event, out: Out) -> Steps[None]:
        if self._main is not None and self._is_main(block):
            text = self._main.joined(text)
            if text:
                self._main.fed(text)
        yield from super()._feed(block, text, event, out)

    def _released(self, block: TextBlock) -> str:
        if self._main is None or not self._is_main(block):
            return super()._released(block)
        text = self._main.release()
        self._stopped = self._stopped or self._main.conflict
        return text

    def _ended(self, block: TextBlock) -> bool:
        if self._main is None or not self._is_main(block):
            return super()._ended(block)
        self._whole = True
        return self._main.finish()

    # -- another ending ---------------------------------------------------------------------

    def go_on(self) -> None:
        """Takes the events of the other ending from now on."""
        block = self._asking
        assert block is not None
        assert self._main is not None
        self.again = None
        self._main.go_on()
        block.stream = self._main.stream
        self._reader = EventReader()
        self._resumes, self._whole = True, False

    def _begin(self, event: Event, out: Out) -> Steps[None]:
        if not self._resumes:
            yield from super()._begin(event, out)

    def _start(self, event: Event, out: Out) -> Steps[None]:
        if not self._resumes:
            yield from super()._start(event, out)
            return
        self._resumes = False
        begun, block, index = event.get("content_block"), self._block, event.get("index")
        assert isinstance(block, TextBlock)
        if isinstance(begun, dict) and begun.get("type") == TEXT and type(index) is int:
            block.index = index
            first = begun.get("text")
            if isinstance(first, str) and first:
                made = delta_of(block.at, {"type": block.delta, block.key: first})
                self._frame = Frame.of(event_bytes(made))
                yield from self._feed(block, first, made, out)
            return
        yield from self._close(block, out)  # it goes on with something else than text
        if self._asking is None and not self._stopped:
            yield from super()._start(event, out)

    def _finish(self, event: Event, out: Out) -> Steps[None]:
        if self._resumes and isinstance(self._block, TextBlock):  # it says nothing more
            self._resumes = False
            yield from self._close(self._block, out)
            if self._asking is not None or self._stopped:
                return
        usage = event.get("usage")
        told = usage.get("output_tokens") if isinstance(usage, dict) else None
        if isinstance(usage, dict) and type(told) is int and self._main is not None:
            usage["output_tokens"] = told + self._main.spent
        yield from super()._finish(event, out)

    def _close(self, block: TextBlock, out: Out) -> Steps[None]:
        yield from self._stop({"index": block.index}, out)

    # -- without one ------------------------------------------------------------------------

    def _without(self, block: TextBlock, out: Out, *, cut: bool = False) -> Steps[None]:
        """Goes on by the rules' fallbacks."""
        assert self._main is not None
        whole = self._whole
        waits = self._main.give_up(cut=cut)
        block.stream = self._main.stream
        waits = (self._ended(block) if whole else False) or waits
        if waits:
            yield [block.stream]
        self._release(block, out)
        if whole and not self._stopped:
            self._scanner.fold("output", block.stream)
            self._block = None

    def decline(self) -> Steps[bytes]:
        """Ends the message by the rules' fallbacks: there is no other ending."""
        block, out = self._asking, list[bytes]()
        assert block is not None
        assert self._main is not None
        self.again = None
        message, whole = self._main.message, self._whole
        yield from self._without(block, out, cut=not whole)
        if whole and not self._stopped:
            out.append(event_bytes(stop_of(block.at)))
            delta = {"stop_reason": "end_turn", "stop_sequence": None}
            usage = {"output_tokens": max(self._main.tokens, self._pieces)}
            out.append(event_bytes({"type": "message_delta", "delta": delta, "usage": usage}))
            out.append(event_bytes({"type": "message_stop"}))
            self.ended = self.cut = True
        else:  # what should follow is lost
            self._scanner.message = self._scanner.message or message
            self._block_it(out)
        return b"".join(out)
