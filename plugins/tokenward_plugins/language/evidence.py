"""Divides a text of one script among the languages of the script."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

from tokenward_plugins.language.profiles import (
    FIELD,
    FOREIGN_LETTER,
    LONG_WORD,
    MOST_PARTS,
    PART,
    TENTHS,
    Profile,
)

UNKNOWN_TEXT = 1.2
UNKNOWN_WORD = 0.5
"""How much speaks for a language that is not known: at first, and for each word, in nats.
Ordinary sentences give their own language one to two nats a word."""

WORDS_THAT_COUNT = 16
"""Words from which more of them make no surer: the evidence of longer texts is scaled to it."""

MOST_OF_PARTS = PART * MOST_PARTS / TENTHS
MOST_OF_LISTED = LONG_WORD / TENTHS

SURE = 0.999
"""Weight of all others together, beside a language, up to which it has half for certain."""


def shares(profile: Profile, nats: Sequence[float], words: int) -> dict[str, float]:
    """Returns the share of each language; what is missing to 1 is that of an unknown one."""
    scale = _scale(words)
    unknown = _unknown(words)
    most = max(unknown, scale * max(nats))
    weights = [math.exp(scale * some - most) for some in nats]
    total = sum(weights) + math.exp(unknown - most)
    return {code: weight / total for code, weight in zip(profile.languages, weights, strict=True)}


def leader(profile: Profile, words: Sequence[str]) -> str | None:
    """Returns the language whose share is half or more, if there is one.

    The listed words mostly settle it: the parts of the others are looked at only for as long as
    these could change the answer, which is the same as from all of them.
    """
    number = len(words)
    evidence, unlisted = _of_listed(profile, words)
    parted = _parted(profile, words)
    lead = (number - unlisted) * MOST_OF_LISTED
    while True:
        # While so many are left that they could make up for the lead, asking is of no use.
        many = lead / MOST_OF_PARTS
        while unlisted > many:
            tells, count = next(parted)
            evidence += tells
            unlisted -= count
        more = unlisted * MOST_OF_PARTS
        nats = profile.nats(evidence, number)
        *others, best = sorted(nats)
        doubt = _doubt(best, others, number, more)
        if doubt < SURE or (not unlisted and doubt <= 1.0):
            return profile.languages[nats.index(best)]
        if not unlisted or _scale(number) * (best + more) < _unknown(number):
            return None
        lead = min(best - others[-1], more - MOST_OF_PARTS)


def _doubt(best: float, others: Iterable[float], words: int, more: float) -> float:
    """Returns how much the rest may weigh beside the best language, others having so much more."""
    scale = _scale(words)
    level = scale * (best - more)
    doubt = math.exp(_unknown(words) - scale * best)
    return doubt + sum([math.exp(scale * nats - level) for nats in others])


def _of_listed(profile: Profile, words: Sequence[str]) -> tuple[int, int]:
    """Returns what listed words, and the letters of the others, tell, and how many others are."""
    one = 1 << FIELD * len(profile.languages)  # they are counted in a field of their own
    other = FOREIGN_LETTER * profile.ones + one
    unlisted, evidence = divmod(sum(map(profile.known.get, words, repeat(other))), one)
    if not "".join(words).isascii():
        for word, count in Counter(words).items():
            if not word.isascii() and word not in profile.known:
                strange = FOREIGN_LETTER * profile.ones - profile.of_letters(word)
                evidence -= count * strange
    return evidence, unlisted


def _parted(profile: Profile, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yields what the parts of each unlisted word tell, and how often the word comes."""
    for word, count in Counter(words).most_common():  # more of a text, for the same work
        if word not in profile.known:
            yield count * profile.of_parts(word), count


def _scale(words: int) -> float:
    return min(1.0, WORDS_THAT_COUNT / words)


def _unknown(words: int) -> float:
    return UNKNOWN_TEXT + UNKNOWN_WORD * min(words, WORDS_THAT_COUNT)
