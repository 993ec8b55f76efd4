"""Independent sides: intervals that miss as often as they say, from sums by cluster alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.statistics.independent import (
    Side,
    effect,
    means,
    quantile,
    quantiles,
    quotients,
    shares,
)

ALPHA = 0.05
RUNS = 800


def side(draw, clusters, size, spread, mean):
    """A side of normal rows whose clusters differ."""
    centers = mean + spread * draw.normal(size=clusters)
    rows = draw.normal(centers[:, None], 1.0, (clusters, size))
    return Side(np.full(clusters, float(size)), rows.sum(axis=1))


def coins(draw, clusters, size, share, alike):
    """A side of shares; ``alike`` is how much rows of a cluster correlate."""
    a, b = share * (1 / alike - 1), (1 - share) * (1 / alike - 1)
    chances = draw.beta(a, b, clusters)
    return Side(np.full(clusters, float(size)), draw.binomial(size, chances).astype(float))


def missed(found, truth):
    """How often the lower and the upper end miss the truth."""
    ends = np.array([one.ends(ALPHA) for one in found])
    return (ends[:, 0] > truth).mean(), (ends[:, 1] < truth).mean()


def test_means_miss_as_often_as_they_say():
    draw = np.random.default_rng(3)
    found = [means(side(draw, 32, 8, 0.5, 0.0), side(draw, 12, 5, 0.5, 0.3)) for _ in range(RUNS)]
    for miss in missed(found, 0.3):
        assert miss == pytest.approx(ALPHA, abs=4 * np.sqrt(ALPHA * 0.95 / RUNS))


def test_rows_taken_as_independent_would_miss_far_more_often():
    draw = np.random.default_rng(4)
    low = high = 0
    for _ in range(300):
        one, other = (side(draw, 32, 20, 1.0, 0.0) for _ in range(2))
        naive = 1.645 * np.sqrt(2 * 2.0 / 640)
        difference = other.mean - one.mean
        low += difference > naive
        high += difference < -naive
    assert (low + high) / 300 > 0.4


@pytest.mark.parametrize(("share", "alike"), [(0.02, 0.05), (0.3, 0.2), (0.5, 0.01)])
def test_shares_do_not_miss_more_often_than_they_say(share, alike):
    draw = np.random.default_rng(5)
    found = [
        shares(coins(draw, 32, 20, share, alike), coins(draw, 32, 10, share, alike))
        for _ in range(RUNS)
    ]
    assert max(missed(found, 0.0)) < 0.075


def test_quotients_miss_as_often_as_they_say():
    draw = np.random.default_rng(6)
    found = [
        quotients(side(draw, 32, 8, 0.5, 5.0), side(draw, 32, 8, 0.5, 6.0)) for _ in range(RUNS)
    ]
    for miss in missed(found, 0.2):
        assert miss == pytest.approx(ALPHA, abs=4 * np.sqrt(ALPHA * 0.95 / RUNS))


def test_a_quotient_of_nothing_is_unknown():
    never = Side(np.ones(10), np.zeros(10))
    found = quotients(never, never)
    assert (found.above(0.1), found.below(-0.1)) == (1.0, 1.0)
    assert found.about.warnings == ("a mean that is not above 0",)


def test_quantiles_miss_as_often_as_they_say():
    draw = np.random.default_rng(7)
    values = np.linspace(0.01, 8, 800)
    found = []
    for _ in range(400):
        sides = (draw.gamma(4.0, scale, 500) for scale in (0.2, 0.24))
        counts = [np.histogram(rows, np.append(0.0, values))[0].astype(float) for rows in sides]
        below = Side(np.ones(500), np.repeat([1.0, 0.0], [450, 50]))
        found.append(quantiles((below, counts[0]), (below, counts[1]), values, 0.9))
    assert max(missed(found, 0.2)) < 0.08
    assert sum(missed(found, 0.2)) > 0.03  # and are not wide for nothing


@given(st.integers(0, 10_000))
def test_sides_changed_round_are_a_mirror(seed):
    draw = np.random.default_rng(seed)
    one, other = coins(draw, 12, 9, 0.3, 0.1), coins(draw, 15, 7, 0.5, 0.1)
    for way in (means, shares):
        there, back = way(one, other), way(other, one)
        low, high = back.ends(ALPHA)
        assert (there.value, *there.ends(ALPHA)) == pytest.approx((-back.value, -high, -low))


@given(st.integers(0, 10_000), st.floats(0.001, 0.3))
def test_p_values_and_ends_say_the_same(seed, alpha):
    draw = np.random.default_rng(seed)
    one, other = coins(draw, 12, 9, 0.3, 0.1), coins(draw, 15, 7, 0.5, 0.1)
    for found in (means(one, other), shares(one, other)):
        low, high = found.ends(alpha)
        assert found.above(low) == pytest.approx(alpha, rel=1e-6)
        assert found.below(high) == pytest.approx(alpha, rel=1e-6)


@given(st.integers(0, 10_000))
def test_rows_alone_are_clusters_of_one(seed):
    draw = np.random.default_rng(seed)
    values = draw.normal(size=30)
    alone = Side(np.zeros(0), np.zeros(0), values, np.ones(30))
    single = Side(np.ones(30), values)
    assert alone.mean == pytest.approx(single.mean)
    assert alone.error == pytest.approx(single.error, rel=0.02)  # C / (C - 1) of 30 clusters


def test_rows_that_are_all_alike_in_a_cluster_count_as_one():
    same = Side(np.full(20, 50.0), np.array([50.0, 0.0] * 10))
    assert effect(same) == pytest.approx(50.0, rel=0.06)


def test_a_quantile_is_the_first_value_that_reaches_it():
    assert quantile(np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0]), 0.5) == 2.0
