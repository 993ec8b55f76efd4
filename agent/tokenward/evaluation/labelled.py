"""Labelled rows of a file: their labels and spans, and clear errors where they are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tokenward.errors import UsageError
from tokenward.evaluation.agreement import Span


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with its labels and spans; ``spans`` is ``None`` where nobody looked for any."""

    text: str = field(repr=False)
    labels: Mapping[str, Any]
    spans: tuple[Span, ...] | None
    where: str
    id: Any = None
    file: str = ""
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    context: tuple[str, ...] | None = field(default=None, repr=False)
    """The documents that the text answers, for detectors that judge by them."""


def labelled_row(
    text: str,
    values: Mapping[str, Any],
    where: str,
    *,
    id_: Any = None,
    file: str = "",
    context: str | None = None,
) -> Labelled:
    """Reads ``labels`` and ``spans`` of a row, and what it has under the key ``context``."""
    labels = values.get("labels", {})
    if not isinstance(labels, dict):
        raise UsageError(f"{where}: labels is a {type(labels).__name__}; write {{name: 0 or 1}}")
    spans = values.get("spans")
    if spans is not None:
        if not isinstance(spans, list):
            raise UsageError(f"{where}: spans is a {type(spans).__name__}, not a list")
        spans = tuple(_span(span, len(text), where) for span in spans)
    documents = None if context is None else _documents(values.get(context), context, where)
    return Labelled(text, labels, spans, where, id_, file, values, documents)


def _documents(value: Any, key: str, where: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise UsageError(f"{where}: --context {key}: the row has no text there, and no list of texts")


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


def truth(row: Labelled, label: str) -> bool | None:
    """Returns a row's label as a truth value; ``None`` where the row does not have it."""
    if label not in row.labels:
        return None
    value = truth_value(row.labels[label])
    if value is None:
        raise UsageError(f"{row.where}: {fault(row, label)}")
    return value


def fault(row: Labelled, label: str) -> str:
    """Says what is wrong with a label that is neither 0 nor 1."""
    found = row.labels[label]
    shown = repr(found) if isinstance(found, int | float) else f"a {type(found).__name__}"
    return f"label {label!r} is {shown}; it must be 0 or 1"


def truth_value(value: Any) -> bool | None:
    """Returns 0 and 1 as truth values; ``None`` for anything else."""
    return bool(value) if isinstance(value, int | float) and value in (0, 1) else None
