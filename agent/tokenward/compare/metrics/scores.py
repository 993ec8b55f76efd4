"""Scores that other tools gave: both logs' samples put side by side, metric by metric.

A metric whose values are 0 or 1 is a share, within 0 and 1 a bounded mean, else a mean, unless its
rows say that it is a quotient or an exact figure. Several samples of a case count by their mean.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tokenward.compare.metrics.found import Found
from tokenward.compare.metrics.metric import Kind, Metric, Paired
from tokenward.compare.run import Run, ScoreRow
from tokenward.errors import UpstreamError, UsageError

MOST = 0.01
"""The share of samples that may have failed on a side."""


@dataclass(slots=True)
class Scored:
    """A metric's samples in one log, by case."""

    rows: defaultdict[str, list[ScoreRow]] = field(default_factory=lambda: defaultdict(list))

    def value(self, case: str) -> float:
        """Returns the mean over a case's samples."""
        return float(np.mean([row.value for row in self.rows[case]]))

    def failed(self) -> set[str]:
        """Returns the cases of which a sample has no score."""
        return {case for case, rows in self.rows.items() if any(row.value is None for row in rows)}


def measured(base: Run, optimized: Run) -> Found:
    """Returns the values of all metrics that both logs have; the others are unmeasured.

    Raises:
        UsageError: where the logs are of other documents, or of other numbers of them.
        UpstreamError: where more than 1 % of the samples failed.
    """
    found = Found()
    sides = _by_metric(base), _by_metric(optimized)
    for name in dict.fromkeys((*sides[0], *sides[1])):
        for side, word in zip(sides, ("base", "optimized model"), strict=True):
            if name not in side:
                found.lacks(name, f"the {word}'s log does not have it")
                break
        else:
            found.add(_paired(name, sides[0][name], sides[1][name]))
    return found


def metrics(*runs: Run) -> Mapping[str, Metric]:
    """Returns the metrics of logs by name."""
    sides = [_by_metric(run) for run in runs]
    names = dict.fromkeys(name for side in sides for name in side)
    return {name: _metric(name, [side[name] for side in sides if name in side]) for name in names}


def _by_metric(run: Run) -> dict[str, Scored]:
    found: defaultdict[str, Scored] = defaultdict(Scored)
    for row in run.scores:
        found[row.metric].rows[row.case].append(row)
    return found


def _metric(name: str, sides: Sequence[Scored]) -> Metric:
    rows = [row for side in sides for some in side.rows.values() for row in some]
    first = rows[0]
    tool, suite = name.partition(".")[0], first.suite
    return Metric(
        name=name,
        unit="",
        kind=_kind(rows),
        better=first.better,
        about=f"{name.removeprefix(f'{tool}.{suite}.')} of {suite}, as {tool} scored it",
        log=first.kind == "perplexity",
    )


def _kind(rows: Sequence[ScoreRow]) -> Kind:
    if rows[0].kind != "score":
        return "value" if rows[0].kind == "exact" else "ratio"
    values = {row.value for row in rows if row.value is not None}
    if values <= {0.0, 1.0}:
        return "binary"
    return "bounded" if all(0 <= value <= 1 for value in values) else "mean"


def _paired(name: str, base: Scored, optimized: Scored) -> Paired:
    _check_same(name, base, optimized)
    cases = list(base.rows)
    failed = base.failed() | optimized.failed()
    if len(failed) > MOST * len(cases):
        raise UpstreamError(
            f"{name}: {len(failed)} of {len(cases)} samples failed in one of both logs; at most "
            f"{MOST:.0%} may, so there is no result"
        )
    kept = [case for case in cases if case not in failed]
    metric = _metric(name, (base, optimized))
    weights = [base.rows[case][0].weight for case in kept]
    counts = {len(side.rows[case]) for side in (base, optimized) for case in kept}
    return Paired(
        metric=metric,
        cases=tuple(kept),
        clusters=tuple(base.rows[case][0].cluster for case in kept),
        base=np.array([base.value(case) for case in kept]),
        optimized=np.array([optimized.value(case) for case in kept]),
        weights=np.array(weights, dtype=np.float64) if metric.kind == "ratio" else None,
        samples=min(counts, default=1),
        dropped=tuple(case for case in cases if case in failed),
        notes=list(_notes(base, optimized, kept, counts)),
    )


def _check_same(name: str, base: Scored, optimized: Scored) -> None:
    """Raises where both logs are not of the same documents."""
    ours, theirs = base.rows.keys(), optimized.rows.keys()
    if ours != theirs:
        raise UsageError(
            f"{name}: {len(ours)} samples in the base's log, {len(theirs)} in the optimized "
            f"model's, {len(ours & theirs)} in both; run both with the same --limit and seed"
        )
    other = [case for case in ours if base.rows[case][0].asked != optimized.rows[case][0].asked]
    if other:
        raise UsageError(
            f"{name}: sample {other[0]!r} and {len(other) - 1} more are another document or target "
            "in the other log; run both with the same version of the task and the same seed"
        )


def _notes(
    base: Scored, optimized: Scored, cases: Sequence[str], counts: set[int]
) -> Sequence[str]:
    notes = []
    if len(counts) > 1:
        notes.append(f"{min(counts)} to {max(counts)} samples a case")
    other = sum(base.rows[case][0].prompt != optimized.rows[case][0].prompt for case in cases)
    if other:
        notes.append(
            f"{other} samples were put in other words: the prompts differ, not only the models"
        )
    return notes
