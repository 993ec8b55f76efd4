"""Decides which columns drifted: the change must matter, and must be no accident."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from tokenward.decisions.swaps import is_swapped
from tokenward.monitor.methods import find_method
from tokenward.monitor.profile import Column, Profile
from tokenward.monitor.quality import summary
from tokenward.monitor.tables import cells_of, table_of
from tokenward.types import ColumnKind, DriftOutcome, DriftVectors

PINNED: Mapping[ColumnKind, str] = {
    "number": "psi", "category": "jensenshannon", "rate": "jensenshannon",
    "count": "jensenshannon", "vector": "auc",
}  # fmt: skip
"""The method of a kind; it never changes with the number of rows, so that series keep meaning."""


@dataclass(frozen=True, slots=True)
class DriftSettings:
    """What counts as drift.

    ``false_alarms`` is the share of reports over unchanged traffic that may alarm; fewer rows than
    ``minimum_rows`` on either side give no number. ``methods`` and ``thresholds`` are by kind of
    column; ``exclude`` are names or patterns such as ``score.*``. ``counterfactual_limit`` is the
    mean change from which it matters that another group is meant, see ``swaps``.
    """

    false_alarms: float = 0.01
    minimum_rows: int = 100
    methods: Mapping[ColumnKind, str] = field(default_factory=dict)
    thresholds: Mapping[ColumnKind, float] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    counterfactual_limit: float = 0.02

    def method(self, kind: ColumnKind) -> str:
        """Returns the method of a kind of column."""
        return self.methods.get(kind, PINNED[kind])

    def threshold(self, kind: ColumnKind) -> float:
        """Returns the effect size from which a change matters."""
        method = find_method(self.method(kind))
        return self.thresholds.get(kind, method.thresholds.get(kind, method.threshold))

    def keeps(self, name: str) -> bool:
        """Returns whether a column is to be compared."""
        return not any(fnmatchcase(name, pattern) for pattern in self.exclude)


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """The comparison of one column; no number where there were too few rows.

    ``was`` and ``became`` say reference and current in a few words; ``base`` is that of a sparse
    column, see ``Row``.
    """

    column: str
    kind: ColumnKind
    slice: str | None
    method: str
    statistic: float | None
    threshold: float
    p_value: float | None
    drift_detected: bool
    n_reference: int
    n_current: int
    note: str = ""
    was: str = ""
    became: str = ""
    base: str | None = None
    interval: tuple[float, float] | None = None

    @property
    def constant(self) -> bool:
        """Whether both periods have the same one value: then nothing was tested."""
        return self.statistic == 0.0 and self.p_value == 1.0

    def as_dict(self) -> dict[str, Any]:
        """Returns the fields that a report carries; an ``interval`` where the method has one."""
        names = (
            "column", "slice", "method", "statistic", "threshold", "p_value", "drift_detected",
            "n_reference", "n_current", "note",
        )  # fmt: skip
        told = {name: getattr(self, name) for name in names}
        return told if self.interval is None else {**told, "interval": list(self.interval)}


def compare(
    reference: Profile, current: Profile, settings: DriftSettings, part: str | None = None
) -> list[ColumnDrift]:
    """Compares all columns of two profiles, in order of their names; ``decide`` must follow.

    Components of vectors are no columns of their own, see ``compare_vectors``; what counterfactual
    checks found has a limit instead, see ``swaps``.
    """
    bases = {
        name: base
        for profile in (current, reference)
        for name, base in profile.names()
        if settings.keeps(name[0]) and not vector_of(name[0]) and not is_swapped(name[0])
    }
    return [
        measure(name[0], part, reference.column(name, base), current.column(name, base), settings)
        for name, base in sorted(bases.items())
    ]


def measure(
    name: str, part: str | None, reference: Column, current: Column, settings: DriftSettings
) -> ColumnDrift:
    """Returns the effect size and the p value of one column."""
    kind = reference.kind
    method = find_method(settings.method(kind))
    found = ColumnDrift(
        name, kind, part, method.name, None, settings.threshold(kind), None,
        drift_detected=False, n_reference=reference.rows, n_current=current.rows,
        was=summary(reference), became=summary(current), base=reference.base or current.base,
    )  # fmt: skip
    if min(reference.rows, current.rows) < settings.minimum_rows or not (
        reference.weight and current.weight
    ):
        return unmeasured(found, settings)
    cells = cells_of(reference, current, fine=method.fine)
    return measured(found, method.of(table_of(reference, current, cells)))


def unmeasured(one: ColumnDrift, settings: DriftSettings) -> ColumnDrift:
    """Returns a comparison without a number, and why."""
    least = settings.minimum_rows
    return replace(one, note=f"too few rows: {least} are needed in each period")


def measured(one: ColumnDrift, outcome: DriftOutcome) -> ColumnDrift:
    """Returns a comparison with what a method found, to the digits that mean something."""
    interval = outcome.interval
    return replace(
        one,
        statistic=round(outcome.statistic, 6),
        p_value=float(f"{outcome.p_value:.6g}"),
        interval=None if interval is None else (round(interval[0], 6), round(interval[1], 6)),
    )


def vector_of(column: str) -> str:
    """Returns the vector that a column is a component of, or nothing.

    >>> vector_of("prompt.embedding.07"), vector_of("prompt.words")
    ('prompt.embedding', '')
    """
    name, dot, number = column.rpartition(".")
    return name if dot and len(number) == 2 and number.isdecimal() else ""  # noqa: PLR2004 - digits


def compare_vectors(
    reference: Mapping[str, DriftVectors], settings: DriftSettings
) -> list[ColumnDrift]:
    """Compares the columns of vectors, of which the rows of the samples are given."""
    found = []
    method = find_method(settings.method("vector"))
    for name, vectors in sorted(reference.items()):
        if not settings.keeps(name):
            continue
        n, m = map(int, vectors.sizes)
        one = ColumnDrift(
            name, "vector", None, method.name, None, settings.threshold("vector"), None,
            drift_detected=False, n_reference=n, n_current=m,
        )  # fmt: skip
        few = min(n, m) < settings.minimum_rows
        found.append(unmeasured(one, settings) if few else measured(one, method.of(vectors)))
    return found


def decide(columns: Sequence[ColumnDrift], settings: DriftSettings) -> list[ColumnDrift]:
    """Marks what drifted: over its threshold, and significant among all columns and slices."""
    tested = [
        one.p_value for one in columns if one.p_value is not None and not one.constant
    ]  # a constant column cannot differ, and must not cost the others their power
    limit = benjamini_hochberg(tested, settings.false_alarms)
    return [judged(one, limit) for one in columns]


def judged(one: ColumnDrift, limit: float) -> ColumnDrift:
    """Returns a comparison with its verdict, and a note where size and certainty disagree."""
    if one.statistic is None or one.p_value is None:
        return one
    large, sure = one.statistic >= one.threshold, one.p_value <= limit
    notes = {
        (True, False): "over the threshold, but not significant with so few rows",
        (False, True): "significant, but under the threshold",
    }
    return replace(one, drift_detected=large and sure, note=notes.get((large, sure), ""))


def benjamini_hochberg(p_values: Iterable[float], q: float) -> float:
    """Returns the largest p value that is significant at false discovery rate ``q``, or -1.

    Benjamini and Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x. Where nothing changed at
    all, the chance of any alarm is ``q``.

    >>> benjamini_hochberg([0.001, 0.012, 0.3, 0.9], 0.05)
    0.012
    """
    ranked = sorted(p_values)
    passed = [p for rank, p in enumerate(ranked, 1) if p <= q * rank / len(ranked)]
    return max(passed, default=-math.inf)
