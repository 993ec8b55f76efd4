"""Tells how much a text repeats itself, as models do whose quantisation or sampling went wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from tokenward_plugins.drift.classes import CODE_PAGE, paged
from tokenward_plugins.tokens.lexer import Table
from tokenward_plugins.tokens.text import Text, of_each
from tokenward_plugins.tokens.vocabulary import VOCABULARY

# A long run of letters is cut, so that an endless "aaaa" repeats itself too.
LONGEST = 16
PIECE = re.compile(rf"\w{{1,{LONGEST}}}+|[^\w\s]")
N = 4
BITS = 16
"""Of a token's number: four of them are one number."""

MANY_MARKS = 12
"""Different marks from which a search for all pieces is faster than parting the marks in turn."""
_ALL = bytes(range(256)).decode(CODE_PAGE, "replace")
RUNS = "".join("w" if re.match(r"\w", character) else " " for character in _ALL).encode("ascii")
NO_MARKS = bytes(code for code, character in enumerate(_ALL) if re.match(r"[\w\s]", character))


def repetition(text: str) -> float:
    """Returns the share of 4-grams that occurred before in the text: 1 - distinct / all.

    The grams are of words (cut into 16 letters) and single marks, in small letters; a text of
    fewer than four gives 0. Sentences seldom reach 0.05, a loop comes close to 1.

    >>> repetition("I am here now. We were there before them."), repetition("no no no no no no")
    (0.0, 0.6666666666666667)
    >>> round(repetition("!" * 100), 2)
    0.99
    """
    pieces = _pieces(text.casefold())
    grams = len(pieces) - N + 1
    if grams < 1:
        return 0.0
    distinct = len(set(zip(*(pieces[at:] for at in range(N)), strict=False)))
    return 1.0 - distinct / grams


def repetitions(texts: Sequence[Text]) -> list[float]:
    """Returns the same of several texts.

    >>> repetitions([Text("no no no no no no"), Text("no")])
    [0.6666666666666667, 0.0]
    """
    return of_each(texts, _together, repetition)


def _together(texts: Sequence[Text]) -> list[float | None]:
    looked = VOCABULARY.look(texts, _CUT)
    cut = looked.joined(*looked.tables).tolist()
    if len(looked.tokens) and looked.tokens.max() >> BITS:
        return [None] * len(texts)
    tokens = np.concatenate([looked.tokens, np.zeros(N - 1, np.int64)]).astype(np.uint64)
    grams = tokens[: len(looked.tokens)]
    for at in range(1, N):
        grams = (grams << np.uint64(BITS)) | tokens[at : at + len(grams)]
    found: list[float | None] = []
    end = 0
    for is_cut, length in zip(cut, looked.lengths.tolist(), strict=True):
        found.append(None if is_cut else _repeated(grams[end : end + length - N + 1], length))
        end += length
    return found


def _repeated(grams: Table, length: int) -> float:
    if length < N:
        return 0.0
    grams.sort()
    return 1.0 - (1 + int(np.count_nonzero(grams[1:] != grams[:-1]))) / len(grams)


def _is_cut(tokens: Sequence[str]) -> Table:
    return np.array([len(token) > LONGEST for token in tokens], bool)


_CUT = VOCABULARY.table(_is_cut)


def _pieces(text: str) -> list[str]:
    """Returns what ``PIECE`` finds; Latin prose is parted by spaces, which is faster."""
    page, written = paged(text)
    marks = set(written.translate(None, NO_MARKS).decode(CODE_PAGE))
    word_runs = written.translate(RUNS)
    if page is None or len(marks) > MANY_MARKS or b"w" * (LONGEST + 1) in word_runs:
        return PIECE.findall(text)
    for mark in marks:
        text = text.replace(mark, f" {mark} ")
    return text.split()
