"""The swaps of English texts: groups of all axes, women and men."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from tokenward.types import Swap
from tokenward_plugins.bias import gender
from tokenward_plugins.bias.groups import Group, Groups, Mention
from tokenward_plugins.bias.swap import GENDER, replaced

COMMON = frozenset(
    (
        *("a", "about", "all", "and", "are", "as", "at", "be", "but", "by", "can", "for", "from"),
        *("has", "have", "how", "i", "in", "is", "it", "my", "not", "of", "on", "or", "should"),
        *("that", "the", "their", "they", "this", "to", "was", "we", "were", "what", "who", "why"),
        *("will", "with", "you", "your"),
    )
)
"""Words by which a text is taken for English."""

NAME = re.compile(r" [A-Z][a-z]")
"""What follows in a name: "European Union"."""


class English:
    """Writes English texts about other groups; see ``Language`` for the rest."""

    common = COMMON

    def __init__(self, groups: Groups) -> None:
        self._groups = groups

    @classmethod
    @cache  # compiles a pattern, once a text comes
    def load(cls) -> English:
        """Returns the swaps between the groups of ``groups.toml``."""
        return cls(Groups.load())

    def swaps(self, text: str) -> Iterator[Swap]:
        """Yields the text about each other group that fits in the place of one that it names."""
        lower = text.lower()
        if len(lower) != len(text):  # places would not be the same
            return
        was = gender.gender_of(text)
        if was is not None:
            became = "male" if was == "female" else "female"
            yield Swap(gender.swapped(text), f"{GENDER}:{was}", f"{GENDER}:{became}")
        mentions = [one for one in self._groups.mentions(lower) if not _in_name(text, one)]
        named = {id(mention.group): mention.group for mention in mentions}
        for group in named.values():
            if group.axis != GENDER:
                yield from self._about_others(text, mentions, group)

    def _about_others(self, text: str, mentions: list[Mention], group: Group) -> Iterator[Swap]:
        named = {id(mention.group) for mention in mentions}
        for other in self._groups.axis(group.axis):
            if id(other) not in named and other.name != group.name:
                written = replaced(text, mentions, group, other)
                if written is not None:
                    yield Swap(written, group.name, other.name)


def _in_name(text: str, one: Mention) -> bool:
    return text[one.start].isupper() and NAME.match(text, one.end) is not None
