"""Tango's interval: published values, an outside implementation, mirrors, and its ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.stats.contingency_tables import mcnemar

from tokenward.statistics.tango import bonett_price, laplace, score, tango

Z = float(norm.ppf(0.975))
COUNTS = st.floats(0, 40)


@pytest.mark.parametrize(
    ("worse", "better", "n", "ends", "digits"),
    [
        (1, 7, 21, (-0.517, -0.026), 3),  # Bentur et al. in Fagerland, Lydersen and Laake 2014
        (6, 16, 161, (-0.1240, -0.0054), 4),  # Cavo et al. in the same authors' book of 2017
    ],
)
def test_the_interval_is_the_published_one(worse, better, n, ends, digits):
    assert ends == tuple(round(end, digits) for end in tango(worse, better, n, Z))


def test_bonett_and_prices_interval_is_the_published_one():
    low, high = bonett_price(1, 7, 21, Z)  # Bentur et al. in Fagerland, Lydersen and Laake 2014
    assert (-0.508, -0.013) == (round(float(low), 3), round(float(high), 3))


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 500))
def test_against_no_difference_it_is_mcnemars_statistic(worse, better, more):
    n = worse + better + more
    table = [[more, worse], [better, 0]]
    theirs = mcnemar(table, exact=False, correction=False).statistic if worse + better else 0.0
    assert float(score(worse, better, n, 0.0)) ** 2 == pytest.approx(theirs)


@given(COUNTS, COUNTS, st.floats(0.5, 500), st.floats(0.5, 5))
def test_both_ends_are_as_many_errors_away_and_turn_with_the_sides(worse, better, rest, quantile):
    n = worse + better + rest
    low, high = tango(worse, better, n, quantile)
    assert -1 <= low <= (worse - better) / n <= high <= 1
    assert float(score(worse, better, n, low)) == pytest.approx(quantile, abs=1e-6)
    assert float(score(worse, better, n, high)) == pytest.approx(-quantile, abs=1e-6)
    assert tango(better, worse, n, quantile) == pytest.approx((-high, -low), abs=1e-9)


def test_of_no_change_the_upper_end_is_that_of_a_share_of_nothing():
    low, high = tango(0, 0, 100, 1.645)
    assert (-high, 1.645**2 / (100 + 1.645**2)) == pytest.approx((low, high))


def test_where_all_rows_change_the_outer_end_is_the_limit():
    assert tango(5, 0, 5, 1.645)[1] == 1.0
    assert tango(0, 5, 5, 1.645)[0] == -1.0


def test_of_arrays_a_score_is_that_of_each():
    worse, better = np.array([0.0, 3.0, 0.0]), np.array([2.0, 2.5, 0.0])
    each = [float(score(*pair, 50, 0.1)) for pair in zip(worse, better, strict=True)]
    assert each == pytest.approx(score(worse, better, 50, 0.1))


def test_a_difference_that_cannot_be_is_infinitely_far():
    assert float(score(0, 0, 50, 1.0)) == -np.inf
    assert float(score(0, 0, 50, 0.0)) == 0.0


def test_a_row_more_each_way_is_a_row_more_each_way():
    x = np.array([1.0] * 4 + [-1.0] * 2 + [0.0] * 46)
    center, error = laplace(3, 1, 50)
    assert (x.mean(), x.std() / 52**0.5) == pytest.approx((float(center), float(error)))
