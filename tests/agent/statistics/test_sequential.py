"""Looking early: published bounds, and how often they err."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from tokenward.statistics import independent
from tokenward.statistics.evidence import About, Repeated, Student
from tokenward.statistics.independent import Side
from tokenward.statistics.sequential import (
    confidence_sequence,
    crossing,
    mixture,
    obrien_fleming,
    pocock,
    spending,
)


@pytest.mark.parametrize(("looks", "constant"), [(2, 1.678), (4, 1.733), (5, 1.751)])
def test_the_bounds_are_the_published_ones(looks, constant):
    # Jennison and Turnbull 2000, table 2.3: both sides at 0.1
    bounds = norm.isf(obrien_fleming(0.05, looks))
    expected = [constant * (looks / look) ** 0.5 for look in range(1, looks + 1)]
    assert bounds == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize(("looks", "constant"), [(2, 1.875), (4, 2.067), (10, 2.270)])
def test_the_even_bounds_are_the_published_ones(looks, constant):
    # Jennison and Turnbull 2000, table 2.1
    assert norm.isf(pocock(0.05, looks)) == pytest.approx([constant] * looks, abs=2e-3)


def test_of_one_look_it_is_alpha():
    assert (0.05,) == pytest.approx(obrien_fleming(0.05, 1), abs=1e-6)


def test_spending_by_quarters_is_the_published_one():
    # Lan and DeMets 1983, O'Brien and Fleming's kind, one-sided 0.025
    bounds = norm.isf(spending(0.025, (0.25, 0.5, 0.75, 1.0)))
    assert bounds == pytest.approx([4.333, 2.963, 2.359, 2.014], abs=3e-3)


@pytest.mark.parametrize("fractions", [(0.5, 1.0), (0.1, 0.15, 0.9)])
def test_all_that_is_spent_is_alpha(fractions):
    bounds = norm.isf(spending(0.05, fractions, lambda fraction: fraction))
    assert crossing(bounds, fractions) == pytest.approx(0.05 * fractions[-1], abs=1e-6)


@pytest.mark.parametrize("fractions", [(0.5, 0.4), (0.0, 1.0), (0.5, 1.5)])
def test_looks_go_forward_to_the_end(fractions):
    with pytest.raises(ValueError, match="must grow within 0 and 1"):
        spending(0.05, fractions)


def test_a_path_passes_its_bounds_as_often_as_told():
    source = np.random.default_rng(1)
    paths = source.standard_normal((100_000, 3)).cumsum(1) / np.sqrt([1, 2, 3])
    bounds = [2.5, 2.0, 1.8]
    assert (paths > bounds).any(1).mean() == pytest.approx(
        crossing(bounds, [1 / 3, 2 / 3, 1.0]), abs=0.0025
    )


def test_a_confidence_sequence_may_be_looked_at_after_every_row():
    source = np.random.default_rng(2)
    rows = np.arange(1, 2001)
    x = source.standard_normal((2000, 2000)).cumsum(1) / rows
    ends = np.array([confidence_sequence(0.0, 1 / n**0.5, n, 0.05, 500)[1] for n in rows])
    missed = (x[:, 20:] > ends[20:]).any(1).mean()
    assert 0.015 < missed < 0.055


def test_a_confidence_sequence_is_narrowest_where_it_was_planned():
    def width(planned):
        return confidence_sequence(0.0, 0.1, 400, 0.05, planned)[1]

    assert width(400) == pytest.approx(min(map(width, (50, 200, 400, 800, 3000))), rel=0.01)


RUNS, LOOKS, GROUPS = 200, 20, 32


@pytest.mark.parametrize("shares", [True, False])
def test_peeking_does_not_pass_what_is_worse_by_the_margin(shares):
    """Two labels, the second worse by just the margin, looked at after each 100 sessions of four.

    Sessions are kept as sums over 32 groups of them, as profiles of records are.
    """
    margin, wide, passed, naive = 0.05, mixture(0.05, 5000), 0, 0
    source = np.random.default_rng(11)
    way = independent.shares if shares else independent.means
    for _ in range(RUNS):
        sides = [growing(source, chance) for chance in (0.1, 0.1 + margin)]
        found = [way(*pair) for pair in zip(*sides, strict=True)]
        naive += any(one.ends(0.05)[1] < margin for one in found)
        passed += any(Repeated(one, wide).ends(0.05)[1] < margin for one in found)
    assert passed / RUNS <= 0.05 < naive / RUNS


def growing(source, chance, each=100):
    """A side at each look; something happens more often in some sessions than in others."""
    group = source.integers(0, GROUPS, each * LOOKS)
    happened = source.binomial(4, source.beta(20 * chance, 20 * (1 - chance), each * LOOKS))
    for n in range(each, each * LOOKS + 1, each):
        rows = np.bincount(group[:n], minlength=GROUPS) * 4.0
        yield Side(rows, np.bincount(group[:n], happened[:n], GROUPS))


def test_a_repeated_look_decides_in_the_end():
    source = np.random.default_rng(12)
    *_, last = (independent.shares(*pair) for pair in zip(
        growing(source, 0.1, 200), growing(source, 0.1, 200), strict=True
    ))  # fmt: skip
    assert Repeated(last, mixture(0.05, 5000)).ends(0.05)[1] < 0.05


@given(st.floats(0.001, 0.4), st.floats(-0.2, 0.2), st.integers(20, 100_000), st.floats(1e-4, 0.05))
def test_the_ends_of_repeated_looks_and_their_p_say_the_same(alpha, bound, rows, wide):
    inner = Student(About(rows, rows, 1.0, "t"), 0.0, 0.0, 1 / rows**0.5)
    one = Repeated(inner, wide)
    low, high = one.ends(alpha)
    plain = inner.ends(alpha)
    assert low <= plain[0] and plain[1] <= high
    for end, p in ((low - bound, one.above(bound)), (bound - high, one.below(bound))):
        if abs(end) > 1e-9:
            assert (end > 0) == (p < alpha)
