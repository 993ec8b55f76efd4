"""Shares and differences of shares: published values, an outside implementation, coverage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tokenward.statistics.means import power_mean
from tokenward.statistics.shares import mcnemar, newcombe, paired, wilson

COUNTS = st.integers(0, 40)


def test_wilson_is_the_published_example():
    low, high = wilson(81 / 263, 263)  # Newcombe 1998, table I, method 3
    assert (0.2553, 0.3662) == (round(low, 4), round(high, 4))


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_is_that_of_scipy(part, n):
    part = min(part, n)
    theirs = stats.binomtest(part, n).proportion_ci(method="wilson")
    assert wilson(part / n, n) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_wilson_of_no_row_is_everything():
    assert wilson(0.0, 0) == (0.0, 1.0)


def test_newcombe_is_the_published_example():
    low, high = newcombe(56 / 70, 70, 48 / 80, 80)  # Newcombe 1998, table II, (a), method 10
    assert (0.0524, 0.3339) == (round(low, 4), round(high, 4))


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_a_paired_interval_holds_its_difference_and_turns_with_the_sides(both, one, other, none):
    low, high = paired(both, one, other, none)
    n = both + one + other + none
    difference = (one - other) / n if n else 0.0
    assert -1.0 - 1e-9 <= low <= difference + 1e-9
    assert difference - 1e-9 <= high <= 1.0 + 1e-9
    assert paired(both, other, one, none) == pytest.approx((-high, -low), abs=1e-9)


def test_the_paired_interval_is_the_published_example():
    low, high = paired(36, 12, 2, 0)  # Newcombe 1998, paired data, method 10
    assert (0.0569, 0.3404) == (round(low, 4), round(high, 4))


def test_rows_that_agree_make_the_interval_narrower_than_strangers_would():
    low, high = paired(800, 60, 40, 100)
    stranger_low, stranger_high = newcombe(0.86, 1000, 0.84, 1000)
    assert high - low < stranger_high - stranger_low


def test_the_paired_interval_covers_the_truth_about_as_often_as_it_says():
    source = np.random.default_rng(5)
    shares = [0.6, 0.15, 0.05, 0.2]
    covered = 0
    for counts in source.multinomial(60, shares, 400):
        low, high = paired(*map(int, counts))
        covered += low <= 0.1 <= high
    assert 0.925 <= covered / 400 <= 0.985


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_is_the_exact_test_less_half_of_what_was_seen(first, second):
    n = first + second
    if not n:
        assert mcnemar(first, second) == 1.0
        return
    exact = 2 * stats.binom.cdf(min(first, second), n, 0.5)
    expected = min(1.0, exact - stats.binom.pmf(first, n, 0.5))
    assert mcnemar(first, second) == pytest.approx(expected, abs=1e-9)


def test_mcnemar_of_very_many_rows_is_a_number():
    assert 0.0 <= mcnemar(400_000, 401_000) < 0.5


def test_a_power_mean_is_near_the_worst():
    assert power_mean([0.5, 0.5]) == pytest.approx(0.5)
    assert 0.3 < power_mean([0.3, 0.99, 0.99, 0.99]) < 0.45
    assert power_mean([0.0, 1.0]) == 0.0
