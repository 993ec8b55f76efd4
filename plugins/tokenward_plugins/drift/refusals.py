"""Tells whether a text refuses what was asked for."""

from __future__ import annotations

import re
from functools import cache

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
    return 1.0 if _phrases().search(lead) else 0.0


@cache  # compiled when the first text comes, not when the plugin is imported
def _phrases() -> re.Pattern[str]:
    return re.compile("|".join(phrase for phrases in REFUSALS.values() for phrase in phrases))
