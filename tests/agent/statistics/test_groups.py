"""Groups side by side: gaps, and intervals that hold for all."""

from __future__ import annotations

import numpy as np
import pytest

from tokenward.statistics.groups import gaps, means
from tokenward.statistics.tails import tails


def test_a_gap_is_to_the_mean_of_all_others():
    found = gaps(np.array([1.0, 3.0, 0.0, 2.0, 4.0]), list("aabbc"))
    assert [("a", 2, 0.0), ("b", 2, pytest.approx(-5 / 3)), ("c", 1, 2.5)] == [
        (gap.group, gap.n, gap.value) for gap in found
    ]


def test_one_group_is_apart_from_nobody():
    assert gaps(np.ones(4), ["a"] * 4) == []


def test_without_noise_a_gap_has_no_width():
    first, _ = gaps(np.array([1.0, 1.0, 0.0, 0.0]), list("aabb"))
    assert (first.low, first.high, first.p) == (1.0, 1.0, 0.0)


def test_all_intervals_hold_together_about_as_often_as_told():
    source = np.random.default_rng(1)
    groups, clusters = list("abcdef") * 40, np.repeat(np.arange(40), 6)
    missed = 0
    for _ in range(300):
        x = source.normal(size=240) + np.repeat(source.normal(size=40), 6)
        missed += any(not gap.low < 0 < gap.high for gap in gaps(x, groups, clusters, 0.05))
    assert 0.06 <= missed / 300 <= 0.15  # 5 % beyond each end


def test_parts_with_other_rows_are_taken_together():
    source = np.random.default_rng(2)
    x, y = source.normal(size=50), source.normal(2, 1, 40)
    one, other = means([("a", x, [str(at) for at in range(50)]),
                        ("b", y, [str(at) for at in range(40)])])  # fmt: skip
    assert (one.value, other.value) == pytest.approx((x.mean(), y.mean()))
    assert other.q < 0.01
    assert means([]) == []


def test_a_percentile_lies_in_its_interval_and_clusters_make_it_wider():
    source = np.random.default_rng(3)
    values = np.repeat(source.lognormal(size=60), 20) * source.lognormal(0, 0.1, 1200)
    clustered = tails(values, np.repeat(np.arange(60), 20))
    free = tails(values)
    for tail in clustered:
        assert tail.low <= tail.value <= tail.high
    assert clustered[0].high - clustered[0].low > free[0].high - free[0].low
    assert clustered[-1].value == values.max()


def test_a_group_of_one_cluster_does_not_tell_how_much_it_varies():
    source = np.random.default_rng(4)
    x, groups = source.normal(size=30), ["a"] * 6 + ["b"] * 12 + ["c"] * 12
    clusters = [0] * 6 + [1 + at // 3 for at in range(24)]
    lonely, *others = gaps(x, groups, clusters)
    alone, *_ = means([("a", x[:6], ["k"] * 6), ("b", x[6:], [f"k{at}" for at in range(24)])])
    for gap in (lonely, alone):
        assert np.isnan([gap.low, gap.high, gap.p, gap.q]).all()
    assert lonely.value == pytest.approx(x[:6].mean() - x[6:].mean())
    assert all(gap.low < gap.value < gap.high for gap in others)


def test_nothing_is_told_of_a_group_whose_others_are_one_cluster():
    found = gaps(np.arange(8.0), list("aaaabbbb"), [0, 1, 2, 3, 4, 4, 4, 4])
    assert np.isnan([gap.high for gap in found]).all()
