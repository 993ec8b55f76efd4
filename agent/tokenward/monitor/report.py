"""The result of a comparison of two periods."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenward.decisions.store import Store
from tokenward.monitor.collect import Collected, Progress, collect, slices
from tokenward.monitor.drift import ColumnDrift, DriftSettings, compare, decide
from tokenward.monitor.profile import Profile
from tokenward.monitor.quality import quality
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.tables import FEWEST_GROUPS

MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says; ``reference`` and ``current`` are its view of the two periods."""

    name: str
    reference: dict[str, Any]
    current: dict[str, Any]
    columns: tuple[ColumnDrift, ...]
    samples: tuple[Collected, Collected] = field(repr=False, compare=False)
    warnings: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()

    @property
    def drift(self) -> bool:
        """Whether any column drifted."""
        return any(one.drift_detected for one in self.columns)

    @property
    def drifted(self) -> list[ColumnDrift]:
        """The columns that drifted, the clearest change first."""
        found = [one for one in self.columns if one.drift_detected]
        return sorted(found, key=lambda one: -(one.statistic or 0.0) / one.threshold)

    @property
    def measured(self) -> list[ColumnDrift]:
        """The columns that had enough rows."""
        return [one for one in self.columns if one.statistic is not None]

    @property
    def headline(self) -> str:
        """Returns the result in one line."""
        if not self.measured:
            return f"not measured: {self.reference['n']} and {self.current['n']} interactions"
        found = f"{len(self.drifted)} of {len(self.measured)} measured columns"
        return f"drift in {found}" if self.drift else f"no drift in {found.partition(' of ')[2]}"

    def as_dict(self) -> dict[str, Any]:
        """Returns the report in the shape of ``tokenward report --json``."""
        return {
            "report": self.name,
            "reference": self.reference,
            "current": self.current,
            "drift": self.drift,
            "columns": [one.as_dict() for one in self.columns],
            "warnings": list(self.warnings),
            "artifacts": list(self.artifacts),
        }


def make_report(
    store: Store,
    periods: Periods,
    settings: DriftSettings | None = None,
    *,
    name: str = "report",
    by: Sequence[str] = (),
    progress: Progress | None = None,
) -> Report:
    """Compares two periods of a store, as a whole and by slices."""
    settings = settings or DriftSettings()
    parts = slices(store, by, (periods.reference, periods.current)) if by else []
    reference = collect(store, periods.reference, parts, progress)
    current = collect(store, periods.current, parts, progress)
    columns = compare(reference.profile, current.profile, settings)
    for part in parts:
        was, became = (side.parts.get(part, Profile()) for side in (reference, current))
        columns += compare(was, became, settings, f"{part[0]}={part[1]}")
    views = view(store, reference), view(store, current)
    return Report(
        name,
        *views,
        columns=tuple(decide(columns, settings)),
        warnings=tuple(warnings(periods, reference, current, views)),
        samples=(reference, current),
    )


def view(store: Store, collected: Collected) -> dict[str, Any]:
    """Returns what is told of a period: rows, ends, policies, models and quality."""
    period, profile = collected.period, collected.profile
    return {
        "n": profile.rows,
        **period.as_dict(),
        "policies": names(store, period, ("policy", "revision")),
        "models": names(store, period, ("model", "model_label")),
        **quality(profile),
    }


def names(store: Store, period: Period, by: tuple[str, str]) -> dict[str, int]:
    """Returns how many rows each policy revision or model has, the most first."""
    counts: Counter[str] = Counter()
    for group in store.aggregate(by, period.start, period.end)[:MOST_NAMES]:
        words = [str(group[name]) for name in by if group[name] is not None]
        if words:
            counts["@".join(words)] += group["n"]
    return dict(counts)


def warnings(
    periods: Periods,
    reference: Collected,
    current: Collected,
    views: tuple[dict[str, Any], dict[str, Any]],
) -> list[str]:
    """Returns what a reader must know before believing the numbers."""
    told = []
    sides = {"reference": reference, "current": current}
    for name, side in sides.items():
        if not side.profile.rows:
            told.append(f"the {name} period holds no interactions")
        if 0 < side.session_groups < FEWEST_GROUPS:
            told.append(
                f"the {name} period has too few sessions to tell how much alike their interactions "
                "are; they are taken as independent"
            )
    if periods.reference.overlaps(periods.current):
        told.append("the periods overlap: what they share cannot differ")
    if all(side.profile.rows for side in sides.values()):
        was, became = (set(one["policies"]) for one in views)
        if was != became:
            told.append(
                "the policies or their revisions differ: rules and scores may for that reason"
            )
    return told
