"""The conformance battery of drift methods, for built-in and third-party ones alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward.testing.report import Check, Report, measure
from tokenward.types import (
    COLUMN_KINDS,
    ColumnKind,
    DriftMethod,
    DriftOutcome,
    DriftTable,
    DriftVectors,
)

TRIALS = 300
LEVEL = 0.05
SLACK = 0.035
"""Of how often a p value may be below the level: three standard deviations of so many trials."""
SIZES = (1500, 600)
CLOSE = 1e-9
DIMENSIONS = 6
SHIFTS = (0.0, 0.4, 0.8, 1.6)
RATES = (0.05, 0.1, 0.2, 0.4)
SHARES = (0.5, 0.3, 0.15, 0.05)

Compared = DriftTable | DriftVectors
Floats = NDArray[np.float64]


def check_drift_method(method: DriftMethod) -> Report:
    """Puts a drift method through the battery; raises ``ConformanceError`` where it fails."""
    return examine_drift_method(method).require()


def examine_drift_method(method: DriftMethod) -> Report:
    """Puts a drift method through the battery, for each kind of column that it takes."""
    name = f"drift method {method.name!r}"
    checks = [measure("is registered well-formed", _well_formed(method))]
    if checks[0].outcome == "passed":
        for kind in sorted(method.kinds):
            checks += _battery(method, kind)
    return Report(name, tuple(checks))


def _well_formed(method: DriftMethod) -> Iterator[str]:
    if not method.name.replace("_", "").replace("-", "").isalnum():
        yield f"name is {method.name!r}; use letters, digits, '_' and '-'"
    if not callable(method.of):
        yield f"of is a {type(method.of).__name__}, which cannot be called"
    if not method.kinds or not method.kinds <= set(COLUMN_KINDS):
        yield f"kinds is {set(method.kinds)!r}; use some of: {', '.join(COLUMN_KINDS)}"
    if "vector" in method.kinds and len(method.kinds) > 1:
        yield "kinds has 'vector' and others; a method takes vectors or tables, not both"
    limits = (method.threshold, *method.thresholds.values())
    if not all(math.isfinite(limit) and limit >= 0 for limit in limits):
        yield f"thresholds are {limits!r}; they must be finite and not below 0"
    if not method.description.strip():
        yield "description is empty; say in a few words what the statistic is"
    if not method.paper.strip():
        yield "paper is empty; say who described the method, and where"


def _battery(method: DriftMethod, kind: ColumnKind) -> list[Check]:
    of = method.of
    make = MAKERS[kind]
    checks = [
        measure(f"{kind}: equal periods differ by 0, with a p value of 1", _equal(of, make)),
        measure(f"{kind}: grows with the shift, and its p value falls", _monotone(of, make)),
        measure(f"{kind}: gives the same again, and changes nothing", _pure(of, make)),
        measure(f"{kind}: is finite and in bounds for odd periods", _finite(of, ODD[kind])),
        measure(f"{kind}: p values without drift are not too small", _calibrated(of, make)),
    ]
    if method.symmetric:
        checks.append(measure(f"{kind}: is the same with the periods swapped", _swapped(of, make)))
    return checks


def _equal(of: Callable[[Any], DriftOutcome], make: Maker) -> Iterator[str]:
    one = make(np.random.default_rng(1), 2)
    same = swapped(one, first_twice=True)
    outcome = of(same)
    if abs(outcome.statistic) > CLOSE or abs(outcome.p_value - 1) > CLOSE:
        yield f"statistic {outcome.statistic:.3g}, p value {outcome.p_value:.3g}"


def _monotone(of: Callable[[Any], DriftOutcome], make: Maker) -> Iterator[str]:
    found = [of(make(np.random.default_rng(2), step)) for step in range(len(SHIFTS))]
    for before, after in pairwise(found):
        if not before.statistic < after.statistic:
            yield f"{before.statistic:.3g} is followed by {after.statistic:.3g} for a larger shift"
        if after.p_value > before.p_value:
            yield f"p value {before.p_value:.3g} is followed by {after.p_value:.3g}"
    if found[-1].p_value > LEVEL / 10:
        yield f"a large shift has a p value of {found[-1].p_value:.3g}"


def _pure(of: Callable[[Any], DriftOutcome], make: Maker) -> Iterator[str]:
    one = make(np.random.default_rng(3), 1)
    before = [side.copy() for side in (one.reference, one.current)]
    first, second = of(one), of(one)
    if first != second:
        yield f"{first} the first time, {second} the second"
    for side, kept in zip((one.reference, one.current), before, strict=True):
        if not np.array_equal(side, kept):
            yield "it changed what it was given"


def _finite(of: Callable[[Any], DriftOutcome], odd: list[Compared]) -> Iterator[str]:
    for number, one in enumerate(odd):
        with np.errstate(all="ignore"):
            outcome = of(one)
        ends = outcome.interval or ()
        finite = all(map(math.isfinite, (outcome.statistic, outcome.p_value, *ends)))
        if not finite or outcome.statistic < 0 or not 0 <= outcome.p_value <= 1:
            yield f"period {number}: statistic {outcome.statistic}, p value {outcome.p_value}"


def _calibrated(of: Callable[[Any], DriftOutcome], make: Maker) -> Iterator[str]:
    chance = np.random.default_rng(4)
    low = sum(of(make(chance, 0)).p_value <= LEVEL for _ in range(TRIALS)) / TRIALS
    if low > LEVEL + SLACK:
        yield f"in {100 * low:.0f} % of periods without drift the p value is at most {LEVEL}"


def _swapped(of: Callable[[Any], DriftOutcome], make: Maker) -> Iterator[str]:
    one = make(np.random.default_rng(5), 1)
    there, back = of(one), of(swapped(one))
    if not math.isclose(there.statistic, back.statistic, rel_tol=1e-6, abs_tol=CLOSE):
        yield f"{there.statistic:.6g} and {back.statistic:.6g}; or say symmetric=False"


def swapped(one: Compared, *, first_twice: bool = False) -> Compared:
    """Returns a comparison with its periods swapped, or of the reference with itself."""
    sides = (one.reference, one.reference) if first_twice else (one.current, one.reference)
    if isinstance(one, DriftTable):
        return DriftTable(*sides, one.middles)
    return DriftVectors(sides[0], sides[1], one.worth if first_twice else one.worth[::-1])


# -- what is compared ------------------------------------------------------------------------

Maker = Callable[[np.random.Generator, int], Compared]


def numbers(chance: np.random.Generator, step: int) -> DriftTable:
    """Returns tenths of a number that moves further up with each step."""
    reference, current = (
        chance.normal(shift, 1.0, size)
        for shift, size in zip((0.0, SHIFTS[step]), SIZES, strict=True)
    )
    edges = np.quantile(reference, np.linspace(0, 1, 11))[1:-1]
    middles = np.quantile(reference, np.linspace(0.05, 0.95, 10))
    was, became = (
        np.bincount(np.searchsorted(edges, side), minlength=10).astype(float)
        for side in (reference, current)
    )
    return DriftTable(was, became, middles)


def categories(chance: np.random.Generator, step: int) -> DriftTable:
    """Returns the counts of categories of which the last becomes more frequent."""
    moved = np.array(SHARES) + np.array([-0.05, -0.04, -0.02, 0.11]) * SHIFTS[step]
    reference = chance.multinomial(SIZES[0], SHARES).astype(float)
    current = chance.multinomial(SIZES[1], moved).astype(float)
    return DriftTable(reference, current, np.array([]))


def rates(chance: np.random.Generator, step: int) -> DriftTable:
    """Returns how often something is 0 and 1, more and more often."""
    sides: list[Floats] = []
    for size, share in zip(SIZES, (RATES[0], RATES[step]), strict=True):
        ones = float(chance.binomial(size, share))
        sides.append(np.array([size - ones, ones]))
    return DriftTable(sides[0], sides[1], np.array([0.0, 1.0]))


def counts(chance: np.random.Generator, step: int) -> DriftTable:
    """Returns how often something is 0, 1, 2, 3 and more, more and more often."""
    sides: list[Floats] = []
    for size, mean in zip(SIZES, (RATES[0], RATES[step]), strict=True):
        drawn = np.minimum(chance.poisson(mean, size), 3)
        sides.append(np.bincount(drawn, minlength=4).astype(float))
    return DriftTable(sides[0], sides[1], np.arange(4.0))


def vectors(chance: np.random.Generator, step: int) -> DriftVectors:
    """Returns vectors with unequal, related components, of which one moves."""
    mixing = np.eye(DIMENSIONS) + 0.3
    reference, current = (chance.normal(size=(size, DIMENSIONS)) @ mixing for size in SIZES)
    current = current + np.eye(DIMENSIONS)[0] * SHIFTS[step]
    return DriftVectors(reference, current)


MAKERS: dict[ColumnKind, Maker] = {
    "number": numbers, "category": categories, "rate": rates, "count": counts, "vector": vectors,
}  # fmt: skip


def _table(reference: list[float], current: list[float], middles: list[float]) -> DriftTable:
    sides = [np.array(side, dtype=float) for side in (reference, current, middles)]
    return DriftTable(sides[0], sides[1], sides[2])


ZEROS = np.zeros((100, 3))
CONSTANT: list[DriftTable] = [
    _table([100], [200], [0.0]),
    _table([100, 0], [0, 100], [0.0, 1.0]),
    _table([100, 0], [100, 0], [0.0, 1.0]),
    _table([0.5, 0.25], [0.25, 0.25], [0.0, 1.0]),
    _table([1e9, 1], [1e9, 5], [0.0, 1.0]),
]
ODD: dict[ColumnKind, list[Compared]] = {
    "number": [*CONSTANT, _table([10, 0, 5], [0, 0, 9], [-1e15, 0.0, 1e15])],
    "category": [DriftTable(one.reference, one.current, np.array([])) for one in CONSTANT],
    "rate": [*CONSTANT],
    "count": [*CONSTANT, _table([10, 0, 0, 1], [0, 9, 0, 0], [0.0, 1.0, 2.0, 3.0])],
    "vector": [
        DriftVectors(ZEROS, ZEROS),
        DriftVectors(ZEROS, ZEROS + 1),
        DriftVectors(ZEROS[:2], ZEROS[:1]),
        DriftVectors(np.empty((0, 0)), np.empty((0, 0))),
        DriftVectors(np.eye(3), np.eye(3) * 1e9),
    ],
}
