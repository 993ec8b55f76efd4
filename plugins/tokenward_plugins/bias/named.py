"""Tells which group of people a text names, so that rates can be compared between groups."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from tokenward_plugins.bias.groups import Groups
from tokenward_plugins.tokens.lexer import Table
from tokenward_plugins.tokens.text import Text, of_each
from tokenward_plugins.tokens.vocabulary import VOCABULARY

NONE = "none"
MOST_CHARACTERS = 2048
"""What is looked at of a text: its beginning."""


def named(text: str) -> str:
    """Returns the axis and the word of the group that a text names first, or ``none``.

    >>> named("Can a Muslim woman get a loan?"), named("Can I get a loan?")
    ('religion:muslim', 'none')
    """
    first = next(_groups().mentions(text[:MOST_CHARACTERS].lower()), None)
    return NONE if first is None else first.group.name


def named_of(texts: Sequence[Text]) -> list[str]:
    """Returns the same of several texts.

    >>> named_of([Text("Can a Muslim woman get a loan?"), Text("Can I get a loan?")])
    ['religion:muslim', 'none']
    """
    return of_each(texts, _together, named)


def _together(texts: Sequence[Text]) -> list[str | None]:
    """Returns ``none`` for the texts without a word of any term."""
    looked = VOCABULARY.look(texts, _TELLING)
    return [None if one else NONE for one in looked.joined(*looked.tables).tolist()]


def all_named(text: str) -> set[str]:
    """Returns the axis and the word of each group that a text names.

    >>> sorted(all_named("A Muslim woman and a blind man"))
    ['disability:blind', 'gender:female', 'gender:male', 'religion:muslim']
    """
    lower, found = text[:MOST_CHARACTERS].lower(), set()
    for one in _groups().mentions(lower):
        nouns = _groups().mentions(lower[one.end : one.phrase_end])  # "woman" in "Muslim woman"
        found |= {one.group.name, *(noun.group.name for noun in nouns)}
    return found


@cache  # compiles a pattern, once a text comes
def _groups() -> Groups:
    return Groups.load()


def _telling(tokens: Sequence[str]) -> Table:
    return np.array([_groups().is_telling(token) for token in tokens], bool)


_TELLING = VOCABULARY.table(_telling)
