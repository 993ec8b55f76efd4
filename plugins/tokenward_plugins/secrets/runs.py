"""Runs of the characters of keys: what is shorter than every key need not be looked at."""

from __future__ import annotations

CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.~+/%"
"""The characters that may stand in a key of every provider."""
SHORTEST = 20
"""No key is shorter, and none lies outside of a run of so many characters."""

_KINDS = bytes(97 if chr(code) in CHARACTERS else 32 for code in range(256))
_LONG = b"a" * SHORTEST


class Runs:
    """The long runs of a text, from a place on.

    Each character becomes one byte that says whether it may stand in a key; a search for enough of
    them in a row costs a tenth of what an expression would.
    """

    __slots__ = ("_first", "_kinds")

    def __init__(self, text: str, at: int) -> None:
        self._first = max(0, at - SHORTEST)
        self._kinds = text[self._first :].encode("ascii", "replace").translate(_KINDS)

    def next(self, at: int) -> tuple[int, int] | None:
        """Returns start and end of the first long run that ends after ``at``.

        The start of one that began long before ``at`` may be given as a later one.

        >>> runs = Runs("a short one, then averyveryverylongone.and", 0)
        >>> runs.next(0), runs.next(25), runs.next(42)
        ((18, 42), (18, 42), None)
        """
        kinds, here = self._kinds, at - self._first
        if kinds[here : here + 1] == b"a":  # inside of a run: it may be long by what is before
            least = max(0, here - SHORTEST)
            here = max(least, kinds.rfind(b" ", least, here))
        found = kinds.find(_LONG, here)
        if found < 0:
            return None
        stop = kinds.find(b" ", found + SHORTEST)
        return found + self._first, (stop if stop >= 0 else len(kinds)) + self._first

    def last(self) -> int:
        """Returns where the run begins that the text ends with, or a place in it if it is long."""
        return self._first + self._kinds.rfind(b" ") + 1
