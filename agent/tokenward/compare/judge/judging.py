"""Every metric against its bound, and all of them together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from tokenward.compare.gate.gate import Bound, Gate
from tokenward.compare.gate.matching import bound_for
from tokenward.compare.judge.by_group import told_groups
from tokenward.compare.judge.claims import Claim, claims, margin_of, side_of
from tokenward.compare.judge.enough import chances, needed_cases, shown
from tokenward.compare.judge.impossible import FEWEST_CLUSTERS, NOISELESS, few
from tokenward.compare.judge.measured import Measured, changes
from tokenward.compare.judge.varying import varying
from tokenward.compare.metrics.metric import Paired
from tokenward.compare.result import MetricResult, Side, State
from tokenward.statistics.multiplicity import benjamini_hochberg, holm

WORST = 10
"""Cases that are named as those that got worse most."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A metric with its bound, what that claims, and how surely each claim is broken."""

    measured: Measured
    bound: Bound | None
    claims: tuple[Claim, ...] = ()
    broken: tuple[float, ...] = ()
    """Adjusted over the gate, for each claim."""


def judge(paired: Sequence[Paired], gate: Gate) -> tuple[MetricResult, ...]:
    """Returns a row for each metric, in the order of the paired values.

    A metric that no bound names is ``shown``; a bound without a metric has no row here (`outcome`
    does not pass then). Raises `UpstreamError` for values that are no numbers.
    """
    return judge_measured([Measured.of(one) for one in paired], gate)


def judge_measured(measured: Sequence[Measured], gate: Gate) -> tuple[MetricResult, ...]:
    """Returns a row for each metric of which it is known already what its values tell."""
    judged = _adjusted([_bound(one, gate) for one in measured])
    tests = max(1, sum(not claim.exact for one in judged for claim in one.claims))
    rows = [_row(one, gate, tests) for one in judged]
    return _with_q(_with_groups(rows, judged, gate.alpha))


def _bound(measured: Measured, gate: Gate) -> Judged:
    bound = bound_for(measured.name, gate.bounds)
    return Judged(measured, bound, tuple(claims(measured, bound)) if bound else ())


def _adjusted(judged: Sequence[Judged]) -> list[Judged]:
    """Returns the same with p values of broken claims, by Holm over all of the gate.

    What is exact cannot be broken by chance, and does not count among the tests.
    """
    every = list(chain.from_iterable(one.claims for one in judged))
    noisy = iter(holm([claim.broken() for claim in every if not claim.exact]))
    told = iter([claim.broken() if claim.exact else next(noisy) for claim in every])
    return [replace(one, broken=tuple(next(told) for _ in one.claims)) for one in judged]


def _row(one: Judged, gate: Gate, tests: int) -> MetricResult:
    measured, paired = one.measured, one.measured.paired
    about, metric = measured.changed.about, paired.metric
    low, high = measured.changed.ends(gate.alpha)
    state, reason, needed = _state(one, gate, tests)
    side, margin = side_of(measured, one.bound), margin_of(measured, one.bound)
    up, down = changes(measured.x) if len(paired.cases) else (0, 0)
    return MetricResult(
        name=metric.name,
        unit=metric.unit,
        kind=metric.kind,
        n=about.n,
        clusters=about.clusters,
        deff=about.deff,
        base=measured.base,
        optimized=measured.optimized,
        difference=measured.changed.value,
        low=low,
        high=high,
        margin=margin,
        result=state,
        p=measured.p(),
        floor=_mean_size(paired.floor),
        base_floor=_mean_size(paired.base_floor),
        mde=shown(measured, gate.alpha, gate.power),
        needed_n=needed,
        worse=down if side == "below" else up,
        better=up if side == "below" else down,
        method=about.method,
        about=metric.about,
        reason=reason,
        warnings=tuple(_warnings(measured, margin)),
        implied_margin=_implied(paired, margin),
        worst=_worst(measured, side),
        extra=_extra(measured, margin, gate.alpha),
        side=side,
    )


def _state(one: Judged, gate: Gate, tests: int) -> tuple[State, str, int | None]:
    """Returns the state of a metric, why, and how many cases would settle it."""
    about = one.measured.changed.about
    if one.bound is None:
        return "shown", "", None
    if not about.n or not one.claims or math.isnan(one.measured.changed.value):
        return "inconclusive", "; ".join(about.warnings), None
    if about.clusters < FEWEST_CLUSTERS and one.measured.kind not in NOISELESS:
        return "inconclusive", few(about.clusters), None
    broken = [c.about for c, p in zip(one.claims, one.broken, strict=True) if p <= gate.alpha]
    if broken:
        return "fail", f"beyond {' and '.join(broken)}", None
    left = [claim for claim in one.claims if not claim.kept(gate.alpha)]
    if not left:
        return "pass", "", None
    needs = [needed_cases(claim, gate.alpha, gate.power, tests) for claim in left]
    needed = None if None in needs else max(each for each in needs if each is not None)
    return "inconclusive", _open(left, gate.alpha, tests, needed, one.measured), needed


def _open(
    left: Sequence[Claim], alpha: float, tests: int, needed: int | None, measured: Measured
) -> str:
    """Returns why claims are neither kept nor broken, and what would settle them."""
    names = " and ".join(claim.about for claim in left)
    alone = any(claim.broken() <= alpha for claim in left)
    why = (
        f"beyond {names} by itself, but not among {tests} tests"
        if alone
        else f"the interval reaches both sides of {names}"
    )
    what = "blocks" if measured.kind == "blocks" else "cases"
    if measured.changed.about.method == "order statistics" and not math.isfinite(
        measured.changed.error
    ):
        return "; ".join(measured.changed.about.warnings)
    if needed is None:
        return f"{why}; more {what} would hardly settle it"
    return f"{why}; about {needed} {what} would settle it"


def _warnings(measured: Measured, margin: float | None) -> Iterator[str]:
    paired = measured.paired
    yield from measured.changed.about.warnings
    yield from paired.notes
    if paired.dropped and paired.cases:
        whole = len(paired.dropped) + len(paired.cases)
        yield f"{len(paired.dropped)} of {whole} cases dropped on both sides"
    for word, floor in (("optimized", paired.floor), ("base", paired.base_floor)):
        if margin is not None and floor is not None and len(floor) and abs(floor.mean()) > margin:
            yield f"the {word} model differs from itself by {floor.mean():+.3g}, beyond the margin"
    if margin is not None and _youden(paired) is not None and _implied(paired, margin) is None:
        yield f"the detector {paired.metric.tested} tells no more than chance"


def _implied(paired: Paired, margin: float | None) -> float | None:
    """Returns the margin of the truth: a detector's errors shrink differences of shares.

    References:
        Rogan and Gladen 1978, doi:10.1093/oxfordjournals.aje.a112510.
    """
    youden = _youden(paired)
    return margin / youden if margin is not None and youden is not None and youden > 0 else None


def _youden(paired: Paired) -> float | None:
    sensitivity, specificity = paired.metric.sensitivity, paired.metric.specificity
    if sensitivity is None or specificity is None:
        return None
    return sensitivity + specificity - 1


def _worst(measured: Measured, side: Side) -> tuple[str, ...]:
    if measured.kind in NOISELESS or not len(measured.paired.cases):
        return ()
    worse = {"above": measured.x, "below": -measured.x, "both": np.abs(measured.x)}[side]
    order = sorted(zip(-worse, measured.paired.cases, strict=True))
    return tuple(case for by, case in order[:WORST] if by < 0)


def _mean_size(floor: Any) -> float | None:
    return float(np.abs(floor).mean()) if floor is not None and len(floor) else None


def _extra(measured: Measured, margin: float | None, alpha: float) -> dict[str, Any]:
    """Returns what the report draws; the keys are those of `tokenward.compare.report.extra`."""
    paired = measured.paired
    extra: dict[str, Any] = dict(paired.extra or {})
    if measured.flips and paired.cases:
        extra["churn"] = _churn(measured)
        extra["mcnemar_exact"] = measured.exact_p()
    if variance := varying(paired):
        extra["variance"] = variance
    power = chances(measured, margin, alpha)
    if power:
        extra["power"] = power
    if measured.kind == "blocks":
        sides = {"base": paired.base, "optimized": paired.optimized}
        extra.setdefault("blocks", {name: side.tolist() for name, side in sides.items()})
    metric = paired.metric
    if metric.tested is not None:
        extra["detector"] = {
            "name": metric.tested,
            "sensitivity": metric.sensitivity,
            "specificity": metric.specificity,
        }
    return extra


def _churn(measured: Measured) -> dict[str, int]:
    good = 0.0 if measured.paired.metric.better == "lower" else 1.0
    base, optimized = (side == good for side in (measured.paired.base, measured.paired.optimized))
    return {
        "both_good": int((base & optimized).sum()),
        "worse": int((base & ~optimized).sum()),
        "better": int((~base & optimized).sum()),
        "both_bad": int((~base & ~optimized).sum()),
    }


def _with_q(rows: Sequence[MetricResult]) -> tuple[MetricResult, ...]:
    """Returns rows with p values adjusted over all metrics; they decide nothing."""
    found = iter(benjamini_hochberg([row.p for row in rows if row.p is not None]))
    return tuple(row if row.p is None else replace(row, q=next(found)) for row in rows)


def _with_groups(
    rows: Sequence[MetricResult], judged: Sequence[Judged], alpha: float
) -> list[MetricResult]:
    told = told_groups([one.measured for one in judged], alpha)
    return [
        replace(row, extra={**row.extra, "groups": told[row.name]}) if row.name in told else row
        for row in rows
    ]
