"""Finds words that stereotypes tie to a group which a sentence names."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files

from tokenward_plugins.bias.groups import Mention

TOGETHER = 0.5
"""Score of a group with one of its words: weak evidence, whatever the sentence says about it."""

TAKEN_BACK = 0.2
ENDING = r"(?:s|es|ed|ing|er|ers|ly)?"


class Associations:
    """A pattern of words for each group that has some."""

    def __init__(self, words: dict[str, list[str]]) -> None:
        self._patterns = {
            group: re.compile(rf"\b(?:{'|'.join(map(re.escape, some))}){ENDING}\b")
            for group, some in words.items()
        }

    @classmethod
    def load(cls) -> Associations:
        """Returns the associations of the package's ``associations.toml``."""
        text = files(__package__).joinpath("associations.toml").read_text("utf-8")
        words: dict[str, list[str]] = {}
        for entry in tomllib.loads(text)["association"]:
            for group in entry["groups"]:
                words.setdefault(group, []).extend(entry["words"])
        return cls(words)

    def meet(self, reading: str, mentions: Iterable[Mention]) -> bool:
        """Tells whether a group is named with one of its words."""
        for group in {mention.group.one for mention in mentions}:
            pattern = self._patterns.get(group)
            if pattern is not None and pattern.search(reading) is not None:
                return True
        return False
