"""Puts the pieces of words that a model labels together: pieces to words, words to names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

from tokenward.types import Tag

ENDS = frozenset("ELUS")
BEGINS = frozenset("BUS")
JOINERS = frozenset("'’-‐‑")
"""Characters that tie the parts of a name: a model often takes them for something else."""

PLACES = 3
"""Decimal places of scores: what is computed in another batch differs behind them."""

WORD = re.compile(r"[\w\u0300-\u036f]")
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
"""Letters of scripts that put no space between words: Thai to Burmese, kana, Han."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text with what the model says of it; ``kind`` is empty for no name."""

    start: int
    end: int
    mark: str
    kind: str
    score: float


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Returns a span without the white space at its ends; empty where it holds nothing else.

    >>> trimmed("a  Jo ", 1, 6)
    (3, 5)
    """
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def rounded(score: float) -> float:
    """Returns a model's score in [0, 1], the same one whatever batch it was computed in."""
    return round(min(1.0, max(0.0, score)), PLACES)


def words(text: str, pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yields whole words: what the first piece of a word is called holds for all of it.

    Models are trained that way: what they say of the later pieces of a word may be anything.
    """
    word: Piece | None = None
    for piece in pieces:
        start, end = trimmed(text, piece.start, piece.end)
        if start == end:
            continue
        if word is not None and _continues(text, word.end, start):
            end = max(end, word.end)
            word = Piece(word.start, end, word.mark, word.kind, word.score)
            continue
        if word is not None:
            yield word
        word = Piece(start, end, piece.mark, piece.kind, piece.score)
    if word is not None:
        yield word


def _continues(text: str, before: int, start: int) -> bool:
    if start < before:
        return True  # another byte of the same character
    last, first = text[before - 1], text[start]
    return (
        start == before
        and WORD.match(last) is not None
        and WORD.match(first) is not None
        and not UNSPACED.match(last)
        and not UNSPACED.match(first)
    )


def names(text: str, some: Sequence[Piece]) -> list[Tag]:
    """Returns the names that words make up, in any scheme of marks (BIO, BIOES, BILOU, none)."""
    found: list[Tag] = []
    opened: list[Piece] = []

    def close() -> None:
        if opened:
            score = rounded(fmean(piece.score for piece in opened))
            found.append(Tag(opened[0].kind, opened[0].start, opened[-1].end, score))
            opened.clear()

    for number, piece in enumerate(some):
        if not piece.kind:
            if not (opened and _ties(text, some, number)):
                close()
            continue
        tied = number > 0 and not some[number - 1].kind
        if opened and (opened[-1].kind != piece.kind or (piece.mark in BEGINS and not tied)):
            close()
        opened.append(piece)
        if piece.mark in ENDS and not _ties(text, some, number + 1):
            close()
    close()
    return found


def _ties(text: str, some: Sequence[Piece], number: int) -> bool:
    """Tells whether a piece is a hyphen or an apostrophe inside a name of one kind."""
    if not 0 < number < len(some) - 1:
        return False
    before, tie, after = some[number - 1 : number + 2]
    return (
        not tie.kind
        and text[tie.start : tie.end] in JOINERS
        and before.end == tie.start
        and tie.end == after.start
        and before.kind == after.kind != ""
    )


def united(tags: Iterable[Tag]) -> list[Tag]:
    """Returns tags of which those of one type that overlap are one: parts seen by two windows.

    >>> [(t.start, t.end) for t in united([Tag("A", 3, 9, 0.5), Tag("A", 0, 5, 0.6)])]
    [(0, 9)]
    """
    found: list[Tag] = []
    for tag in sorted(tags, key=lambda tag: (tag.type, tag.start, tag.end)):
        last = found[-1] if found else None
        if last is not None and last.type == tag.type and tag.start < last.end:
            end, score = max(last.end, tag.end), max(last.score, tag.score)
            found[-1] = Tag(tag.type, last.start, end, score, last.evidence)
        else:
            found.append(tag)
    return sorted(found, key=lambda tag: (tag.start, tag.end, tag.type))


def encodable(text: str) -> str:
    """Returns a text of the same length that can be encoded: a lone surrogate is no character."""
    return text.encode("utf-8", "replace").decode("utf-8")
