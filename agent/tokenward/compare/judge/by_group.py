"""Groups of people side by side, with intervals that hold for all groups together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from tokenward.compare.judge.measured import Measured
from tokenward.statistics.groups import Gap, gaps, means

Row = dict[str, Any]


def told_groups(measured: Sequence[Measured], alpha: float) -> dict[str, list[Row]]:
    """Returns the rows of groups by the metric that has any.

    A metric with a metric of its own for each group (``pairs.gap`` and ``pairs.gap.GROUP``) has
    their changes; one whose cases are about several groups, how far each group's change is from
    that of the others.
    """
    told = {}
    for one in measured:
        members = [other for other in measured if other.name.startswith(f"{one.name}.")]
        listed = _listed(one.paired.extra)
        if listed and members:
            told[one.name] = _members(listed, members, alpha)
        elif one.paired.groups is not None and one.kind in ("binary", "bounded", "mean"):
            rows = _within(one, alpha)
            if rows:
                told[one.name] = rows
    return told


def _listed(extra: Mapping[str, object] | None) -> list[Row]:
    rows = (extra or {}).get("groups")
    return [dict(row) for row in rows] if isinstance(rows, list | tuple) else []


def _members(listed: list[Row], members: Sequence[Measured], alpha: float) -> list[Row]:
    named = {one.paired.groups[0]: one for one in members if one.paired.groups}
    found = means([(group, one.x, one.paired.clusters) for group, one in named.items()], alpha)
    by_group = {gap.group: gap for gap in found}
    return [{**row, **_interval(by_group.get(row["group"]))} for row in listed]


def _within(one: Measured, alpha: float) -> list[Row]:
    groups = one.paired.groups or ()
    clusters = one.paired.clusters
    changed = gaps(one.x, groups, clusters, alpha)
    base, optimized = (
        {gap.group: gap.value for gap in gaps(side, groups, clusters, alpha)}
        for side in (one.paired.base, one.paired.optimized)
    )
    return [
        {"group": gap.group, "base": base[gap.group], "optimized": optimized[gap.group],
         "n": gap.n, **_interval(gap)}
        for gap in changed
    ]  # fmt: skip


def _interval(gap: Gap | None) -> Row:
    if gap is None:
        return {}
    if math.isnan(gap.low):  # all its cases are of one cluster
        return {"difference": gap.value, "low": None, "high": None, "q": None}
    return {"difference": gap.value, "low": gap.low, "high": gap.high, "q": gap.q}
