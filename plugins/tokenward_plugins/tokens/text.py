"""A text with what several features look at of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy as np

CODE_PAGE = "cp1252"
"""What most Latin prose is in, with its quotes and dashes: bytes are faster to look at."""
CHARACTERS = bytes(range(256)).decode(CODE_PAGE, "replace")
"""The characters of the code page, in the order of their bytes."""

LETTERS = "abcdefghijklmnopqrstuvwxyzàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿœšž"
"""Small letters of the code page that any way to make small letters of others leads to."""
ODD = bytes(
    code
    for code, character in enumerate(CHARACTERS)
    if character == "™" or (re.match(r"[^\W\d_]", character) and character.lower() not in LETTERS)
)
"""Other letters of it, and fractions, small numbers and signs that some take for letters."""


LONGEST = 20_000
"""Characters of a text whose tokens are numbered: a longer one could have too many of its own."""


class Text:
    """A text, and what features share of it."""

    __slots__ = ("is_plain", "kept", "numbered", "text", "written")

    def __init__(self, text: str) -> None:
        self.text = text
        self.written = written(text)
        """The text in the code page, if that has all its characters."""
        self.is_plain = len(text) <= LONGEST and is_plain(self.written)
        """Whether all its letters are ``LETTERS``, small or large; long texts are not looked at."""
        self.numbered: tuple[object, np.ndarray[Any, Any]] | None = None
        """The numbers of its tokens, and whose they are."""
        self.kept: dict[str, Any] = {}
        """What features keep with it that are taken from the same."""

    def beginning(self, characters: int) -> Text:
        """Returns its beginning."""
        return self if len(self.text) <= characters else Text(self.text[:characters])


def written(text: str) -> bytes | None:
    """Returns a text in the code page, if that has all its characters."""
    if text.isascii():
        return text.encode("ascii")
    try:
        return text.encode(CODE_PAGE)
    except UnicodeEncodeError:
        return None


def is_plain(page: bytes | None) -> bool:
    """Tells whether a text is in the code page, without ``ODD`` letters.

    >>> is_plain(written("naïve")), is_plain(written("Maß")), is_plain(written("日本"))
    (True, False, False)
    """
    return page is not None and (page.isascii() or len(page.translate(None, ODD)) == len(page))


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
