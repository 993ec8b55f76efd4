"""Labelled texts: read, and told apart by what they are made of."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

Span = tuple[int, int, str]

TYPES = {
    "PERSON": "PERSON",
    "GPE": "LOCATION",
    "LOCATION": "LOCATION",
    "ORGANIZATION": "ORGANIZATION",
    "NRP": "NRP",
}
"""Labels of the data sets that are names, with the types that the detector has for them."""


ADDRESS = "ADDRESS"
ADDRESSES = {"STREET_ADDRESS": ADDRESS, "ADDRESS": ADDRESS}
"""Labels of addresses: the places in them have no labels of their own."""

HONORIFICS = {"Mr.", "Mrs.", "Ms.", "Miss", "Dr.", "mr.", "mrs.", "ms.", "dr."}
"""What one set labels as a person now and then."""


@dataclass(frozen=True, slots=True)
class Row:
    """A text with its names, in the detector's types."""

    text: str
    spans: tuple[Span, ...]


def read(path: Path, more: Mapping[str, str] | None = None) -> list[Row]:
    """Returns the rows of a file of JSON lines, gzipped; ``more`` are labels to keep as well."""
    rows, kinds = [], TYPES | dict(more or {})
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            values = json.loads(line)
            spans = tuple(
                (span["start"], span["end"], kinds[span["type"]])
                for span in values["spans"]
                if span["type"] in kinds
            )
            rows.append(Row(values["text"], spans))
    return rows


def halves(path: Path) -> tuple[list[Row], list[Row]]:
    """Returns two halves of a file that have no sentence template in common.

    A template is what is left of a text when its labelled spans are taken out.
    """
    parts: tuple[list[Row], list[Row]] = ([], [])
    for template, row in zip(template_of(path), read(path), strict=True):
        parts[hashlib.sha256(template.encode()).digest()[0] % 2].append(row)
    return parts


def template_of(path: Path) -> list[str]:
    """Returns the sentence template of each row of a file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_template(json.loads(line)) for line in lines]


def _template(values: dict[str, object]) -> str:
    text, at, kept = str(values["text"]), 0, []
    spans: Iterable[dict[str, object]] = values["spans"]  # type: ignore[assignment]
    for span in sorted(spans, key=lambda span: int(str(span["start"]))):
        kept.append(text[at : int(str(span["start"]))])
        at = max(at, int(str(span["end"])))
    return " ".join("|".join([*kept, text[at:]]).split())
