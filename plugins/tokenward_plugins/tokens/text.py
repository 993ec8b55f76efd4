"""Cuts a text into words and marks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np

TOKEN = re.compile(r"\w+|[^\w\s]")
ASCII = "ascii"
CODE_PAGE = "cp1252"
"""What most Latin prose is in, with its quotes and dashes; it encodes faster than characters can
be looked up one by one."""
_ALL = bytes(range(256)).decode(CODE_PAGE, "replace")

LETTERS = "abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿœšž"
"""Small letters of the code page that any way to make small letters of others leads to."""
ODD = bytes(
    code
    for code, character in enumerate(_ALL)
    if character == "™" or (re.match(r"[^\W\d_]", character) and character.lower() not in LETTERS)
)
"""Other letters of it, and fractions, small numbers and signs that some take for letters."""
NO_MARKS = bytes(code for code, character in enumerate(_ALL) if re.match(r"[\w\s]", character))
MANY_MARKS = 12
"""Different marks from which a search for all tokens is faster than parting the marks in turn."""


class Text:
    """A text, and what features share of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.numbered: tuple[object, np.ndarray[Any, Any]] | None = None
        """The numbers of its tokens, and whose they are."""

    @cached_property
    def is_plain(self) -> bool:
        """Whether all its letters are ``LETTERS``, or capitals of them."""
        if self.text.isascii():
            return True
        try:
            written = self.text.encode(CODE_PAGE)
        except UnicodeEncodeError:
            return False
        return len(written.translate(None, ODD)) == len(written)

    def beginning(self, characters: int) -> Text:
        """Returns its beginning."""
        return self if len(self.text) <= characters else Text(self.text[:characters])


Value = TypeVar("Value")


def of_each(
    texts: Sequence[Text],
    together: Callable[[Sequence[Text]], Sequence[Value | None]],
    alone: Callable[[str], Value],
) -> list[Value]:
    """Returns the values of plain texts as they are found together, and else of each alone."""
    plain = [one for one in texts if one.is_plain]
    found = iter(together(plain) if plain else ())
    known = [next(found) if one.is_plain else None for one in texts]
    return [
        alone(one.text) if value is None else value for one, value in zip(texts, known, strict=True)
    ]


def tokens_of(text: str) -> list[str]:
    """Returns the words and marks of a plain text in small letters.

    Prose is parted by its spaces, which is faster than a search.

    >>> tokens_of("It's 3.5 km")
    ['it', "'", 's', '3', '.', '5', 'km']
    """
    small = text.lower()
    written = small.encode(ASCII if small.isascii() else CODE_PAGE)
    marks = set(written.translate(None, NO_MARKS).decode(CODE_PAGE))
    if len(marks) > MANY_MARKS:
        return TOKEN.findall(small)
    for mark in marks:
        small = small.replace(mark, f" {mark} ")
    return small.split()
