"""Guesses the language of code, line by line, and whether a line is code at all."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from tokenward_plugins.formats.settings import LANGUAGES

LEAST = 3
"""What must speak for a language in all lines together."""
MOST_LINE = 300
CODE_LINE = re.compile(
    r"""[^\n]*[;{}]\s*$|\s*(?:def|class|import|from|return|func|fn|const|let|var|public|private|static
    |if\s*\(|for\s*\(|while\s*\(|else\b|elif\b|try:|except\b|\#include|package|using|SELECT|INSERT
    |CREATE|UPDATE)\b[^.?!]*[(){};:=*]|\s*[\w.\[\]'"]+\s*(?:[-+*/]?=|:=)\s*[^=\s]|\s*(?:\$|>>>)\s\w
    |\s*</?[a-z][^>]*>\s*$|\s*[\w.]+\(.*\)\s*$|\s+return\b|\s*(?://|/\*|\*/)""",
    re.VERBOSE,
)

CODE_SIGN = re.compile(r"[;{}():=*$<>/]")
"""One of these is in every line that looks like code, but for one that returns."""


def named(info: str) -> str | None:
    """Returns the language that a fence names, if it is known.

    >>> named("py"), named("text")
    ('python', None)
    """
    name = _aliases().get(info, info)
    return name if name in LANGUAGES else None


@cache  # read when the first code comes
def _written() -> dict[str, Any]:
    text = files("tokenward_plugins.formats").joinpath("languages.toml").read_text("utf-8")
    return tomllib.loads(text)


@cache
def _aliases() -> dict[str, str]:
    return {alias: name for name, some in _written()["aliases"].items() for alias in some}


@cache
def _patterns() -> tuple[tuple[str, int, re.Pattern[str]], ...]:
    return tuple(
        (language, weight, re.compile(pattern))
        for language, some in _written()["lines"].items()
        for weight, pattern in some
    )


class Guess:
    """What the lines of a block have told so far; linear in them, and bounded."""

    __slots__ = ("_told",)

    def __init__(self) -> None:
        self._told: Counter[str] = Counter()

    def take(self, line: str) -> None:
        """Looks at a line."""
        for language, weight, pattern in _patterns():
            if pattern.match(line[:MOST_LINE]):
                self._told[language] += weight

    @property
    def language(self) -> str | None:
        """The language for which most speaks, if enough does."""
        best = max(self._told, key=lambda name: (self._told[name], name), default=None)
        return best if best is not None and self._told[best] >= LEAST else None


def language_of(lines: Iterable[str]) -> str | None:
    r"""Returns the language of code, if it can be told.

    >>> language_of(["def f(x):", "    return x"]), language_of(["SELECT a FROM b;"])
    ('python', 'sql')
    """
    guess = Guess()
    for line in lines:
        guess.take(line)
    return guess.language


def is_code(line: str) -> bool:
    """Tells whether a line looks like code.

    >>> is_code("x = f(1);"), is_code("Then we went home; it was late.")
    (True, False)
    """
    return may_be_code(line) and CODE_LINE.match(line[:MOST_LINE]) is not None


def may_be_code(text: str) -> bool:
    """Tells whether any line of a text may look like code.

    >>> may_be_code("Then we went home."), may_be_code("It was 5:30.")
    (False, True)
    """
    return CODE_SIGN.search(text) is not None or "return" in text
