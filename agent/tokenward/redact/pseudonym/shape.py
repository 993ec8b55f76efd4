"""Keeps the shape of a value: its groups, its letters and digits, and its case."""

from __future__ import annotations

import string
from collections.abc import Iterable

from tokenward.redact.pseudonym.draw import Draw

FEWEST = 6
"""Letters and digits below which a shape is too common to be known again in an answer."""
MOST = 120
"""Characters of the longest value that keeps its shape."""
SEPARATORS = frozenset(" -._/:+@#&,()=*")
MARKS = frozenset("%[]?!~;$")
"""Besides those, what may stand in a value that was made up."""


def tame(text: str) -> str:
    r"""Returns a text without what a model would leave out, or JSON would spell in another way.

    >>> tame("4000 00\u200b12\n3456")
    '4000 0012 3456'
    """
    kept = (c for c in text if c.isalnum() or c.isspace() or c in SEPARATORS or c in MARKS)
    return "".join(" " if c.isspace() else c for c in kept)


def fill(shape: str, characters: Iterable[str]) -> str:
    """Returns a text with its letters and digits replaced in order, as long as there are some.

    >>> fill("(212) 555", "9876543")
    '(987) 654'
    """
    following = iter(characters)
    return "".join(next(following, c) if c.isalnum() else c for c in shape)


def fill_digits(shape: str, digits: Iterable[str]) -> str:
    """Returns a text with its digits replaced in order; its letters stay.

    >>> fill_digits("tel. 212", "98")
    'tel. 982'
    """
    following = iter(digits)
    return "".join(next(following, c) if c.isdecimal() else c for c in shape)


def digits_of(value: str) -> str:
    """Returns the digits of a value, whatever their script, as ASCII ones.

    >>> digits_of("+1 (212) 555-\u0660")
    '12125550'
    """
    return "".join(str(int(c)) for c in value if c.isdecimal())


def letters_and_digits(value: str, draw: Draw) -> str | None:
    """Returns a value of the same shape; ``None`` where it would be too short, long or odd.

    The first digit is zero only where it was: a number stays one.
    """
    if len(value) > MOST or sum(map(str.isalnum, value)) < FEWEST:
        return None
    out: list[str] = []
    for character in value:
        if character.isdecimal():
            leads = not out and character != "0"
            out.append(str(draw.below(9) + 1 if leads else draw.below(10)))
        elif character.isalpha():
            out.append(draw.of(_case(character)))
        elif character in SEPARATORS:
            out.append(character)
        else:
            return None
    return "".join(out)


def _case(letter: str) -> str:
    return string.ascii_uppercase if letter.isupper() else string.ascii_lowercase
