"""Finds what English writes as a name, and whether a text has the same one."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import NamedTuple

_PART = r"(?:[A-Z\u00c0-\u00d6\u00d8-\u00de][\w'\u2019&.\-]*[\w&]|[A-Z](?=\.)|[A-Z]\b)"
_DOT = r"(?:(?<=\b[A-Z])\.|(?<=\b(?:Mr|Ms|Dr|St))\.|(?<=\b(?:Mrs|Rev))\.)"
_JOINT = rf"(?:{_DOT}? ?| (?:of|the|de|van|von|der|la|al|and|&) )(?<=[ .])"
NAME = re.compile(rf"\b{_PART}(?:{_JOINT}{_PART})*")
INSIDE = re.compile(r"[^\W_]+")
OPENS = re.compile(r"(?:^|[.!?:;\u2026\n\"\u201c\u201d(\[*\-\u2022]|\d\.)\s*\Z")
TITLES = frozenset("mr mrs ms miss dr prof sir lady lord st mx rev".split())
CALENDAR = frozenset(
    """
    january february march april may june july august september october november december jan feb
    mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday
    sunday
    """.split()
)
ENDINGS = ("ians", "ian", "eans", "ean", "ans", "an", "ese", "ish", "ia", "ies", "y", "is", "s",
           "es", "i", "a", "e", "n", "'s")  # fmt: skip
LEAST_ROOT = 4


class Name(NamedTuple):
    """A name with its place, and its parts in lower case."""

    start: int
    end: int
    parts: tuple[str, ...]
    sure: bool
    """Whether its capital letters are no matter of where it stands."""


def root_of(part: str) -> str:
    """Returns what a place and its people have in common.

    >>> root_of("italian"), root_of("italy"), root_of("austria"), root_of("australia")
    ('ital', 'ital', 'austr', 'austral')
    """
    for ending in ENDINGS:
        if part.endswith(ending) and len(part) - len(ending) >= LEAST_ROOT:
            return part[: -len(ending)]
    return part


def names_of(text: str, is_word: Callable[[str], bool]) -> list[Name]:
    """Returns the names of a text; ``is_word`` tells which words are written small as well.

    >>> common = {"the", "later", "of"}.__contains__
    >>> text = "The Bank of Ulm told Ms. Orsini. Later, NASA."
    >>> [text[n.start:n.end] for n in names_of(text, common)]
    ['Bank of Ulm', 'Ms. Orsini', 'NASA']
    """
    if is_shouted(text):
        return []
    found = []
    for match in NAME.finditer(text):
        start, end = match.span()
        first = INSIDE.match(match[0])
        if first is None:
            continue
        opens = OPENS.search(text, 0, start) is not None
        if opens and is_word(first[0].lower()) and not first[0][1:].isupper():
            rest = match[0][first.end() :]
            shift = len(rest) - len(rest.lstrip(" ."))
            start += first.end() + shift
            if start >= end or not text[start].isupper():
                later = NAME.search(text, start, end)
                if later is None:
                    continue
                start = later.start()
        name = _name(text, start, end, sure=not opens or start > match.start())
        if name is not None:
            found.append(name)
    return found


def is_shouted(text: str) -> bool:
    """Tells whether a text is in capitals throughout, so that they say nothing."""
    letters = [c for c in text if c.isalpha()]
    return len(letters) > 8 and sum(map(str.isupper, letters)) > 0.7 * len(letters)  # noqa: PLR2004


def _name(text: str, start: int, end: int, *, sure: bool) -> Name | None:
    parts = [one.lower() for one in INSIDE.findall(text[start:end])]
    parts = [one for one in parts if one not in ("s", "of", "the", "and", "de", "i", "i'm")]
    kept = [one for one in parts if one not in TITLES and one not in CALENDAR]
    if not kept or all(one.isdigit() for one in kept):
        return None
    return Name(start, end, tuple(kept), sure)


def is_known(name: Name, words: Collection[str], roots: Collection[str], initials: str) -> bool:
    """Tells whether a text has a name: each part of it, or what its letters stand for.

    ``words`` and ``roots`` are those of the text, ``initials`` the first letters of its words.
    """
    if all(one in words or root_of(one) in roots for one in name.parts):
        return True
    joined = "".join(name.parts)
    if joined in words:
        return True
    if len(name.parts) == 1 and 2 <= len(joined) <= 6:  # noqa: PLR2004
        return joined in initials
    return len(name.parts) > 1 and "".join(one[0] for one in name.parts) in words
