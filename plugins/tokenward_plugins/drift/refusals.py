"""Tells whether a text refuses what was asked for."""

from __future__ import annotations

import re
from functools import cache

from tokenward_plugins.drift.classes import ASCII, paged
from tokenward_plugins.drift.phrases import REFUSALS

LEAD = 1000
"""Characters that are looked at, from the beginning, where models refuse."""


def refusal(text: str) -> float:
    """Returns 1 where the first 1,000 characters refuse in one of 18 languages, otherwise 0.

    It goes by the usual phrases: one that is quoted counts, one put in new words does not.

    >>> refusal("I'm sorry, but I can't help with that."), refusal("Ich kann dabei nicht helfen.")
    (1.0, 1.0)
    >>> refusal("I can't wait to help you with that!"), refusal("I can't help but smile.")
    (0.0, 0.0)
    """
    lead = text[:LEAD].casefold().replace("\u2019", "'")
    page, _ = paged(lead)
    for needle, phrases in _needles(page):
        if needle in lead and any(_compiled(phrase).search(lead) for phrase in phrases):
            return 1.0
    return 0.0


@cache
def _needles(page: str | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Returns the needles with the phrases that have them; those that texts of a page may have."""
    found: dict[str, list[str]] = {}
    for phrases in REFUSALS.values():
        for needles, phrase in phrases:
            for needle in needles.split("|"):
                if page is None or paged(needle)[0] in (ASCII, page):
                    found.setdefault(needle, []).append(phrase)
    return tuple((needle, tuple(some)) for needle, some in found.items())


_compiled = cache(re.compile)  # when a text first asks for it: most never do
