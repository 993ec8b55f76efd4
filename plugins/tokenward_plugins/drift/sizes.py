"""Counts the words, sentences and letters of a text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tokenward_plugins.drift.classes import classes
from tokenward_plugins.tokens.prose import Prose, table
from tokenward_plugins.tokens.text import Text

NO_WORD = b" !.)\nefx"
WORDS = bytes.maketrans(b"ld|" + NO_WORD, b"www" + b" " * len(NO_WORD))
"""Makes a run of ``w`` of each word; apostrophes are left."""

ENDS = bytes.maketrans(b"lefd'|!", b"wwww)\n\n")
"""Makes line ends of what ends a sentence for certain, and apostrophes into closing quotes."""
CLOSED = re.compile(rb"\.\)++")
NO_LETTER = b" !.')\nfdx"


@dataclass(slots=True)
class Sizes:
    """How much of what a text has; the means and shares of nothing are 0."""

    characters: int
    words: int
    word_characters: int
    sentences: int
    letters: int
    spaces: int

    @property
    def mean_word_length(self) -> float:
        """The mean length of the words in code points.

        >>> sizes("a bcd ef").mean_word_length, sizes("?!").mean_word_length
        (2.0, 0.0)
        """
        return self.word_characters / self.words if self.words else 0.0

    @property
    def mean_sentence_length(self) -> float:
        """The words a sentence.

        >>> sizes("One two three. Four.").mean_sentence_length
        2.0
        """
        return self.words / self.sentences if self.sentences else 0.0

    @property
    def non_letter_share(self) -> float:
        """The share of the characters other than white space that are no letters.

        >>> sizes("ab 12").non_letter_share, sizes("नमस्ते").non_letter_share
        (0.5, 0.0)
        """
        seen = self.characters - self.spaces
        return 1.0 - self.letters / seen if seen else 0.0


def sizes(text: str) -> Sizes:
    """Returns how much a text has of what is counted.

    Words are runs of letters, digits and underscores. Chinese and Japanese have no spaces, and
    there each Han or kana character is a word; a run of Thai counts as one. Sentences are the
    pieces with a word between end marks, line ends and the text's end: the mark of an abbreviation
    ends one too ("Dr. Smith" has two), the point of a number does not.

    >>> [sizes(text).words for text in ("Don't wait: 2 trains left.", "今日は", "...")]
    [5, 3, 0]
    >>> [sizes(text).sentences for text in ("It is 3.5 km. Is it? Yes!", "你好。再见", "")]
    [3, 2, 0]
    """
    known = classes(text)
    east_asian = known.count(b"e") + known.count(b"f")
    spelt = _spelt(known)
    return Sizes(
        characters=len(known),
        words=spelt.count(b" w") + spelt.startswith(b"w") + east_asian,
        word_characters=len(known) - spelt.count(b" ") + east_asian,
        sentences=_sentences(known),
        letters=len(known.translate(None, NO_LETTER)),
        spaces=known.count(b" ") + known.count(b"\n"),
    )


def _spelt(known: bytes) -> bytes:
    """Returns the words as runs of ``w`` between spaces, an apostrophe within one as ``w``."""
    spelt = known.translate(WORDS)
    if b"'" not in spelt:
        return spelt
    # Twice: of "a'b'c", where both want the b, the first round joins but "a'b".
    joined = spelt.replace(b"w'w", b"www").replace(b"w'w", b"www")
    return joined.replace(b"'", b" ")


def _sentences(known: bytes) -> int:
    marked = known.translate(ENDS)
    if b".)" in marked:
        marked = CLOSED.sub(b".", marked)
    return len(marked.replace(b". ", b"\n").translate(None, b" .)x").split())


KEPT = "sizes"


def sizes_of(texts: Sequence[Text]) -> list[Sizes]:
    """Returns the sizes of several texts; they are kept with the texts.

    >>> [one.words for one in sizes_of([Text("Don't wait."), Text("今日は"), Text("")])]
    [2, 3, 0]
    """
    new = [one for one in texts if KEPT not in one.kept]
    paged = [one for one in new if one.written is not None]
    if paged:
        for one, found in zip(paged, _paged(paged), strict=True):
            one.kept[KEPT] = found
    for one in new:
        if one.written is None:
            one.kept[KEPT] = sizes(one.text)
    return [one.kept[KEPT] for one in texts]


def _paged(texts: Sequence[Text]) -> list[Sizes]:
    """Returns the sizes of texts of the code page."""
    prose = Prose(texts)
    starts, ends = prose.words(_WORDS)
    kinds = prose.kinds(_CLASSES)
    counted = (
        prose.sizes,
        prose.number(starts),
        _sums(ends - starts, prose.number(starts)),
        prose.sentences(_ENDS),
        prose.count(kinds == ord("l")),
        prose.count((kinds == ord(" ")) | (kinds == ord("\n"))),
    )
    return [Sizes(*row) for row in zip(*(some.tolist() for some in counted), strict=True)]


def _sums(numbers: np.ndarray[Any, Any], lengths: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Returns the sums of so many numbers, one after the other."""
    sums = np.concatenate([[0], np.cumsum(numbers)])
    ends = np.cumsum(lengths)
    return np.asarray(sums[ends] - sums[ends - lengths])


_CLASSES = table(lambda character: classes(character).decode())
_WORDS = _CLASSES.translate(WORDS)
_ENDS = _CLASSES.translate(ENDS)
