"""What of new text may concern a search at all: signs of assignment, ``://``, ``BEGIN``."""

from __future__ import annotations

import re
from collections.abc import Iterator

SIGNS = ":=>|：＝"
_ENDINGS = (
    " is", " es", "ist", "est", "tet",  # "is", "ist", "est", "es", "lautet": what a sentence says
    "ord", "ass", "key", "ken", "ret", "ase", " by", "rer",  # "--token x", "password x", "Bearer x"
)  # fmt: skip
SPOKEN = f"(?<=(?:{'|'.join([*_ENDINGS, *map(str.upper, _ENDINGS[5:])])}) )"
"""The ends of words that a value may follow without a sign; all have the same length."""

CALLED = r"(?<=[\"'],)"
"""A comma behind a word in quotes, as in ``getenv("TOKEN", "x")``."""

SIGN = re.compile(rf"[{SIGNS}, ](?:(?<=[{SIGNS}])|{CALLED}|{SPOKEN})")
"""Finds the last character of what may assign a value."""
OPENED = r"(?<=\([\"'])"
"""A quote that opens behind a bracket, as in ``if ("x" == token)``."""
TRIGGER = re.compile(
    rf"[{SIGNS}/!, \"'](?:(?<=[{SIGNS}!])|{CALLED}|(?<=://)|(?<=BEGIN )|{SPOKEN}|{OPENED})"
)
"""Finds the last character of what a search may have to look at, keys in runs apart."""

REACH = 96
"""A name, or the command that it belongs to, begins at most so far before its sign."""
LONG = 256
"""Characters of text from which on it pays to look for names first."""
PARTS = (
    "pass", "token", "secret", "key", "auth", "pwd", "credential", "login", "kennwort", "contrase",
    "clave", "senha", "bearer", "curl", "identified", ":*:", ":5432:", "sig=",
    "bundle_", "sumo",
)  # fmt: skip
"""What stands before each sign that matters, in small letters of ASCII ..."""
NAMES = PARTS[: PARTS.index("senha") + 1]
"""(names contain these, the others tell what a value without a name is)"""
OTHERS = (
    ("ł", "asło"), ("р", "арол"), ("é", "lé"), ("ü", "chlüss"),
    ("密", "密"), ("口", "口令"), ("パ", "パス"), ("비", "비밀"),
)  # fmt: skip
"""... or as it is written; the first character of each is looked for first, being rare."""
_PARTS = tuple((part.encode(), part in NAMES and part != "login") for part in PARTS)


class Signs:
    """The signs of a text that may assign a secret, from a place on.

    In long text those are given that stand near what a name may contain: to search for a dozen
    words costs less than to look at every colon.
    """

    __slots__ = ("_text", "_waiting")

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._waiting: list[int] | None = None
        if len(text) - at > LONG:
            self._waiting = sorted(set(_near(text, at)), reverse=True)

    def next(self, at: int) -> int:
        """Returns the first sign from a place on, or -1.

        >>> Signs("a: b, key: c", 0).next(0), Signs("x: " * 200 + "key: c", 0).next(9)
        (1, 603)
        """
        waiting = self._waiting
        if waiting is None:
            found = SIGN.search(self._text, at)
            return found.start() if found else -1
        while waiting and waiting[-1] < at:
            waiting.pop()
        return waiting[-1] if waiting else -1


def _near(text: str, at: int) -> Iterator[int]:
    """Yields the signs from a place on that stand behind what a name may contain.

    A name goes on to the next sign, or to the end of the tag or of the cell that it is in.
    """
    for place, named in _places(text, max(0, at - REACH)):
        stop = place + REACH + 1
        found = SIGN.search(text, place, stop)
        while found:
            sign = found.start()
            if sign >= at:
                yield sign
            if named and text[sign] not in " ,":
                yield from (end for end in _ends(text, sign + 1, stop) if end >= at)
                break
            found = SIGN.search(text, sign + 1, stop)


def _ends(text: str, at: int, stop: int) -> Iterator[int]:
    first = text.find(">", at, stop)
    if first >= 0:
        yield first
        second = text.find(">", first + 1, stop)
        if second >= 0:
            yield second


def folded(text: str) -> str:
    """Returns a text with small letters, and with question marks for what is not ASCII."""
    return text.lower() if text.isascii() else text.encode("ascii", "replace").lower().decode()


def _places(text: str, at: int) -> Iterator[tuple[int, bool]]:
    """Yields where the parts are from a place on, and whether they are of a name."""
    lower = text[at:].encode("ascii", "replace").lower()
    for part, named in _PARTS:
        found = lower.find(part)
        while found >= 0:
            yield found + at, named
            found = lower.find(part, found + 1)
    for rare, other in () if text.isascii() else OTHERS:
        found = text.find(other, at) if rare in text else -1
        while found >= 0:
            yield found, True
            found = text.find(other, found + 1)
