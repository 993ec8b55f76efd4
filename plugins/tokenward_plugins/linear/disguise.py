"""Finds what disguised words stand for: leetspeak, stars, drawn-out and spaced-out letters."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_WORD = 24
"""Longer runs are data (hashes, links), not words in disguise."""

LEET = str.maketrans("0134578@$!|+€£(#", "oieastbasiltelch")
WITH_L = str.maketrans("1!", "ll")
# a letter, and a stand-in beside a letter; plain numbers with units (10am, 1st, 5kg) are left alone
STAND_IN = re.compile(r"[0-9@$!|+€£(#*]")
CHUNK = re.compile(r"(?<!\S)[\"'(]?([a-z0-9@$!|+€£(#*]{3,24})[^\w\s]*(?!\S)")
QUANTITY = re.compile(r"[0-9]+[a-z]{0,3}|[a-z]{1,3}[0-9]+|[#(*]?[a-z]+[!|+(*]*|[$£€][0-9]+[a-z]*")
STAR = re.compile(r"(?<=[a-z])\*(?=[a-z])")
DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
WORD = re.compile(r"[^\W\d_]+")
SPACED_OUT = re.compile(r"(?<!\w)[^\W_](?:[ ._*-]{1,3}[^\W_](?!\w)){2,}")
SPLIT = re.compile(r"(?<![\w.*_-])[^\W_]{1,6}(?:[._*-][^\W_]{1,6}){1,8}(?![\w*_-])")
GAP = re.compile(r"[ ._*-]+")
# what text without such a disguise seldom has, and what costs much less to look for
MAY_SPACE_OUT = re.compile(r"[ ._*-][^\W_][ ._*-]{1,3}[^\W_](?!\w)")
MAY_SPLIT = re.compile(r"[._*-][^\W_]")
MAY_DRAW_OUT = re.compile(r"(.)\1\1")


def undone(text: str) -> Iterator[str]:
    """Yields the words that disguised words of a plain text may stand for.

    They are further readings: the words as written count too. Linear in the text.

    >>> list(undone("what a b1tch, f u c k this shiiiit"))
    ['bitch', 'bltch', 'fuck', 'shit', 'shiit']
    """
    if STAND_IN.search(text) is not None:
        for found in CHUNK.finditer(text):
            yield from _letters(found.group(1))
    if MAY_SPACE_OUT.search(text) is not None:
        for found in SPACED_OUT.finditer(text):
            yield from _joined(found.group())
    if MAY_SPLIT.search(text) is not None:
        for found in SPLIT.finditer(text):
            yield from _joined(found.group())
    if MAY_DRAW_OUT.search(text) is not None:
        for word in WORD.findall(text):
            if DRAWN_OUT.search(word) is not None:
                yield from _short(word)


def _letters(chunk: str) -> Iterator[str]:
    if QUANTITY.fullmatch(chunk) is not None:
        return
    if STAR.search(chunk) is not None:
        # the hidden letter is nearly always a vowel
        for vowel in "aeiou":
            yield STAR.sub(vowel, chunk).translate(LEET)
        return
    word = chunk.translate(LEET)
    yield word
    other = chunk.translate(WITH_L).translate(LEET)
    if other != word:
        yield other


def _joined(run: str) -> Iterator[str]:
    word = GAP.sub("", run)
    if len(word) <= MAX_WORD:
        yield word


def _short(word: str) -> Iterator[str]:
    if len(word) > 2 * MAX_WORD:
        return
    once = DRAWN_OUT.sub(r"\1", word)
    yield once
    yield DRAWN_OUT.sub(r"\1\1", word)
