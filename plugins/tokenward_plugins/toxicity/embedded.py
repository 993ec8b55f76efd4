"""Scores sentences with the linear model that comes with the plugin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files

from tokenward.types import UnitKind
from tokenward_plugins.linear.table import Table, load


class EmbeddedToxicity:
    """A classifier over hashed words and runs of characters; see ``model/MODEL_CARD.md``.

    >>> scores = EmbeddedToxicity.load().score(["Have a nice day.", "You stupid idiot!"])
    >>> [round(row["insult"]) for row in scores]
    [0, 1]
    """

    unit: UnitKind = "sentence"
    inline = True

    def __init__(self, table: Table) -> None:
        self.types = frozenset(table.labels)
        self._table = table

    @classmethod
    def load(cls) -> EmbeddedToxicity:
        """Returns the classifier with the weights in the package, once their checksum holds."""
        table, _ = load(files("tokenward_plugins.toxicity").joinpath("model"))
        return cls(table)

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Returns the score of each label for each text."""
        return [self._table.scores(text) for text in texts]
