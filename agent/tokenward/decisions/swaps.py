"""The names of what counterfactual checks measure: features of records, numbers all of them.

``swapped.STAGE.DETECTOR.TYPE`` is the mean size of the change of a score over the swaps of a text,
``swapped.STAGE.flips`` the share of the swaps that are decided otherwise. With ``.ONE~OTHER``
behind it, a name is that of the score about group ``OTHER`` less that about ``ONE``, which is the
first of the two in the alphabet, whichever of them the text named.
"""

from __future__ import annotations

from typing import NamedTuple

PREFIX = "swapped."
FLIPS = "flips"
APART = "~"


class Swapped(NamedTuple):
    """What a column of counterfactual checks is about; ``pair`` are the two groups, if any."""

    stage: str
    score: str
    pair: tuple[str, str] | None


def column(stage: str, score: str) -> str:
    """Returns the name of the size of a change.

    >>> column("input", "toxicity.insult")
    'swapped.input.toxicity.insult'
    """
    return f"{PREFIX}{stage}.{score}"


def signed(stage: str, score: str, was: str, became: str, change: float) -> tuple[str, float]:
    """Returns the name of the difference between two groups, and it in that direction.

    >>> signed("input", "toxicity.insult", "religion:sikh", "religion:hindu", 0.25)
    ('swapped.input.toxicity.insult.religion:hindu~religion:sikh', -0.25)
    """
    one, other = sorted((was, became))
    return f"{column(stage, score)}.{one}{APART}{other}", change if one == was else -change


def is_swapped(name: str) -> bool:
    """Tells whether a column is of counterfactual checks."""
    return name.startswith(PREFIX)


def read(name: str) -> Swapped:
    """Returns what a column of counterfactual checks is about.

    >>> read("swapped.input.toxicity.insult.religion:hindu~religion:sikh").pair
    ('religion:hindu', 'religion:sikh')
    """
    _, stage, rest = name.split(".", 2)
    head, apart, other = rest.partition(APART)
    if not apart:
        return Swapped(stage, rest, None)
    score, _, one = head.rpartition(".")
    return Swapped(stage, score, (one, other))
