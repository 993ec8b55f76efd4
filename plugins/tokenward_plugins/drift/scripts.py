"""Tells the script of a text from the Unicode names of its letters."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache

SAMPLE = 4000
"""Characters that are looked at, from the beginning."""

NONE = "none"
OTHER = "other"
NAMES = frozenset(
    """latin cyrillic greek arabic hebrew devanagari bengali gurmukhi gujarati tamil telugu kannada
    malayalam sinhala thai lao khmer myanmar tibetan georgian armenian ethiopic hangul mongolian"""
    .split()
)  # fmt: skip
ALIASES = {"cjk": "han", "hiragana": "kana", "katakana": "kana"}
WIDTHS = frozenset({"fullwidth", "halfwidth"})
NO_BASIC_LETTER = bytes(code for code in range(256) if not chr(code).isalpha() or code > ord("z"))


def script(text: str) -> str:
    """Returns the script of most letters of the first 4,000 characters, ``none`` without letters.

    Han and kana are named apart: ``kana`` is Japanese, ``han`` mostly Chinese. Letters that only
    look like those of a script, as the mathematical ones, are ``other``.

    >>> script("Hello, мир!"), script("привет"), script("ありがとう"), script("12"), script("𝐀𝐁𝐂")
    ('latin', 'cyrillic', 'kana', 'none', 'other')
    """
    sample = text[:SAMPLE]
    basic = sample.encode("ascii", "ignore")
    if len(basic.translate(None, NO_BASIC_LETTER)) > len(sample) - len(basic):
        return "latin"  # whatever the rest is: there is less of it
    counts: Counter[str] = Counter()
    for letter, count in Counter(sample).items():
        if letter.isalpha():
            counts[_script(letter)] += count
    return max(counts, key=lambda name: (counts[name], name)) if counts else NONE


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    first, _, rest = unicodedata.name(letter, OTHER).lower().partition(" ")
    if first in WIDTHS:
        first = rest.partition(" ")[0]
    name = ALIASES.get(first, first)
    return name if name in NAMES or name in ALIASES.values() else OTHER
