"""Single rows, few of them: what Evidently draws, and which requests to look at."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tokenward.decisions.buckets import middle
from tokenward.decisions.columns import ALL, Kind, Row
from tokenward.store.dictionary import Dictionary


class Drawn(NamedTuple):
    """A row of a sample.

    Who it is, when it was, its session's group, its columns, and some as they are stored.
    """

    decision_id: str
    time: float
    group: int
    row: Row
    told: Mapping[str, Any]

    def has(self, name: str, value: str) -> bool:
        """Tells whether the row belongs to a slice."""
        if name.startswith("label."):
            labels = json.loads(self.told["labels"] or "{}")
            return bool(labels.get(name.removeprefix("label.")) == value)
        if name in self.told:
            return bool(self.told[name] == value)
        return self.row.values.get(name) == ("category", value)


def row_of_cells(cells: Iterable[int], dictionary: Dictionary) -> Row:
    """Returns the columns of a row as its cells tell them: numbers within one per cent."""
    values: dict[str, tuple[Kind, float | str]] = {}
    sparse: dict[str, tuple[Kind, float, str]] = {}
    bases = [ALL]
    lists: dict[str, tuple[str, ...]] = {}
    for cell in cells:
        said = dictionary.meaning(cell)
        if said is None:
            continue
        meaning, key = said
        if meaning.what == "base":
            bases.append(meaning.name)
        elif meaning.what == "scores":
            lists[meaning.name] = tuple(json.loads(meaning.value or "[]"))
        elif meaning.what == "category":
            values[meaning.name] = ("category", meaning.value or "")
        elif meaning.base is None:
            values[meaning.name] = (meaning.what, middle(key))
        else:
            sparse[meaning.name] = (meaning.what, middle(key), meaning.base)
    return Row(values, sparse, tuple(bases), lists)
