"""Well-known names, of one word or several, found in the words of a sentence."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from tokenward_plugins.names.cut import tokens


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names by their first word: each with its other words and the letters of its lists."""

    names: Mapping[str, Sequence[tuple[tuple[str, ...], str]]]

    def marks(self, words: Sequence[str]) -> list[str]:
        """Returns for each word, in small letters, the lists of the longest name that it is in.

        The first word of a name is marked with capitals.

        >>> Gazetteer({"new": [(("york",), "c")]}).marks(["in", "new", "york"])
        ['', 'C', 'c']
        """
        found, at = [""] * len(words), 0
        while at < len(words):
            taken = 1
            for rest, letters in self.names.get(words[at], ()):
                if tuple(words[at + 1 : at + 1 + len(rest)]) == rest:
                    taken = 1 + len(rest)
                    found[at : at + taken] = [letters.upper(), *[letters] * len(rest)]
                    break
            at += taken
        return found


def table() -> dict[str, dict[str, list[str]]]:
    """Returns the names as they are written, by kind and list."""
    text = files(__package__).joinpath("gazetteer.toml").read_text(encoding="utf-8")
    return {
        kind: {
            name: [" ".join(one.split()) for one in names.split(",")]
            for name, names in lists.items()
        }
        for kind, lists in tomllib.loads(text).items()
    }


def gazetteer() -> Gazetteer:
    """Returns the gazetteer that ships."""
    letters: dict[tuple[str, ...], str] = {}
    for number, (_, names) in enumerate(
        (name, names) for lists in table().values() for name, names in lists.items()
    ):
        for name in names:
            words = tuple(name[a:b].lower() for a, b in tokens(name))
            letters[words] = letters.get(words, "") + "abcdefghijklmnop"[number]
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for words in sorted(letters, key=lambda words: (-len(words), words)):
        found.setdefault(words[0], []).append((words[1:], "".join(sorted(set(letters[words])))))
    return Gazetteer(found)
