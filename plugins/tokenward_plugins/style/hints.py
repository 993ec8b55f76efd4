"""Tells of several plain texts at once which of them may refuse, and in which languages."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from tokenward_plugins.style.phrases import phrases
from tokenward_plugins.tokens.lexer import Table
from tokenward_plugins.tokens.text import Text
from tokenward_plugins.tokens.vocabulary import VOCABULARY

WORD = re.compile(r"\w+")
BITS = 64
WHOLE = 2
"""Letters that a word is longer for being whole, when the rarest of a hint's words is chosen."""


class Hint(NamedTuple):
    """A hint, and the word of it that a text must have; it is whole where both ends are."""

    hint: str
    language: str
    word: str
    begins: bool
    ends: bool

    def is_of(self, token: str) -> bool:
        """Tells whether a token may be that word.

        >>> Hint("my polic", "en", "polic", True, False).is_of("policy")
        True
        """
        if self.begins:
            return token == self.word if self.ends else token.startswith(self.word)
        return token.endswith(self.word) if self.ends else self.word in token


def hinted(texts: Sequence[Text]) -> list[list[Hint]]:
    """Returns the hints of whose words each text has one.

    >>> [[hint.hint for hint in some] for some in hinted([Text("No comment."), Text("Yes.")])]
    [['no comment'], []]
    """
    looked = VOCABULARY.look(texts, _BITS)
    rows = looked.joined(*looked.tables).astype("<u8")
    return [_named(int.from_bytes(row.tobytes(), "little")) for row in rows]


def _named(bits: int) -> list[Hint]:
    found = []
    while bits:
        lowest = bits & -bits
        found.append(_hints()[lowest.bit_length() - 1])
        bits ^= lowest
    return found


@cache  # read when the first text comes
def _hints() -> tuple[Hint, ...]:
    some = ((hint, name) for name, language in phrases().items() for hint in language.hints)
    return tuple(_hint(hint, name) for hint, name in some)


def _hint(hint: str, language: str) -> Hint:
    words = [(one.group(), one.start() > 0, one.end() < len(hint)) for one in WORD.finditer(hint)]
    return Hint(hint, language, *max(words, key=lambda one: len(one[0]) + WHOLE * all(one[1:])))


def _bits(tokens: Sequence[str]) -> Table:
    joined = " ".join(tokens)
    starts = [0, *accumulate(len(token) + 1 for token in tokens)]
    rows = np.zeros((len(tokens), -(-len(_hints()) // BITS)), np.uint64)
    for number, hint in enumerate(_hints()):
        bit = np.uint64(1 << number % BITS)
        place = joined.find(hint.word)
        while place >= 0:
            at = bisect_right(starts, place) - 1
            if hint.is_of(tokens[at]):
                rows[at, number // BITS] |= bit
            place = joined.find(hint.word, starts[at + 1])
    return rows


_BITS = VOCABULARY.table(_bits)
