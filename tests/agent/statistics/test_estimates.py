"""Estimates: intervals that hold their value, resamples that keep the number of rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tokenward.statistics.estimates import Estimate, normal_p
from tokenward.statistics.resampling import resample
from tokenward.statistics.shares import wilson


@given(st.floats(0.001, 0.999), st.floats(1e-6, 2.0))
def test_an_interval_on_the_logit_scale_holds_its_value_and_stays_within_0_and_1(value, error):
    made = Estimate.on_logit_scale(value, error, 50, "delong")
    assert 0.0 <= made.low <= value <= made.high <= 1.0


def test_the_logit_scale_is_that_of_the_delta_method():
    made = Estimate.on_logit_scale(0.8, 0.05, 50, "delong")
    logit = np.log(4) + np.array([-1, 1]) * stats.norm.ppf(0.975) * 0.05 / 0.16
    assert (made.low, made.high) == pytest.approx(tuple(1 / (1 + np.exp(-logit))))


@pytest.mark.parametrize(("value", "error"), [(1.0, 0.1), (0.0, 0.1), (0.5, 0.0)])
def test_where_there_is_no_error_to_go_by_it_is_wilsons(value, error):
    made = Estimate.on_logit_scale(value, error, 30, "delong")
    assert ((made.low, made.high), "wilson") == (wilson(value, 30), made.method)


def test_a_share_of_nothing_is_none():
    assert Estimate.share(0, 0) is None


@pytest.mark.parametrize("counts", [[3, 0, 7], [500, 1, 0, 30], [1] * 50])
def test_resamples_have_as_many_rows_and_the_shares_of_the_rows(counts):
    counts = np.array(counts)
    drawn = resample(np.random.default_rng(1), counts, 2000)
    assert set(drawn.sum(-1)) == {counts.sum()}
    assert drawn.mean(0) == pytest.approx(counts, abs=0.15 * np.sqrt(counts.max()) + 0.05)
    assert not drawn[:, counts == 0].any()


def test_resamples_of_nothing_are_nothing():
    assert not resample(np.random.default_rng(1), np.array([0, 0]), 3).any()


def test_a_p_value_is_that_of_the_normal_distribution():
    assert normal_p(1.3, 0.7) == pytest.approx(2 * stats.norm.sf(1.3 / 0.7))
    assert (normal_p(0.0, 0.0), normal_p(0.1, 0.0)) == (1.0, 0.0)
