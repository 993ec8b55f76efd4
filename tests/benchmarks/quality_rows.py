"""The rows that detectors are measured on, in two halves: one to look at errors, one to publish.

Texts that were made from one sentence template, and strings of one rule of a scanner, fall into the
same half, so that a fault that was mended on one half is not the same in the other.
"""

from __future__ import annotations

import gzip
import importlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.benchmarks.quality_counts import Span

UNSEEN = "unseen"
PARTS = ("tune", "test", "all", UNSEEN)
"""Both halves, all rows, and those on which the model for names was neither trained nor tuned."""
SALT = 1734
"""The first number by which phone numbers, cards, mail addresses, names and streets are all parted
40 to 60 of 100; chosen by the labels alone."""
KEYWORD = "detect-secrets:keyword"
"""A quarter of the secrets is of this one rule: its strings are parted one by one."""
PII_SETS = ("presidio_generated", "presidio_synth_v2")
SECRETS = "scanner_test_strings"
DIGITS = re.compile(r"\d+")
GAPS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Row:
    """A text with its spans, or with whether it holds a secret; ``about`` is where it is from."""

    text: str
    about: str
    group: str
    spans: tuple[Span, ...] = ()
    positive: bool = False


def half(group: str) -> str:
    """Returns the part that a group of like rows belongs to.

    >>> {half(str(number)) for number in range(20)} == {"tune", "test"}
    True
    """
    return "tune" if sha256(f"{SALT} {group}".encode()).digest()[0] % 2 else "test"


def chosen(rows: Iterator[Row], part: str) -> list[Row]:
    """Returns the rows of a part."""
    return [row for row in rows if part in ("all", half(row.group))]


def unseen(rows: Iterator[Row], data: Path) -> list[Row]:
    """Returns the rows of which the model for names has not seen the sentence template."""
    training = importlib.import_module("tokenward_plugins.names.train.embedded")
    texts = {row.text for row in training.parted(data)["test"]}
    return [row for row in rows if row.text in texts]


def pii(data: Path, name: str, kind: Callable[[str], str | None]) -> Iterator[Row]:
    """Yields the texts of a set, with spans of the types that ``kind`` gives a name."""
    for entry in _entries(data / "pii" / f"{name}.jsonl.gz"):
        spans = [(one["start"], one["end"], one["type"]) for one in entry["spans"]]
        named = [(start, end, kind(type_)) for start, end, type_ in spans]
        kept = tuple((start, end, type_) for start, end, type_ in named if type_ is not None)
        yield Row(entry["text"], name, template(entry["text"], spans), kept)


def template(text: str, spans: list[Span]) -> str:
    """Returns the sentence in which values were put: its words, without them.

    >>> template("Call 555-0147, Ann", [(5, 13, "PHONE_NUMBER"), (15, 18, "PERSON")])
    'call'
    """
    out, at = [], 0
    for start, end, _ in sorted(spans):
        out.append(text[at:start])
        at = max(at, end)
    words = " ".join([*out, text[at:]]).lower()
    return " ".join(GAPS.sub(" ", DIGITS.sub(" ", words)).split())


def secrets(data: Path) -> Iterator[Row]:
    """Yields the strings of the scanners' tests, by scanner."""
    for entry in _entries(data / "secrets" / f"{SECRETS}.jsonl.gz"):
        text, rule = entry["text"], entry["labels"]["rule"]
        group = text if rule == KEYWORD else rule
        positive = bool(entry["labels"]["secret"])
        yield Row(text, rule.partition(":")[0], group, positive=positive)


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
