"""The form in which words are compared."""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
"""Soft hyphens and joiners: they show nothing, and would hide a word from its keyword."""


def folded(word: str) -> str:
    r"""Returns a word without the difference of case, width, ligature or how an accent is written.

    Each character is decomposed by compatibility, so that the form of a word's beginning begins
    the form of the word (but for the order of accents; see ``beginning``).

    >>> folded("Straße") == folded("STRASSE"), folded("ＡＣＭＥ"), folded("é") == folded("e\u0301")
    (True, 'acme', True)
    """
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", INVISIBLE.sub("", word))
    return unicodedata.normalize("NFKD", decomposed.casefold())


def exact(word: str) -> str:
    r"""Returns a word with each accent written apart, and nothing else changed.

    >>> exact("Acme\u200b"), exact("é") == exact("e\u0301")
    ('Acme', True)
    """
    return word if word.isascii() else unicodedata.normalize("NFD", INVISIBLE.sub("", word))


def beginning(form: str) -> str:
    r"""Returns the part of a word's form that no following accent can reorder.

    >>> beginning("caf"), beginning("cafe\u0301") == "cafe"
    ('caf', True)
    """
    end = len(form)
    while end and unicodedata.combining(form[end - 1]):
        end -= 1
    return form[:end]
