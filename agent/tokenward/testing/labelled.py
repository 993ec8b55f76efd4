"""Labelled rows of a file: which label, which spans, and clear errors where they are wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenward.errors import UsageError, one_of
from tokenward.testing.agreement import Span


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with its labels and spans; ``spans`` is ``None`` where nobody looked for any."""

    text: str = field(repr=False)
    labels: Mapping[str, Any]
    spans: tuple[Span, ...] | None
    where: str


def labelled_row(text: str, values: Mapping[str, Any], where: str) -> Labelled:
    """Reads the fields ``labels`` and ``spans`` of a row."""
    labels = values.get("labels", {})
    if not isinstance(labels, dict):
        raise UsageError(f"{where}: labels is a {type(labels).__name__}; write {{name: 0 or 1}}")
    spans = values.get("spans")
    if spans is not None:
        if not isinstance(spans, list):
            raise UsageError(f"{where}: spans is a {type(spans).__name__}, not a list")
        spans = tuple(_span(span, len(text), where) for span in spans)
    return Labelled(text, labels, spans, where)


def _span(span: Any, length: int, where: str) -> Span:
    if not isinstance(span, dict) or not {"start", "end", "type"} <= set(span):
        raise UsageError(f"{where}: a span needs start, end and type")
    start, end, kind = span["start"], span["end"], span["type"]
    if not isinstance(kind, str):
        raise UsageError(f"{where}: a span's type is a {type(kind).__name__}, not text")
    numbers = all(isinstance(at, int) and not isinstance(at, bool) for at in (start, end))
    if not numbers or not 0 <= start < end <= length:
        raise UsageError(
            f"{where}: span [{start!r}, {end!r}) does not lie in its text of {length} characters"
        )
    return start, end, kind


def choose_label(rows: Sequence[Labelled], asked: str | None, names: Iterable[str]) -> str | None:
    """Returns the label to measure against: the one asked for, or the only one that can be meant.

    ``names`` are names of what is measured, the best first: a label of that name is meant. ``None``
    where the file has spans only.
    """
    keys = list(dict.fromkeys(key for row in rows for key in row.labels))
    if asked is not None:
        if asked not in keys:
            raise UsageError(f"--label: no row has the label {asked!r}; {_choices(keys)}")
        return asked
    if not keys and any(row.spans is not None for row in rows):
        return None
    unfit = {key for row in rows for key in row.labels if _truth(row.labels[key]) is None}
    fitting = [key for key in keys if key not in unfit]
    for name in names:
        for key in fitting:
            if key.casefold() == name.casefold():
                return key
    if len(fitting) == 1:
        return fitting[0]
    raise UsageError(f"which label is meant? name it with --label; {_choices(fitting or keys)}")


def _choices(keys: Sequence[str]) -> str:
    return one_of(keys) if keys else "the rows have no field 'labels'"


def truth(row: Labelled, label: str) -> bool | None:
    """Returns a row's label as a truth value; ``None`` where the row does not have it."""
    if label not in row.labels:
        return None
    value = _truth(row.labels[label])
    if value is None:
        found = row.labels[label]
        shown = repr(found) if isinstance(found, int | float) else f"a {type(found).__name__}"
        raise UsageError(f"{row.where}: label {label!r} is {shown}; it must be 0 or 1")
    return value


def _truth(value: Any) -> bool | None:
    return bool(value) if isinstance(value, int | float) and value in (0, 1) else None
