"""Guards a streamed answer that is plain text, without any frame."""

from __future__ import annotations

import codecs
import time
from collections.abc import Sequence

from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import MAX_SPOKEN, Unlike, Usage
from tokenward.wire.request import Refusal, blocked_refusal
from tokenward.wire.scan import Scanner, Steps


class TextStream(Unlike):
    """One answer, which is one text: where it is cut into pieces says nothing."""

    content_type = b"text/plain; charset=utf-8"

    def __init__(self, scanner: Scanner, on_block: OnBlock) -> None:
        self.ended = self.cut = self.released = False
        self.refused: Refusal | None = None
        self.usage = Usage()
        self._scanner = scanner
        self._on_block = on_block
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._stream = scanner.open("output", scanner.main_form)
        self._folded = False
        self._spoken: list[str] = []
        self._size = 0

    @property
    def text(self) -> str:
        """The text as it was let out, for features."""
        return "".join(self._spoken)

    def frames(self, data: bytes) -> Sequence[bytes]:
        """Takes bytes as they come."""
        return (data,)

    def frame(self, frame: bytes) -> Steps[bytes]:
        """Guards bytes of the text; returns those that may leave now."""
        if self.ended:
            return b""
        try:
            text = self._decoder.decode(frame)
        except UnicodeDecodeError:
            raise UpstreamError("a text that is not UTF-8") from None
        if self._scanner.feed("output", self._stream, text):
            yield [self._stream]
        return self._release()

    def _release(self) -> bytes:
        started = time.perf_counter()
        text = self._stream.release()
        self._scanner.spent("output", started)
        if text:
            self.released = True
            if self._size < MAX_SPOKEN:
                self._size += len(text)
                self._spoken.append(text)
        return (text + self._blocked() if self._stream.blocked else text).encode()

    def _blocked(self) -> str:
        """Ends an answer that was blocked; returns the message, which is the only way to say so."""
        self.ended = self.cut = True
        self.abandon()
        message = self._scanner.message or DEFAULT_MESSAGE
        if self._on_block == "error" and not self.released:
            self.refused = blocked_refusal(message)
            return ""
        return message

    def close(self) -> Steps[bytes | None]:
        """Ends the answer where the model server did."""
        if self.ended:
            return b""
        if self._decoder.getstate()[0]:
            return None  # in the middle of a character
        if self._scanner.finish("output", self._stream):
            yield [self._stream]
        rest = self._release()
        self.abandon()
        self.ended = True
        return rest

    def broken(self, refusal: Refusal) -> bytes:
        """Returns what tells a client that the answer ends in the middle."""
        del refusal  # a text has no words for it
        return b""

    def abandon(self) -> None:
        """Adds up what was decided, wherever the answer ended."""
        if not self._folded:
            self._folded = True
            self._scanner.fold("output", self._stream)
