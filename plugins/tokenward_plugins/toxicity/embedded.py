"""Scores sentences with the linear model that comes with the plugin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files

from tokenward.types import UnitKind
from tokenward_plugins.linear.table import Table, load

BRACKETS = str.maketrans("<>", "  ")


def readable(text: str) -> str:
    """Returns a text without angle brackets, of the same length: what the model is asked about.

    Marks of pages, comparisons and placeholders say nothing of tone; but the few threats that it
    learned from have more of them than other texts, and it took them for a sign.

    >>> readable("<URL> is <3")
    ' URL  is  3'
    """
    return text.translate(BRACKETS) if "<" in text or ">" in text else text


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
        return [self._table.scores(readable(text)) for text in texts]
