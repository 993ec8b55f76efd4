"""How well personal values are found: structured types, and all that a set names.

* structured types: the seven kinds whose values have a form (``STRUCTURED``), exact and by token.
* all kinds: those, persons, organisations and places (addresses and their parts among them), by
  overlap and by token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import quality_others, quality_ours
from tests.benchmarks.quality_counts import Counts, Figure, Span, exact, figures, overlap, token
from tests.benchmarks.quality_ours import KINDS, NAMED, STRUCTURED, Find
from tests.benchmarks.quality_rows import PII_SETS, UNSEEN, Row, chosen, pii, unseen

from tokenward.errors import TokenwardError

BETA = 2
Compare = Callable[[Iterable[Span], Iterable[Span], str], Counts]


@dataclass(frozen=True)
class Measure:
    """One figure of the table, what is demanded of it, and of what and how it is made."""

    name: str
    must: float | None = None
    aim: float | None = None
    kinds: tuple[str, ...] = ()
    compare: Compare = exact


MEASURES = (
    Measure("structured, exact F2", 0.95, 0.98, STRUCTURED, exact),
    Measure("structured, token F2", 0.93, 0.95, STRUCTURED, token),
    Measure("all kinds, overlap F2", 0.70, 0.80, (*STRUCTURED, *NAMED), overlap),
    Measure("all kinds, token F2", None, None, (*STRUCTURED, *NAMED), token),
)
PATTERNS, WITH_NAMES = "tokenward, pii", "tokenward, pii and names"


@dataclass(frozen=True)
class Line:
    """A tool's figure, after precision and recall where it has these; ``None``: not measured."""

    part: str
    tool: str
    measure: Measure
    figures: tuple[Figure | None, Figure | None, Figure] | None


def rows_of(data: Path, part: str) -> list[Row]:
    """Returns the texts of both sets."""
    rows = (row for name in PII_SETS for row in pii(data, name, KINDS.get))
    return unseen(rows, data) if part == UNSEEN else chosen(rows, part)


def subjects(*, others: bool, names: bool) -> Iterator[tuple[str, Find | None]]:
    """Yields our detectors, with that of names or without, and other tools if they are asked for."""
    yield PATTERNS, quality_ours.pii()
    if names:
        try:
            yield WITH_NAMES, quality_ours.pii_and_names()
        except TokenwardError:
            yield WITH_NAMES, None  # no model for names ships
    if others:
        yield from quality_others.there(quality_others.PII)


def found_by(find: Find, rows: Iterable[Row]) -> list[list[Span]]:
    """Returns what a tool finds in each text, by the names of kinds."""
    return [
        [(start, end, KINDS[kind]) for start, end, kind in find(row.text) if kind in KINDS]
        for row in rows
    ]


def compared(found: list[list[Span]], rows: list[Row], measure: Measure) -> list[Counts]:
    """Returns the counts of each text by one measure."""
    kinds = measure.kinds
    return [
        measure.compare(
            [one for one in some if one[2] in kinds],
            [one for one in row.spans if one[2] in kinds],
            row.text,
        )
        for some, row in zip(found, rows, strict=True)
    ]


def lines(data: Path, part: str, *, others: bool) -> Iterator[Line]:
    """Yields the figures of every tool, and ours by type.

    Names are measured only on rows that their model has not seen.
    """
    rows = rows_of(data, part)
    for name, find in subjects(others=others, names=part == UNSEEN):
        found = None if find is None else found_by(find, rows)
        by_type = [Measure(f"{kind}, exact F2", kinds=(kind,)) for kind in STRUCTURED]
        for measure in (*MEASURES, *(by_type if name == PATTERNS else ())):
            counts = None if found is None else compared(found, rows, measure)
            there = counts is not None and any(labelled for *_, labelled in counts)
            yield Line(part, name, measure, figures(counts, BETA) if counts and there else None)


def wrong(data: Path) -> Iterator[str]:
    """Yields the errors of our patterns in the half that is there to be looked at."""
    rows = rows_of(data, "tune")
    for row, found in zip(rows, found_by(quality_ours.pii(), rows), strict=True):
        ours, theirs = ({s for s in some if s[2] in STRUCTURED} for some in (found, row.spans))
        for start, end, kind in sorted(ours ^ theirs):
            sign = "false alarm" if (start, end, kind) in ours else "miss"
            yield f"{sign} {kind} {row.text[max(0, start - 30) : start]!r} {row.text[start:end]!r}"
