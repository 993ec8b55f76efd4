"""The incremental normaliser: plain text out of disguised text, and the way back to it."""

from __future__ import annotations

import re

from tokenward.stream.plain import alike, hidden
from tokenward.stream.plain.alike import Alike
from tokenward.stream.plain.hidden import Hidden
from tokenward.stream.plain.stage import LONGEST_TAIL

SHORT = 64
"""Up to this length one search is the quickest look."""

NOT_FREE = re.compile(r"[&%\\*`~_\x80-\U0010ffff]")
TOUCHED = alike.pattern(hidden.CHARACTERS, hidden.CANDIDATE)
TRIM = 2 * LONGEST_TAIL


def stretched(hold_back: int) -> int:
    """Returns the most original characters that a number of plain ones can stand for.

    Escaped and emphasised characters take up to a quarter more, and 128 at once; invisible ones,
    marks and encodings as many again, and 1024 at once. More is not undone: it ends the value.

    >>> stretched(0), stretched(64), stretched(1000)
    (1316, 1476, 3816)
    """
    apart = hold_back + hold_back // alike.PRICE + alike.SLACK + alike.LONGEST_WAIT
    return 2 * apart + hidden.SLACK + hidden.LONGEST_WAIT


def _is_free(text: str) -> bool:
    """Tells whether a text is ASCII, and has none of its characters that can be a disguise."""
    if len(text) <= SHORT:
        return NOT_FREE.search(text) is None
    # one search for a single character is a hundred times as fast as one for several
    return text.isascii() and not (
        "&" in text
        or "%" in text
        or "\\" in text
        or "*" in text
        or "`" in text
        or "~" in text
        or "__" in text
        or text[-1] == "_"
    )


class Plain:
    r"""Turns a text that arrives in pieces into plain text, and maps offsets back.

    What it writes depends on the text only, not on how it was cut. Text without disguise costs one
    look; the map holds what is open, as long as the caller forgets what is not.

    >>> plain = Plain()
    >>> plain.feed("to ann&#6") + plain.feed("4;ex\u00adample.com") + plain.finish()
    'to ann@example.com'
    >>> plain.original_start(3), plain.original_end(18)
    (3, 23)
    """

    __slots__ = ("_busy", "_flat", "_held", "_passed", "_stages", "_tail")

    def __init__(self) -> None:
        self._stages: tuple[Hidden, Alike] | None = None  # most texts never need them
        self._passed = 0
        self._tail = ""
        self._held = ""
        self._busy = False
        self._flat = True

    def feed(self, text: str) -> str:
        """Takes the next characters; returns the plain ones that are certain now."""
        if self._held:
            text, self._held = self._held + text, ""
        if self._busy:
            return self._undo(text, ended=False)
        if not _is_free(text):
            last = self._tail[-1:]
            found = TOUCHED.search(last + text, len(last))
            if found:
                at = found.start() - len(last)
                if alike.AT_END.match(text, at) is None:
                    return self._undo(text, ended=False)
                # no more than look-alikes at the end: held here, the stages need not see them twice
                text, self._held = text[:at], text[at:]
        self._passed += len(text)
        self._tail += text
        if len(self._tail) > TRIM:
            self._tail = self._tail[-LONGEST_TAIL:]
        return text

    def finish(self) -> str:
        """Returns the rest, the text having ended."""
        rest, self._held = self._held, ""
        return self._undo(rest, ended=True) if rest or self._busy else ""

    def skip(self, length: int, tail: str) -> None:
        """Takes note of calm text, which it would have let by; ``tail`` is the end of it.

        Only where nothing is pending; with the last 320 characters it is as if it had been fed.
        """
        own = tail[-length:]
        self._passed += length
        self._tail = own if len(own) >= LONGEST_TAIL else (self._tail + own)[-TRIM:]
        self._busy = False

    def _undo(self, text: str, *, ended: bool) -> str:
        if self._stages is None:
            self._stages = Hidden(), Alike()
        hidden, alike = self._stages
        if self._passed:
            hidden.passed(self._passed, self._tail)
            alike.passed(self._passed, self._tail)
            self._passed = 0
        plain = alike.feed(hidden.feed(text, ended=ended), ended=ended)
        self._tail = alike.tail
        self._busy = hidden.busy or alike.busy
        self._flat = len(hidden.offsets) == len(alike.offsets) == 1
        return plain

    @property
    def tail(self) -> str:
        """The last plain characters, some hundred of them."""
        return self._tail

    @property
    def written(self) -> int:
        """How many plain characters there have been."""
        return self._passed + (self._stages[1].written if self._stages else 0)

    @property
    def pending(self) -> int:
        """How many original characters wait, because they may belong to a disguise."""
        if self._stages is None:
            return len(self._held)
        hidden = self._stages[0]
        read = hidden.read + hidden.waiting + self._passed + len(self._held)
        return read - self.original_start(self.written)

    def original_start(self, offset: int) -> int:
        """Returns where the plain character at an offset begins in the original text."""
        if self._stages is None:
            return offset
        hidden, alike = self._stages
        return hidden.offsets.start(alike.offsets.start(offset))

    def original_end(self, offset: int) -> int:
        """Returns where the plain character before an offset ends in the original text.

        What was dropped behind it does not count: more of that may follow in the next piece.
        """
        if self._stages is None:
            return offset
        hidden, alike = self._stages
        return hidden.offsets.end(alike.offsets.end(offset))

    def original_of_settled(self, offset: int) -> int:
        """Returns the original offset before which all is settled, if the plain text is so far.

        It is where the first character begins that may still be in a value, or what is pending.
        """
        return self.original_start(offset)

    def forget(self, offset: int) -> None:
        """Drops the map of what is before a plain offset."""
        if self._flat or self._stages is None:
            return
        hidden, alike = self._stages
        alike.offsets.forget(offset)
        hidden.offsets.forget(alike.offsets.start(offset))
        self._flat = len(hidden.offsets) == len(alike.offsets) == 1
