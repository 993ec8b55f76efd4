"""The phrases by which refusals are known, by language and kind."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tokenward_plugins.style.edges import faster

KINDS = ("decline", "identity", "sorry", "norm", "unknown", "evade", "offer", "turn")
APOSTROPHES = str.maketrans("’ʼ`´", "''''")


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of one language; it need not be tried where no hint stands in a text."""

    hints: tuple[str, ...]
    kinds: Mapping[str, tuple[str, ...]]

    def hinted(self, text: str) -> bool:
        """Tells whether a text, in small letters, may have any of the phrases."""
        return any(hint in text for hint in self.hints)


def plain(text: str) -> str:
    """Returns a text as the phrases are written: small letters, plain apostrophes."""
    small = text.casefold()
    return small if small.isascii() and "`" not in small else small.translate(APOSTROPHES)


@cache  # read when the first text comes
def phrases() -> Mapping[str, Phrases]:
    """Returns the phrases by language."""
    written = tomllib.loads(
        files("tokenward_plugins.style").joinpath("refusals.toml").read_text("utf-8")
    )
    return {
        language: Phrases(
            tuple(kinds["hints"]), {kind: tuple(kinds.get(kind, ())) for kind in KINDS}
        )
        for language, kinds in written.items()
    }


def found(text: str, languages: Iterable[str] | None = None) -> Iterator[tuple[str, int]]:
    """Yields the kind and the offset of each phrase in a plain text, of the languages hinted at.

    Where it is known, ``languages`` says which they are.

    >>> sorted(found(plain("Je regrette, je ne peux pas vous aider.")))
    [('decline', 13), ('sorry', 0)]
    """
    if languages is None:
        languages = [name for name, one in phrases().items() if one.hinted(text)]
    for name in languages:
        for kind, patterns in phrases()[name].kinds.items():
            for pattern in patterns:
                yield from ((kind, match.start()) for match in _compiled(pattern).finditer(text))


@cache  # when a text first asks for it: most never do
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(faster(pattern))
