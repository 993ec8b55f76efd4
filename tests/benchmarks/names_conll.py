"""Reads texts with labelled names from files of the form of CoNLL: a word and its label a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tokenward_plugins.names.train.rows import Row

APART = "APART"
"""Handles, hashtags and addresses of pages: what is found there counts neither way."""

TYPES = {
    "per": "PERSON",
    "person": "PERSON",
    "loc": "LOCATION",
    "location": "LOCATION",
    "org": "ORGANIZATION",
    "corporation": "ORGANIZATION",
    "group": "ORGANIZATION",
}
"""Labels of files, in small letters, that are names; the others are left out."""

CLOSING = frozenset(".,!?;:)]}%'’…")
OPENING = frozenset("@#([")
MARKED = re.compile(r"[@#]\w+|https?:\S+|www\.\S+")


def read_conll(path: Path) -> list[Row]:
    """Returns the texts of a file; words are put together as they are usually written."""
    return [_row(words) for words in _sentences(path)]


def _sentences(path: Path) -> Iterator[list[tuple[str, str]]]:
    """Yields words with their labels; a line without both ends a text."""
    words: list[tuple[str, str]] = []
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        parts = [part.strip() for part in line.split("\t")]
        if len(parts) > 1 and all(parts[:2]):
            words.append((parts[0], parts[1]))
        elif words:
            yield words
            words = []


def _row(words: list[tuple[str, str]]) -> Row:
    text, last, spans, open_ = "", "", list[tuple[int, int, str]](), ""
    for word, label in words:
        near = not text or word[0] in CLOSING or last in OPENING or word == "n't"
        start = len(text) + (not near)
        text += ("" if near else " ") + word
        mark, kind = label[0], TYPES.get(label[2:].lower(), "")
        if mark == "I" and open_ == label[2:] and spans:
            spans[-1] = (spans[-1][0], len(text), spans[-1][2])
        elif mark in "BI":
            spans.append((start, len(text), kind))
        last, open_ = word, label[2:]
    marked = [(match.start(), match.end(), APART) for match in MARKED.finditer(text)]
    named = [one for one in spans if one[2] and not any(_touch(one, other) for other in marked)]
    return Row(text, tuple(sorted([*named, *marked])))


def _touch(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    return one[0] < other[1] and other[0] < one[1]
