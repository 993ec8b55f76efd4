"""What a rewind took back, and what made it necessary."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tokenward.inprocess.places import Place
from tokenward.types import Detection


class Cause(NamedTuple):
    """A rule that asked for a rewind, with its threshold, and what it had found where.

    The place counts in the tokens that the row held before the rewind.
    """

    rule: str
    threshold: float
    place: Place

    @property
    def detection(self) -> Detection:
        """What the rule had found; its span counts in the text before the rewind."""
        return self.place.detection


@dataclass(frozen=True, slots=True)
class Rewind:
    """One time that a row went back.

    ``at`` is how many tokens stayed, ``offset`` how many characters. ``tokens`` are those that were
    taken back, ``pieces`` the text that each had brought, ``surprisals`` how surprising each was to
    the model, in nats. ``banned`` are the tokens that must not come at ``at`` from then on.
    """

    at: int
    offset: int
    tokens: tuple[int, ...] = field(repr=False)
    pieces: tuple[str, ...] = field(repr=False)
    surprisals: tuple[float, ...] = field(repr=False)
    causes: tuple[Cause, ...]
    banned: tuple[int, ...] = field(repr=False)

    @property
    def text(self) -> str:
        """The text that was taken back."""
        return "".join(self.pieces)

    @property
    def probabilities(self) -> tuple[float, ...]:
        """The probability that the model gave to each token taken back."""
        return probabilities(self.surprisals)


def probabilities(surprisals: Sequence[float]) -> tuple[float, ...]:
    """Returns the probabilities of tokens by their surprisals in nats.

    >>> probabilities([0.0, math.log(4)])
    (1.0, 0.25)
    """
    return tuple(math.exp(-nats) for nats in surprisals)
