"""Cuts a text into words and marks."""

from __future__ import annotations

import re

WORD = re.compile(r"\w+(?:['’](?!s\b)\w+|-\w+)*|['’]s\b|[^\w\s]")


def tokens(text: str) -> list[tuple[int, int]]:
    """Returns where the words and marks of a text stand.

    >>> [("Jean-Luc's dog."[a:b]) for a, b in tokens("Jean-Luc's dog.")]
    ['Jean-Luc', "'s", 'dog', '.']
    """
    return [match.span() for match in WORD.finditer(text)]
