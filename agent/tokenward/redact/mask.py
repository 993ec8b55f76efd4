"""Hides a value behind stars, and leaves enough of it to know it again."""

from __future__ import annotations

import re
from collections.abc import Iterable

SHOWN = 4
"""Letters and digits that stay at the end of a value."""
LONG_ENOUGH = 8
"""Letters and digits that a value must have for any of them to stay."""
SEPARATORS = frozenset("-._/:,()+@")
"""Besides white space, what stays where it stands: it groups a value and is none itself."""
EMAIL = re.compile(r"([\w.+%'-]+)@[^\s@]+\.[^\s@]+")


def mask(value: str) -> str:
    """Returns a value of the same length with stars in it.

    The last four letters and digits stay where there are eight or more, and at least one of them is
    a digit: the end of a name or a pass phrase says too much. Of an e-mail address the first letter
    and the domain stay, as people are used to see it.

    >>> mask("4111 1111 1111 1111"), mask("536-90-4399"), mask("555 0147"), mask("ann.lee@corp.com")
    ('**** **** **** 1111', '***-**-4399', '*** ****', 'a**.***@corp.com')
    """
    found = EMAIL.fullmatch(value)
    if found is not None:
        return _mask_local(found[1]) + value[found.end(1) :]
    places = [at for at, character in enumerate(value) if character.isalnum()]
    if not places:
        return "*" * len(value)  # nothing but signs: they are the value
    keeps = len(places) >= LONG_ENOUGH and any(character.isdecimal() for character in value)
    return _starred(value, frozenset(places[-SHOWN:] if keeps else ()))


def mask_parts(value: str, parts: Iterable[tuple[int, int, bool]]) -> str:
    """Returns text with what is hidden in any of its parts, which may overlap.

    A part is a start, an end, and whether a mask may show some of it. So nothing of a password is
    shown because it was taken for the name in an address as well.

    >>> mask_parts("s3cret-9@db.example", [(0, 8, False), (0, 19, True)])
    '******-*@db.example'
    """
    out = list(value)
    for start, end, shows in parts:
        hide = mask if shows else stars
        for at, character in enumerate(hide(value[start:end]), start):
            if character == "*":
                out[at] = "*"
    return "".join(out)


def stars(value: str) -> str:
    """Returns a value with stars for all of it but what groups it.

    >>> stars("4111-1111")
    '****-****'
    """
    return _starred(value, frozenset())


def _mask_local(local: str) -> str:
    keeps = len(local) > 1 and local[0].isalnum()
    return _starred(local, frozenset((0,) if keeps else ()))


def _starred(value: str, shown: frozenset[int]) -> str:
    return "".join(
        character if at in shown or character in SEPARATORS or character.isspace() else "*"
        for at, character in enumerate(value)
    )
