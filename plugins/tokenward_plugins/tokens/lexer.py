"""Finds the tokens of several plain texts at once, and what each is known by."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from tokenward_plugins.tokens.text import CHARACTERS, CODE_PAGE, Text

Table = np.ndarray[Any, Any]

SMALL = CHARACTERS.lower().encode(CODE_PAGE, "replace")
"""The small letter of each character that a plain text may have."""
SPACE, WORD, MARK = 0, 1, 2
KINDS = bytes(
    WORD if re.match(r"\w", one) else SPACE if one.isspace() else MARK for one in CHARACTERS
)
_MIX = np.uint64(0x9E3779B97F4A7C15)  # splitmix64's: of a sum alone the high bits are poor
_HALF = np.uint64(32)


class Lexed(NamedTuple):
    """The tokens of several texts, one after the other: where each is, and what it is known by."""

    written: bytes
    starts: Table
    ends: Table
    keys: Table
    lengths: Table

    def tokens(self, places: Table) -> list[str]:
        """Returns the tokens at some places."""
        ends = self.ends[places].tolist()
        starts = self.starts[places].tolist()
        return [
            self.written[start:end].decode(CODE_PAGE)
            for start, end in zip(starts, ends, strict=True)
        ]


class Lexer:
    """Knows tokens by a hash, the low digits of a polynomial with secret coefficients.

    Each process has others, and two tokens of 64 bits are one in about 2**60.
    """

    def __init__(self) -> None:
        drawn = np.frombuffer(secrets.token_bytes(8 * 257), np.uint64) | np.uint64(1)
        self._values, self._base = drawn[:256], int(drawn[256])
        self._powers = self._inverse = np.ones(1, np.uint64)

    def lex(self, texts: Sequence[Text]) -> Lexed:
        """Returns the tokens of plain texts, in small letters."""
        parts = [one.written or b"" for one in texts]
        written = b" ".join((*parts, b"")).translate(SMALL)
        kinds = np.frombuffer(written.translate(KINDS), np.uint8)
        begins, ends = kinds == MARK, kinds == MARK
        is_word = kinds == WORD  # the last character is a space
        begins[1:] |= is_word[1:] & ~is_word[:-1]
        begins[:1] |= is_word[:1]
        ends[:-1] |= is_word[:-1] & ~is_word[1:]
        starts, stops = np.flatnonzero(begins), np.flatnonzero(ends) + 1
        bounds = np.cumsum([len(one) + 1 for one in parts])
        lengths = np.diff(np.searchsorted(starts, bounds), prepend=0)
        return Lexed(written, starts, stops, self._keys(written, starts, stops), lengths)

    def _keys(self, written: bytes, starts: Table, ends: Table) -> Table:
        """Returns the hash of each token, which is not 0."""
        self._grow(len(written))
        values = self._values.take(np.frombuffer(written, np.uint8))
        sums = np.zeros(len(written) + 1, np.uint64)
        np.cumsum(values * self._powers[: len(written)], out=sums[1:])
        keys = (sums.take(ends) - sums.take(starts)) * self._inverse.take(starts) * _MIX
        return (keys ^ (keys >> _HALF)) * _MIX | np.uint64(1)

    def _grow(self, size: int) -> None:
        if size <= len(self._powers):
            return
        size = max(65_536, 2 * size)
        wrap = (1 << 64) - 1
        self._powers = _powers(self._base, size)
        self._inverse = _powers(pow(self._base, -1, wrap + 1), size)


def _powers(base: int, size: int) -> Table:
    """Returns the powers of a number, of each the last 64 bits."""
    powers = np.full(size, base, np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)
