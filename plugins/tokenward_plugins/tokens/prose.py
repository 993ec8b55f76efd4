"""Counts words, sentences and characters of several texts of the code page at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from tokenward_plugins.tokens.text import CHARACTERS, Text

Counts = np.ndarray[Any, Any]
CLOSED = re.compile(rb"\.\)++")


def table(kind: Callable[[str], str]) -> bytes:
    """Returns the kinds of the characters of the code page, to translate texts with."""
    return "".join(map(kind, CHARACTERS)).encode("ascii")


class Prose:
    r"""Texts of the code page, each with a line end behind it.

    >>> prose = Prose([Text("It's so. (Or not.) No"), Text("")])
    >>> kinds = table(lambda one: "w" if one.isalpha() else one if one in "'.) \n" else "x")
    >>> starts, ends = prose.words(kinds)
    >>> prose.number(starts).tolist(), int((ends - starts)[0]), prose.sentences(kinds).tolist()
    ([5, 0], 4, [3, 0])
    """

    def __init__(self, texts: Sequence[Text]) -> None:
        parts = [one.written or b"" for one in texts]
        self.written = b"\n".join((*parts, b""))
        self.ends = np.array(list(accumulate(len(one) + 1 for one in parts)), np.int64)
        self.sizes = np.diff(self.ends, prepend=0) - 1

    def kinds(self, of: bytes) -> Counts:
        """Returns the kind of each character, by a table."""
        return np.frombuffer(self.written.translate(of), np.uint8)

    def number(self, places: Counts) -> Counts:
        """Returns how many of some places, in their order, are in each text."""
        return np.diff(np.searchsorted(places, self.ends), prepend=0)

    def count(self, chosen: Counts) -> Counts:
        """Returns how many characters of each text are chosen, line ends behind them left out."""
        chosen[self.ends - 1] = False
        return np.add.reduceat(chosen, self.ends - 1 - self.sizes, dtype=np.int64)

    def words(self, of: bytes) -> tuple[Counts, Counts]:
        """Returns where words begin and end: runs of ``w``, and of ``'`` within one."""
        kinds = self.kinds(of)
        inside = kinds == ord("w")
        joins = np.flatnonzero(kinds[1:-1] == ord("'")) + 1
        inside[joins[inside[joins - 1] & inside[joins + 1]]] = True
        edges = np.flatnonzero(np.diff(inside, prepend=False))  # the last is a line end
        return edges[::2], edges[1::2]

    def sentences(self, of: bytes) -> Counts:
        """Returns how many stretches have a ``w``: between line ends, and behind marks.

        A mark is a ``.``, and ``)`` behind it, before a blank.
        """
        marked = self.written.translate(of)
        if b".)" in marked:
            marked = CLOSED.sub(lambda found: b"." * len(found[0]), marked)
        kinds = np.frombuffer(marked, np.uint8)
        ends = kinds == ord("\n")
        ends[1:] |= (kinds[1:] == ord(" ")) & (kinds[:-1] == ord("."))
        inside = kinds == ord("w")
        begins = inside.copy()
        begins[1:] &= ~inside[:-1]
        places = np.flatnonzero(begins | ends)
        begun = begins[places]
        first = begun.copy()
        first[1:] &= ~begun[:-1]
        return self.number(places[first])
