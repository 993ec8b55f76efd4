"""Slices of rows: by a key of the row, by a label, by length, by file, by a plugin's feature."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from tokenward.errors import UsageError, one_of
from tokenward.evaluation.groups import Marks
from tokenward.evaluation.labelled import Labelled
from tokenward.evaluation.measures import Told, of_slice
from tokenward.evaluation.members import Members
from tokenward.statistics.estimates import Values
from tokenward.types import Feature

LENGTHS = (0, 32, 100, 320, 1000, 3200)
"""Characters with which buckets of length begin: about a half power of ten apart."""
NOTHING = "(none)"
SHOWN_KEYS = 20

Values_of = Callable[[Labelled], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Slicing:
    """A key with what gives the values of a row."""

    key: str
    of: Values_of


def slicing(
    key: str, rows: Collection[str], labels: Collection[str], features: Iterable[Feature]
) -> Slicing:
    """Returns how rows are sliced by a key.

    A name is looked for among the keys of the rows, the labels, ``length`` and ``file``, and the
    categories that plugins tell of texts, such as ``language``; ``row.``, ``label.`` or
    ``feature.`` before it says which is meant.
    """
    told = {one.name: one for one in features if one.kind == "category"}
    place, _, name = key.partition(".")
    if (place == "row" and name in rows) or key in rows:
        wanted = key if key in rows else name
        return Slicing(key, lambda row: words(row.values.get(wanted), row.where, key))
    if (place == "label" and name in labels) or key in labels:
        label = key if key in labels else name
        return Slicing(key, lambda row: words(row.labels.get(label), row.where, key))
    if key in OWN:
        return Slicing(key, OWN[key])
    feature = told.get(name if place == "feature" else key)
    if feature is None:
        allowed = list(dict.fromkeys((*sorted({*rows, *labels}), *OWN, *told)))
        more = f" and {len(allowed) - SHOWN_KEYS} more" if len(allowed) > SHOWN_KEYS else ""
        raise UsageError(
            f"--slice: no row, label or feature has {key!r}; {one_of(allowed[:SHOWN_KEYS])}{more}"
        )
    take = feature.take
    return Slicing(key, lambda row: [str(take(row.text))])


def words(value: Any, where: str, key: str) -> list[str]:
    """Returns a value as names of slices: several of a list, one of anything else.

    >>> words(["a", "b"], "x:1", "k"), words(2.0, "x:1", "k"), words(None, "x:1", "k")
    (['a', 'b'], ['2'], ['(none)'])
    """
    if isinstance(value, list):
        return list(dict.fromkeys(one for item in value for one in words(item, where, key))) or [
            NOTHING
        ]
    if isinstance(value, dict):
        raise UsageError(f"{where}: --slice {key}: a mapping; slices need a text or a number")
    if value is None or value == "":
        return [NOTHING]
    if isinstance(value, float):
        return [f"{value:g}"]
    return [str(value)]


def length(row: Labelled) -> list[str]:
    """Returns the bucket of a text's length in characters."""
    size = len(row.text)
    for low, high in pairwise(LENGTHS):
        if size < high:
            return [f"{low}-{high - 1} characters" if low else f"under {high} characters"]
    return [f"{LENGTHS[-1]} characters and more"]


OWN: Mapping[str, Values_of] = {
    "length": length,
    "file": lambda row: [row.file],
}


def measured(
    members: Members, scores: Values, truths: Marks, threshold: float, seed: int
) -> list[Told]:
    """Returns the measures of each slice of a key, of the rows that have the label."""
    told = []
    for value, rows in members.items():
        labelled = rows[truths[rows] >= 0]
        if len(labelled):
            part = of_slice(scores[labelled], truths[labelled] == 1, threshold, seed)
            told.append({"value": value, **part})
    return told
