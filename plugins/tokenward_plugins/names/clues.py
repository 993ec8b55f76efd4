"""Cuts a text into words and says what can be told of each: hashed clues for a linear model."""

from __future__ import annotations

import re
import tomllib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from tokenward_plugins.names.gazetteer import Gazetteer, gazetteer

CLUES = 42
"""Clues of a word; those that do not hold fall into bucket 0, which weighs nothing."""


@dataclass(frozen=True, slots=True)
class View:
    """What a word shows by itself."""

    small: str
    shape: str
    lists: str


EDGE = View("|", "|", "")


@dataclass(frozen=True, slots=True)
class Lists:
    """What is known of words: the letters of the lists that hold each, and well-known names."""

    words: Mapping[str, str]
    names: Gazetteer


def persons() -> dict[str, str]:
    """Returns the first names and the family names that ship, as words with spaces between."""
    return _table("persons.toml")


def lists() -> Lists:
    """Returns the lists that ship."""
    table, found = _table("words.toml") | persons(), dict[str, str]()
    for number, name in enumerate(sorted(table)):
        for word in set(table[name].split()):
            found[word] = found.get(word, "") + "abcdefghijklmnop"[number]
    return Lists(found, gazetteer())


def _table(name: str) -> dict[str, str]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    lists: dict[str, str] = tomllib.loads(text)["lists"]
    return lists


def shape(word: str) -> str:
    """Returns a word's letters by kind, runs shortened.

    >>> [shape(word) for word in ("McDonald", "IBM", "3rd", "x-Ray")]
    ['XxXx', 'XXX', 'dxx', 'x-Xx']
    """
    kinds = "".join(
        "X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word[:24]
    )
    if len(kinds) > 1 and set(kinds) == {"X"}:
        return "XX" if len(kinds) == 2 else "XXX"  # noqa: PLR2004  (two letters)
    return (
        re.sub(r"(.)\1{2,}", r"\1\1", kinds) if kinds[0] == "d" else re.sub(r"(.)\1+", r"\1", kinds)
    )


def clues(
    text: str, spans: Sequence[tuple[int, int]], known: Lists, bits: int
) -> NDArray[np.int32]:
    """Returns the buckets of the clues of each word, one row a word."""
    seen: dict[str, View] = {}
    views = [EDGE, EDGE]
    for start, end in spans:
        word = text[start:end]
        view = seen.get(word)
        if view is None:
            small = word.lower()
            view = seen[word] = View(small, shape(word), known.words.get(small, ""))
        views.append(view)
    views += [EDGE, EDGE]
    style = _style(views[2:-2])
    marks = ["", *known.names.marks([view.small for view in views[2:-2]]), ""]
    rows = np.empty((len(spans), CLUES), dtype=np.int32)
    mask = (1 << bits) - 1
    for number in range(len(spans)):
        row = [
            zlib.crc32(f"{kind}\t{value}".encode()) & mask if value else 0
            for kind, value in enumerate(
                _values(views[number : number + 5], marks[number : number + 3], number, style)
            )
        ]
        rows[number] = row
    return rows


def _style(views: Sequence[View]) -> str:
    """Returns how a text uses capitals: a name in small letters is seen only where all are."""
    words = [view.shape for view in views if view.small[0].isalpha()]
    capital = sum(kind[0] == "X" for kind in words)
    upper = sum(kind in ("XX", "XXX") for kind in words)
    if not capital:
        return "l"
    if upper * 2 > len(words) > 1:
        return "u"
    return "t" if capital * 3 > len(words) * 2 and len(words) > 3 else "m"  # noqa: PLR2004  (titles)


def _values(
    views: Sequence[View], marks: Sequence[str], number: int, style: str
) -> tuple[str, ...]:
    far, last, word, after, beyond = views
    left, mark, right = marks
    small, kind = word.small, word.shape
    first = "^" if not number else "."
    return (
        small, f"{kind}{style}", f"{kind}{first}", small[:1], small[:2], small[:3], small[-1:],
        small[-2:], small[-3:], small[-4:], word.lists, f"{word.lists}/{kind}", f"{first}{small}",
        last.small, after.small, far.small, beyond.small, f"{last.shape}/{kind}",
        f"{kind}/{after.shape}", f"{last.small}/{kind}", f"{kind}/{after.small}",
        f"{last.small}/{after.small}", last.lists, after.lists, f"{last.lists}/{kind}/{style}",
        f"{kind}/{after.lists}", last.small[-3:], after.small[-3:], f"{far.small}/{last.small}",
        f"{after.small}/{beyond.small}", f"{far.shape}/{last.shape}/{kind}",
        f"{kind}/{after.shape}/{beyond.shape}", f"{last.shape}/{kind}/{after.shape}",
        f"{far.small}/{last.small}/{kind}", beyond.lists, far.lists,
        mark, f"{mark}/{kind}/{style}" if mark else "", f"{left}/{kind}" if left else "",
        f"{kind}/{right}" if right else "", f"{left}/{mark}/{right}" if mark else "",
        f"{mark}/{last.small}" if mark else "",
    )  # fmt: skip
