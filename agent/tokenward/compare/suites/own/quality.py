"""How well the model writes on: short texts of many kinds, of which it reads the beginning.

A case is a text of our own, cut in two: the prompt, and ``rated`` with the rest. The model also
goes on from the prompt by itself, and what a base has drawn is rated by the optimized model too (as
the part ``drawn``). ``expect`` is ``{"genre": str, "language": str}``, by which one can slice.
Every text is a cluster of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from tokenward.compare.case import Case
from tokenward.compare.suites.own.tables import table
from tokenward.compare.suites.suite import Suite

NAME = "quality"
READ = 0.4
"""The share of a text that the model is given to read."""

FLOWING = frozenset(
    "news recipe instructions story letter knowledge review notice languages".split()
)
"""Genres whose lines break where the page of the table ends, and mean nothing by it."""


def suite() -> Suite:
    """Returns the suite."""
    return Suite.of(NAME, NAME, _cases(), NAME)


def _cases() -> Iterator[Case]:
    for part in ("prose", "code"):
        for genre, texts in table(f"{NAME}-{part}").items():
            language = "en" if part == "prose" else "none"
            for number, text in enumerate(texts):
                yield _case(f"{genre}-{number:02d}", text, genre, language)
    for language, texts in table(f"{NAME}-languages").items():
        for number, text in enumerate(texts):
            yield _case(f"{language}-{number:02d}", text, "languages", language)


def _case(key: str, text: str, genre: str, language: str) -> Case:
    joined = " ".join(text.split()) if genre in FLOWING else text.strip("\n")
    cut = _cut(joined)
    return Case(
        id=f"{NAME}-{key}",
        suite=NAME,
        cluster=key,
        prompt=joined[:cut],
        rated=(joined[cut:],),
        expect={"genre": genre, "language": language},
    )


def _cut(text: str) -> int:
    """Returns where a text is cut: before a blank, so that the rest begins as a word does."""
    wanted = int(len(text) * READ)
    blank = max(text.rfind(" ", 0, wanted), text.rfind("\n", 0, wanted))
    return blank if blank > wanted // 2 else wanted
