"""Finds a stretch that is said again and again, as models do whose weights or sampling broke."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

SEED = 8
"""Characters that must come again before a loop is looked for at all."""

SHORTEST_PIECE = 32
"""What a loop goes on with is reported in pieces of a period, or of so many characters."""

STEP = 64
"""Characters that are compared at once."""

TAIL = 16
"""How much longer than what is looked back at the kept text may get, as a multiple."""


@dataclass(frozen=True, slots=True)
class Limits:
    """A loop is one from ``times`` periods on that have ``least`` characters together."""

    times: int
    least: int
    period: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text that is beyond what may repeat."""

    start: int
    end: int
    period: int


class Loops:
    """The loop at the end of one text so far.

    A character goes on with the loop where it is the one a period before it: exact, and the
    same in any chunking. Where none is under way, the last eight characters are looked up among
    those of the last ``period`` characters; the dictionary has two generations, so that it stays
    bounded.

    >>> loops = Loops(Limits(times=3, least=12, period=40))
    >>> list(loops.feed("It is so and so and so and s"))
    [Piece(start=25, end=26, period=7)]
    >>> loops.settled, list(loops.feed("!")), loops.settled
    (26, [], 29)
    """

    __slots__ = (
        "_base", "_begin", "_grams", "_known", "_limits", "_next", "_period", "_size", "_text",
        "_turn",
    )  # fmt: skip

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._text = ""
        self._base = 0  # the offset of the kept text
        self._size = 0  # characters that have come
        self._grams: dict[str, int] = {}
        self._known: dict[str, int] = {}  # the generation before
        self._turn = limits.period
        self._period = 0  # of the loop that is under way; 0 if none is
        self._begin = 0
        self._next = 0  # where the next piece begins, the limit being passed

    @property
    def settled(self) -> int:
        """The offset before which every piece has been given out."""
        return min(self._next, self._size) if self._period and self._next else self._size

    def feed(self, text: str) -> Iterator[Piece]:
        """Takes the next characters; yields the pieces that are complete."""
        at = len(self._text)
        self._text += text
        self._size += len(text)
        while at < len(self._text):
            if self._period:
                at = self._go_on(at)
                yield from self._pieces(self._base + at)
                if at == len(self._text):
                    break
                self._period = self._next = 0
            at = self._look(at)
        kept = self._limits.period + SEED
        if len(self._text) > TAIL * kept:
            self._base += len(self._text) - kept
            self._text = self._text[-kept:]

    def _go_on(self, at: int) -> int:
        """Returns where the loop ends: at the end of the text, or at another character."""
        text, period = self._text, self._period
        size = len(text)
        while at < size:
            step = min(STEP, size - at)
            if text[at : at + step] == text[at - period : at - period + step]:
                at += step
                continue
            while text[at] == text[at - period]:
                at += 1
            return at
        return at

    def _look(self, at: int) -> int:
        """Notes runs of characters until one of them came before; returns the offset behind it."""
        text, grams, known = self._text, self._grams, self._known
        for end in range(at + 1, len(text) + 1):
            place = self._base + end
            if place >= self._turn:
                self._known = known = grams
                self._grams = grams = {}
                self._turn += self._limits.period
            if end < SEED:
                continue
            gram = text[end - SEED : end]
            before = grams.get(gram) or known.get(gram)
            grams[gram] = place
            if before is not None and place - before <= self._limits.period:
                self._period = place - before
                self._begin = before - SEED
                return end
        return len(text)

    def _pieces(self, end: int) -> Iterator[Piece]:
        """Yields what has become complete of a loop that reaches to ``end``."""
        limits, period = self._limits, self._period
        if not self._next:
            limit = self._begin + max(limits.least, limits.times * period)
            if end < limit:
                return
            yield Piece(limit - 1, limit, period)
            self._next = limit
        size = max(period, SHORTEST_PIECE)
        while end >= self._next + size:
            yield Piece(self._next, self._next + size, period)
            self._next += size
