"""Labelled texts: read, and told apart by what they are made of."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable
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


@dataclass(frozen=True, slots=True)
class Row:
    """A text with its names, in the detector's types."""

    text: str
    spans: tuple[Span, ...]


def read(path: Path) -> list[Row]:
    """Returns the rows of a file of JSON lines, gzipped."""
    rows = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            values = json.loads(line)
            spans = tuple(
                (span["start"], span["end"], TYPES[span["type"]])
                for span in values["spans"]
                if span["type"] in TYPES
            )
            rows.append(Row(values["text"], spans))
    return rows


def halves(path: Path) -> tuple[list[Row], list[Row]]:
    """Returns two halves of a file that have no sentence template in common.

    A template is what is left of a text when its labelled spans are taken out.
    """
    parts: tuple[list[Row], list[Row]] = ([], [])
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        templates = [_template(json.loads(line)) for line in lines]
    for template, row in zip(templates, read(path), strict=True):
        parts[hashlib.sha256(template.encode()).digest()[0] % 2].append(row)
    return parts


def _template(values: dict[str, object]) -> str:
    text, at, kept = str(values["text"]), 0, []
    spans: Iterable[dict[str, object]] = values["spans"]  # type: ignore[assignment]
    for span in sorted(spans, key=lambda span: int(str(span["start"]))):
        kept.append(text[at : int(str(span["start"]))])
        at = max(at, int(str(span["end"])))
    return " ".join("|".join([*kept, text[at:]]).split())
