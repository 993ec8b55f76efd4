"""Counts what readability is told from: words, long words, syllables and sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from tokenward_plugins.tokens.text import Text

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
LETTER = re.compile(r"[^\W_]")
END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s|\Z)|\n")
"""What ends a sentence, where a letter or digit stands before it: marks, and a line's end."""
VOWELS = re.compile(r"[aeiouyàáâäæèéêëìíîïòóôöœùúûü]+")
# no vowel of its own: "made", "makes", "jumped", "unique", but not "table", "pages", "wanted"
SILENT = re.compile(r"(?:[^laeiouy]|[aeiouy]l)e\Z|[^aeioudt]ed\Z|[^aeiouscxzgh]es\Z|[gq]ues?\Z")
# two vowels side by side that are two syllables: "radio", "lion", "being", "science", "idea"
HIATUS = re.compile(
    r"(?<![tscgx])i[ao]|iu|eo\Z|[^qg]ua|[aeou]y?ing|(?<![tc])ien(?!d)|\Ascien|iet|[aeiou][^aeiou]eas?\Z|crea"
)

LONG = 7
"""Letters from which on a word is long (LIX)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of what a text has."""

    words: int
    long_words: int
    sentences: int


def syllables(word: str) -> int:
    """Returns the syllables of an English word in small letters: groups of vowels, with exceptions.

    >>> [syllables(word) for word in ("cat", "table", "maker", "created", "jumped", "science")]
    [1, 2, 2, 3, 1, 2]
    """
    groups = len(VOWELS.findall(word))
    groups += len(HIATUS.findall(word)) - (SILENT.search(word) is not None)
    return max(1, groups)


def words_of(text: str) -> list[str]:
    """Returns the words of a text, each as often as it stands there.

    >>> words_of("It's 3 p.m.")
    ["It's", 'p', 'm']
    """
    return WORD.findall(text)


def counts(text: str) -> Counts:
    """Returns the counts of a text; linear in it.

    >>> counts("The cat sat. It was an extraordinary cat!")
    Counts(words=8, long_words=1, sentences=2)
    """
    words = words_of(text)
    return Counts(
        words=len(words),
        long_words=sum([len(word) >= LONG for word in words]),
        sentences=sum([LETTER.search(piece) is not None for piece in END.split(text)]),
    )


def counts_of(texts: Sequence[Text]) -> list[Counts]:
    """Returns the counts of several texts.

    >>> counts_of([Text("The cat sat. It was an extraordinary cat!")])
    [Counts(words=8, long_words=1, sentences=2)]
    """
    paged = [one for one in texts if one.written is not None]
    found = iter(_paged(paged) if paged else ())
    return [counts(one.text) if one.written is None else next(found) for one in texts]


def _paged(texts: Sequence[Text]) -> list[Counts]:
    """Returns the counts of texts of the code page."""
    from tokenward_plugins.tokens.prose import Prose  # noqa: PLC0415  # needs numpy

    spelt, ends = _tables()
    prose = Prose(texts)
    begin, end = prose.words(spelt)
    counted = (
        prose.number(begin),
        prose.number(begin[end - begin >= LONG]),
        prose.sentences(ends),
    )
    return [Counts(*row) for row in zip(*(some.tolist() for some in counted), strict=True)]


@cache
def _tables() -> tuple[bytes, bytes]:
    """Returns what words and sentences are told from of the bytes of the code page."""
    from tokenward_plugins.tokens.prose import table  # noqa: PLC0415  # needs numpy

    return table(_spelt), table(_end)


def _spelt(character: str) -> str:
    return "w" if WORD.match(character) else "'" if character in "'’" else " "


def _end(character: str) -> str:
    if LETTER.match(character):
        return "w"
    if character in ".!?…":
        return "."
    if character in "\"'”’»)]":
        return ")"
    return character if character == "\n" else " " if character.isspace() else "x"


def syllables_of(text: str) -> int:
    """Returns the syllables of an English text; it takes several times as long as ``counts``.

    >>> syllables_of("The cat sat. It was an extraordinary cat!")
    12
    """
    words = Counter(words_of(text.lower()))
    return sum([number * syllables(word) for word, number in words.items()])
