"""Patterns for words that a text may break off in."""

from __future__ import annotations

import re
from collections.abc import Iterable


def whole_or_begun(words: Iterable[str]) -> str:
    r"""Returns a pattern for some words, each whole, or begun at the end of the text.

    >>> pattern = re.compile(whole_or_begun(["rue", "rua"]))
    >>> [bool(pattern.match(text)) for text in ("rue X", "ru", "r", "rum", "run", "rues")]
    [True, True, True, False, False, False]
    """
    return _branch(sorted(set(words)), begun=False)


def _branch(words: list[str], *, begun: bool) -> str:
    """Joins the words by their first letters, so that each letter of a text is looked at once."""
    branches = [r"\Z"] if begun else []
    if "" in words:
        branches.append(r"(?![^\W_])")
    for letter in sorted({word[0] for word in words if word}):
        rest = [word[1:] for word in words if word[:1] == letter]
        branches.append(re.escape(letter) + _branch(rest, begun=True))
    return f"(?:{'|'.join(branches)})"


def in_each_case(words: Iterable[str]) -> set[str]:
    """Returns the words in small letters, with a capital, and in capitals.

    >>> sorted(in_each_case(["ul"]))
    ['UL', 'Ul', 'ul']
    """
    return {form for word in words for form in (word, word.capitalize(), word.upper())}
