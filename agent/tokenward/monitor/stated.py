"""What a user states of models: what their tokens cost, and what they take of energy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tokenward.meters.price import MILLION, Price
from tokenward.store.dictionary import Meaning

COST, ENERGY = "cost", "energy"
THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Stated:
    """Prices by model, and joules of a thousand tokens of answers, as ``compare`` measures them.

    ``*`` stands for all other models. ``carbon`` is how many grams of CO2 equivalents a kilowatt
    hour stands for, where the servers are. Nothing of it has a usual value.
    """

    prices: Mapping[str, Price] = field(default_factory=dict)
    energy: Mapping[str, float] = field(default_factory=dict)
    carbon: float | None = None

    @property
    def columns(self) -> Mapping[Meaning, Mapping[str, Price]]:
        """Returns the columns that are made of tokens, with what a million of them count."""
        joules = {model: Price(0.0, one * MILLION / THOUSAND) for model, one in self.energy.items()}
        made = {COST: self.prices, ENERGY: joules}
        return {Meaning("number", name): counts for name, counts in made.items() if counts}
