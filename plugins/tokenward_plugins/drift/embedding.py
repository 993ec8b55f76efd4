"""Projects the words of a text to a few numbers, so that a change of subject can be seen.

The text is a bag of its words, hashed (Weinberger et al. 2009, doi:10.1145/1553374.1553516), and
projected at random to ``DIMENSIONS`` numbers with signs instead of a table of weights (Achlioptas
2003, doi:10.1016/S0022-0000(03)00025-4): texts about the same things have near numbers, and no
word can be read from them. Nothing is trained, and nothing is loaded.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence

import numpy as np

from tokenward_plugins.drift.classes import EAST_ASIAN
from tokenward_plugins.tokens.lexer import Table
from tokenward_plugins.tokens.text import Text, of_each
from tokenward_plugins.tokens.vocabulary import VOCABULARY, Looked

DIMENSIONS = 16
MOST_CHARACTERS = 1024
"""What is looked at of a text: its beginning says what it is about."""
SHORTEST = 4
"""Letters of a word that is counted, where there are any: shorter ones are in every text."""
WORD = re.compile(rf"[{EAST_ASIAN}]|[^\W\d_{EAST_ASIAN}]+")

# splitmix64's constants: a checksum alone is linear, and alike words would get alike signs
_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_BITS = np.arange(DIMENSIONS, dtype=np.uint64)


def embedding(text: str) -> tuple[float, ...]:
    """Returns ``DIMENSIONS`` numbers, each about normal with variance 1 over unlike texts.

    >>> near, like, far = map(embedding, ("Your parcel is at the depot since Tuesday.",
    ...     "Since Monday your parcel is at the depot.", "The invoice lists three repairs."))
    >>> bool(np.dot(near, like) > np.dot(near, far))
    True
    >>> embedding("") == (0.0,) * DIMENSIONS
    True
    """
    words = WORD.findall(text[:MOST_CHARACTERS].casefold())
    counts = Counter([word for word in words if len(word) >= SHORTEST] or words)
    if not counts:
        return (0.0,) * DIMENSIONS
    weights = np.sqrt(np.fromiter(counts.values(), np.float64, len(counts)))
    projected = weights @ _signs([zlib.crc32(word.encode("utf-8", "replace")) for word in counts])
    rounded = np.round(projected / np.linalg.norm(weights), 3)
    return tuple((rounded + 0.0).tolist())  # no -0.0


def embeddings(texts: Sequence[Text]) -> list[tuple[float, ...]]:
    """Returns the same of several texts, but for the last bits of what is rounded.

    >>> text = "Your parcel is at the depot since Tuesday."
    >>> embeddings([Text(text), Text("")]) == [embedding(text), embedding("")]
    True
    """
    beginnings = [text.beginning(MOST_CHARACTERS) for text in texts]
    return of_each(beginnings, _together, embedding)


MOST_SHORT = np.iinfo(np.int32).max
NO_WORD, SHORT, LONG, MIXED = 0, 1, 2, 4
"""What a token is: words among digits are counted with those that stand alone, which is slower."""


def _together(texts: Sequence[Text]) -> list[tuple[float, ...] | None]:
    looked = VOCABULARY.look(texts, _KINDS, _ROWS)
    kinds, rows = looked.tables
    has = looked.joined(kinds)
    wanted = np.where(has & LONG, LONG, SHORT)
    numbers = _projected(looked, kinds, rows, wanted)
    found = map(tuple, numbers.tolist())
    mixed = (has & MIXED).tolist()
    return [None if is_mixed else one for is_mixed, one in zip(mixed, found, strict=True)]


def _projected(looked: Looked, kinds: Table, rows: Table, wanted: Table) -> Table:
    """Returns the numbers of each text, of its tokens of the kind that is wanted."""
    places = looked.texts
    chosen = kinds[looked.tokens] == wanted[places]
    size = len(kinds)
    kind = np.int32 if size * len(wanted) <= MOST_SHORT else np.int64  # these are sorted sooner
    both = places[chosen].astype(kind) * kind(size) + looked.tokens[chosen].astype(kind)
    words, counts = np.unique(both, return_counts=True)
    places, words = np.divmod(words, size)
    lengths = np.bincount(places, minlength=len(wanted))
    one = Looked(np.arange(len(words)), lengths, ())
    projected = one.sums(rows[words] * np.sqrt(counts)[:, None])
    norms = np.sqrt(np.maximum(one.sums(counts), 1))
    return np.round(projected / norms[:, None], 3) + 0.0


def _kinds(tokens: Sequence[str]) -> Table:
    return np.array(list(map(_kind, tokens)), np.uint8)


def _kind(token: str) -> int:
    words = WORD.findall(token)
    if words == [token]:
        return LONG if len(token) >= SHORTEST else SHORT
    return MIXED if words else NO_WORD


def _rows(tokens: Sequence[str]) -> Table:
    return _signs([zlib.crc32(token.encode()) for token in tokens]).astype(np.int8)


def _signs(hashes: list[int]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Returns a row of signs for each word (mixed as by Steele, Lea, Flood 2014)."""
    mixed = np.array(hashes, np.uint64) * _STEP
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
    bits = (mixed[:, None] >> (_BITS + np.uint64(40))) & np.uint64(1)
    return bits.astype(np.float64) * 2.0 - 1.0


_KINDS, _ROWS = VOCABULARY.table(_kinds), VOCABULARY.table(_rows)
