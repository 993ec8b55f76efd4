"""How many cases would settle what is inconclusive, and what these could show at all."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from tokenward.compare.judge.claims import Claim, Line
from tokenward.compare.judge.measured import Measured
from tokenward.statistics.evidence import (
    Evidence,
    Flips,
    Middle,
    Quotient,
    Repeated,
    Share,
    Student,
)
from tokenward.statistics.independent import Apart
from tokenward.statistics.planning import Way, detectable, floor, for_each, needed, passing, unseen

DRAWN = (0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
"""Multiples of the number of cases for which the chance to pass is drawn."""


def needed_cases(claim: Claim, alpha: float, power: float, tests: int) -> int | None:
    """Returns about how many cases would keep or break a claim; ``None`` if none would.

    If the truth is what was seen. All ``tests`` together are to have the power.
    """
    open_ = [line for line in claim.lines if line.kept() > alpha]
    told = [_line(line, alpha, power, tests) for line in open_]
    found = [each for each in told if each is not None]
    return max(found) if found and len(found) == len(told) else None


def _line(line: Line, alpha: float, power: float, tests: int) -> int | None:
    evidence = line.evidence
    alphas = alpha, alpha / tests
    if isinstance(evidence, Repeated):
        alphas = evidence.level(alphas[0]), evidence.level(alphas[1])
        evidence = evidence.inner
    if not isinstance(evidence, Apart | Flips | Share | Student | Quotient | Middle):
        return None
    if not math.isfinite(evidence.error):
        return None
    n = evidence.about.n
    value, bound = evidence.value, line.bound
    if isinstance(evidence, Quotient):
        value, bound = evidence.log.value, math.log1p(bound) if bound > -1 else -math.inf
    spread = evidence.error * math.sqrt(n)
    outside = value > bound if line.beyond == "above" else value < bound
    rows = (
        needed(spread, value, bound, alphas[1], power)
        if outside
        else needed(spread, value, bound, alphas[0], for_each(power, tests))
    )
    if rows is None:
        return None
    return max(rows, n + 1, 0 if outside else _seen(replace(line, evidence=evidence), alphas[0]))


def _seen(line: Line, alpha: float) -> int:
    """Returns the cases below which a share cannot keep its bound even without any change."""
    evidence, room = line.evidence, abs(line.bound)
    if isinstance(evidence, Share):
        room = line.bound if line.beyond == "above" else 1 - line.bound
    elif not isinstance(evidence, Flips):
        return 0
    return math.ceil(floor(room, alpha) * evidence.about.deff) if 0 < room < 1 else 0


def shown(measured: Measured, alpha: float, power: float) -> float | None:
    """Returns the least difference that these cases would show, if there were one."""
    evidence = measured.changed
    if isinstance(evidence, Repeated):
        alpha, evidence = evidence.level(alpha), evidence.inner
    if not math.isfinite(evidence.error) or measured.kind == "value":
        return None
    if (
        evidence.error == 0 and not measured.share
    ):  # what never varied does not tell how much it may
        return None
    least = detectable(evidence.error, alpha, power)
    if measured.share:
        rows = evidence.about.n / evidence.about.deff
        least = max(least, unseen(rows, alpha, _way(evidence)))
    return math.expm1(least) if isinstance(evidence, Quotient) else least


def _way(evidence: Evidence) -> Way:
    return "bounded" if isinstance(evidence, Student) else "flips"


def chances(measured: Measured, margin: float | None, alpha: float) -> list[dict[str, Any]]:
    """Returns the chance to keep a margin by number of cases, where both models are equal."""
    evidence = measured.changed
    if margin is None or margin <= 0 or not math.isfinite(evidence.error):
        return []
    if not isinstance(evidence, Flips | Student | Quotient):
        return []
    about = evidence.about
    rows = np.unique(np.ceil(np.array(DRAWN) * about.n))
    bound = math.log1p(margin) if isinstance(evidence, Quotient) else margin
    free = about.deff if measured.share else 1.0
    spread = evidence.error * math.sqrt(about.n / free)
    chance = passing(rows / free, spread, 0.0, bound, alpha)
    if measured.share and margin < 1:
        chance = np.where(rows / free < floor(margin, alpha, _way(evidence)), 0.0, chance)
    return [
        {"n": int(n), "pass": round(float(one), 4)} for n, one in zip(rows, chance, strict=True)
    ]
