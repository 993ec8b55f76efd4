"""The text before values, to see at a glance whether a context word can be in it."""

from __future__ import annotations

from functools import cache

from tokenward_plugins.pii.limits import CONTEXT


class Words:
    """What stands before values in a run."""

    __slots__ = ("_before", "_end", "_start", "_text")

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text = text
        self._start = start
        self._end = end
        self._before: str | None = None

    def near(self, words: tuple[str, ...]) -> bool:
        """Tells whether one of the words may be there: the first part of it is, somewhere."""
        before = self._before
        if before is None:
            low = max(0, self._start - CONTEXT)
            before = self._before = self._text[low : self._end].lower()
        return any(map(before.__contains__, firsts(words)))


@cache
def firsts(names: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the first word of each context word of a recognizer (of a table, never of a text)."""
    return tuple(dict.fromkeys(name.partition(" ")[0] for name in names))
