"""What a comparison found: a row for each metric, and the outcome of all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["pass", "fail", "inconclusive"]
State = Literal["pass", "fail", "inconclusive", "skipped", "shown"]
"""``shown``: the gate does not name the metric; ``skipped``: unmeasured, and the gate allows it."""
Side = Literal["above", "below", "both"]


@dataclass(frozen=True, slots=True)
class MetricResult:
    """A metric of both models with its difference (optimized less base) and interval.

    ``low`` and ``high`` are the ends at the gate's alpha, one-sided each (90 % together at 0.05),
    in the metric's unit, or as a quotient less 1 for ratios and blocks. ``margin`` is in the same
    unit. ``floor`` is the mean absolute difference of the optimized model from itself. ``mde`` is
    the least difference that this many cases would show, ``needed_n`` how many would settle it.
    ``worse`` and ``better`` count cases. ``p`` is the test printed beside it, ``q`` adjusted over
    all metrics (Benjamini-Hochberg), and neither decides.
    """

    name: str
    unit: str
    kind: str
    n: int
    clusters: int
    deff: float
    base: float
    optimized: float
    difference: float
    low: float
    high: float
    margin: float | None
    result: State
    p: float | None = None
    q: float | None = None
    floor: float | None = None
    base_floor: float | None = None
    mde: float | None = None
    needed_n: int | None = None
    worse: int = 0
    better: int = 0
    method: str = ""
    about: str = ""
    reason: str = ""
    warnings: tuple[str, ...] = ()
    implied_margin: float | None = None
    """The margin of the truth that the detector's error makes of the observed one."""
    worst: tuple[str, ...] = ()
    """Ids of the cases that got worse most."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Drawn in the report: churn, groups, positions, blocks, power ...; `report.extra` says how."""
    side: Side = "above"
    """Where a difference is worse, so that the margin lies there."""


@dataclass(frozen=True, slots=True)
class MustPass:
    """A case that must never fail: how often each side passed."""

    case: str
    base: int
    optimized: int
    samples: int
    passed: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """One optimized model against the base, as all writers read it."""

    result: Outcome
    base: Mapping[str, Any]
    optimized: Mapping[str, Any]
    comparable: Mapping[str, Any]
    metrics: tuple[MetricResult, ...]
    must_pass: tuple[MustPass, ...]
    cost: Mapping[str, Any]
    unmeasured: tuple[str, ...]
    dropped: Mapping[str, Any]
    gate: Mapping[str, Any]
    seconds: float
    command: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, Any] | None = None
    """Answers of both sides by case, only where texts were asked for."""

    @property
    def lets_through(self) -> bool:
        """Whether the gate lets the optimized model through, which the exit code tells."""
        return self.result == "pass" or (
            self.result == "inconclusive" and self.gate.get("on_inconclusive") == "pass"
        )
