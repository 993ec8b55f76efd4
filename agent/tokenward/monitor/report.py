"""The result of a comparison of two periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenward.monitor.changes import Change, changes
from tokenward.monitor.collect import (
    MODEL_LABEL,
    MOST_NAMES,
    Collected,
    Progress,
    collect,
    vectors,
)
from tokenward.monitor.drift import ColumnDrift, DriftSettings, compare, compare_vectors, decide
from tokenward.monitor.fairness import Worst, worst_slices
from tokenward.monitor.groups import groups
from tokenward.monitor.opinions import add_feedback
from tokenward.monitor.quality import quality
from tokenward.monitor.ranges import Periods
from tokenward.monitor.stated import Stated
from tokenward.monitor.swaps import SwapChange, swap_changes
from tokenward.monitor.tables import FEWEST_GROUPS
from tokenward.monitor.traffic import shown, traffic_of
from tokenward.store.store import Store


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says; ``reference`` and ``current`` are its view of the two periods."""

    name: str
    reference: dict[str, Any]
    current: dict[str, Any]
    columns: tuple[ColumnDrift, ...]
    samples: tuple[Collected, Collected] = field(repr=False, compare=False)
    changes: tuple[Change, ...] = ()
    worst: tuple[Worst, ...] = ()
    groups: tuple[Worst, ...] = ()
    swaps: tuple[SwapChange, ...] = ()
    warnings: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()

    @property
    def drift(self) -> bool:
        """Whether any column drifted."""
        return any(one.drift_detected for one in self.columns)

    @property
    def drifted(self) -> list[ColumnDrift]:
        """The columns that drifted, the clearest change first."""
        return clearest(self.columns)

    @property
    def measured(self) -> list[ColumnDrift]:
        """The columns that had enough rows."""
        return [one for one in self.columns if one.statistic is not None]

    @property
    def revised(self) -> bool:
        """Whether the policies or their revisions are others."""
        return bool(self.reference["policies"].keys() != self.current["policies"].keys())

    @property
    def headline(self) -> str:
        """Returns the result in one line."""
        if not self.measured:
            return f"not measured: {self.reference['n']} and {self.current['n']} interactions"
        over = sum(one.above for one in self.swaps)
        told = f"; {over} counterfactual differences over the limit" if over else ""
        found = f"{len(self.drifted)} of {len(self.measured)} measured columns"
        if not self.drift:
            return f"no drift in {found.partition(' of ')[2]}{told}"
        return f"drift in {found}{told}"

    def as_dict(self) -> dict[str, Any]:
        """Returns the report in the shape of ``tokenward report --json``."""
        return {
            "report": self.name,
            "reference": self.reference,
            "current": self.current,
            "drift": self.drift,
            "columns": [one.as_dict() for one in self.columns],
            "changes": [one.as_dict() for one in self.changes],
            "worst_slices": [one.as_dict() for one in self.worst],
            "groups": [one.as_dict() for one in self.groups],
            "counterfactuals": [one.as_dict() for one in self.swaps],
            "warnings": list(self.warnings),
            "artifacts": list(self.artifacts),
        }


def clearest(columns: Sequence[ColumnDrift]) -> list[ColumnDrift]:
    """Returns the columns that drifted, the clearest change first."""
    found = [one for one in columns if one.drift_detected]
    return sorted(found, key=lambda one: -(one.statistic or 0.0) / max(one.threshold, 1e-9))


def make_report(
    store: Store,
    periods: Periods,
    settings: DriftSettings | None = None,
    *,
    name: str = "report",
    by: Sequence[str] = (),
    stated: Stated | None = None,
    progress: Progress | None = None,
) -> Report:
    """Compares two periods of a store, as a whole and by slices."""
    settings, stated = settings or DriftSettings(), stated or Stated()
    with traffic_of(store, (periods.reference, periods.current), stated, by) as traffic:
        reference, current = collect(traffic, periods, by, progress)
        add_feedback(store, (reference, current))
        columns = decide(compared(reference, current, settings), settings)
        by_group = groups(traffic, current, settings)
        told = changes(traffic, reference, current, clearest(columns))
    views = view(reference, stated.carbon), view(current, stated.carbon)
    return Report(
        name,
        *views,
        columns=tuple(columns),
        samples=(reference, current),
        changes=tuple(told),
        worst=tuple(worst_slices(current.profile, current.parts, settings)),
        groups=tuple(by_group),
        swaps=tuple(swap_changes(current.profile, settings)),
        warnings=tuple(warnings(periods, reference, current, views)),
    )


def compared(
    reference: Collected, current: Collected, settings: DriftSettings
) -> list[ColumnDrift]:
    """Compares the two periods column by column, as a whole and in each slice."""
    columns = compare(reference.profile, current.profile, settings)
    columns += compare_vectors(vectors(reference, current), settings)
    parts = dict.fromkeys((*current.parts, *reference.parts))
    if reference.period.label is not None:  # with which each of the others is compared
        parts = {part: None for part in parts if part[0] != MODEL_LABEL or part in current.parts}
    for part in parts:
        slice_name = f"{part[0]}={shown(*part)}"
        columns += compare(reference.of(part), current.of(part), settings, slice_name)
    return columns


def view(side: Collected, carbon: float | None = None) -> dict[str, Any]:
    """Returns what is told of a period: rows, ends, policies, models and quality."""
    return {
        "n": side.profile.rows,
        **side.period.as_dict(),
        "policies": dict(side.policies.most_common(MOST_NAMES)),
        "models": dict(side.models.most_common(MOST_NAMES)),
        **quality(side.profile, carbon),
    }


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
    if periods.reference.start >= periods.current.end:
        told.append("the reference is later than the current period: what is new was before")
    if periods.reference.overlaps(periods.current):
        told.append("the periods overlap: what they share cannot differ")
    if all(side.profile.rows for side in sides.values()):
        was, became = (set(one["policies"]) for one in views)
        if was != became:
            told.append(
                "the policies or their revisions differ: rules and scores may for that reason"
            )
    return told
