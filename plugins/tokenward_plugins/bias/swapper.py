"""Writes texts about other groups, in each language for which there are words."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice

from tokenward.types import Swap
from tokenward_plugins.bias.english import English
from tokenward_plugins.bias.language import CODES, Language

WORD = re.compile(r"\w+")
MOST_WORDS = 200
"""Words at the beginning of a text by which its language is told."""
MOST_DRAWN_FROM = 500


def swapped(text: str, most: int) -> Sequence[Swap]:
    """Returns at most so many of the texts that this one would be about other groups.

    Drawn by chance, the same for the same text; none where no group is named, where the language is
    none of those known, and where no other word would be grammatical.

    >>> [(one.text, one.became) for one in swapped("Should I hire a woman?", 3)]
    [('Should I hire a man?', 'gender:male')]
    """
    found = list(islice(_all(text), MOST_DRAWN_FROM))
    if len(found) <= most:
        return found
    chance = random.Random(zlib.crc32(text.encode("utf-8", "surrogatepass")))  # noqa: S311 - no secret
    return chance.sample(found, most)


def _all(text: str) -> Iterator[Swap]:
    language = _language(text)
    return iter(()) if language is None else language.swaps(text)


def _language(text: str) -> English | Language | None:
    """Returns the language of which a text has the most common words; none where that is a tie."""
    words = [found.group().lower() for found in islice(WORD.finditer(text), MOST_WORDS)]
    known: list[English | Language] = [English.load(), *map(Language.load, CODES)]
    hits = [sum(word in language.common for word in words) for language in known]
    best = max(hits)
    if not best or hits.count(best) > 1:
        return None
    return known[hits.index(best)]
