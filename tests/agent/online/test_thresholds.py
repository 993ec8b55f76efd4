"""The table of thresholds, and what is made of it."""

from __future__ import annotations

import math

import pytest
from scipy.stats import chi2

from tokenward.online.thresholds import chi_squared_bound, rank_height, rate_design

GREAT = 1e7


@pytest.mark.parametrize(("slack", "height", "points"), [(0.25, 19, 218_600), (0.1, 41, 214_200)])
def test_a_perfect_reference_has_the_thresholds_of_theory(slack, height, points):
    """Siegmund 1985: the mean time to an alarm, on one side, of sums with this slack and height."""
    shifted = height + 1.166
    mean = (math.exp(2 * slack * shifted) - 1 - 2 * slack * shifted) / (2 * slack**2)
    assert mean == pytest.approx(points, rel=0.13)
    assert rank_height(slack, GREAT, points / 1000, 0.001) == pytest.approx(height, rel=0.01)


@pytest.mark.parametrize("slack", [0.25, 0.1])
def test_a_small_reference_needs_a_higher_threshold(slack):
    heights = [rank_height(slack, rows, 50_000, 0.02) for rows in (2_000, 10_000, 50_000, GREAT)]
    assert sorted(heights, reverse=True) == heights
    assert heights[0] > heights[-1] * 1.03


@pytest.mark.parametrize("slack", [0.25, 0.1])
def test_fewer_false_alarms_need_a_higher_threshold(slack):
    heights = [rank_height(slack, 10_000, 100_000, alarms) for alarms in (0.2, 0.05, 0.01)]
    assert sorted(heights) == heights


@pytest.mark.parametrize(
    ("slack", "rows", "points", "alarms"),
    [(0.25, 499, 1_000, 0.1), (0.1, 600, 1e9, 0.001), (0.25, 1e7, 1e14, 1e-6)],
)
def test_there_is_none_where_no_height_of_the_table_will_do(slack, rows, points, alarms):
    assert rank_height(slack, rows, points, alarms) is None


def test_beyond_the_largest_reference_thresholds_stay():
    assert rank_height(0.25, 1e9, 1e5, 0.01) == rank_height(0.25, GREAT, 1e5, 0.01)


def test_a_rate_is_watched_for_twice_its_odds():
    design = rate_design(20_000, 1_000_000, 1e5, 0.05)
    odds = design.worse / (1 - design.worse) / (design.share / (1 - design.share))
    assert odds == pytest.approx(2.0)
    assert design.share == pytest.approx(0.02, rel=0.02)
    assert design.up > 0 > -design.down


def test_what_hardly_occurred_is_watched_for_much_more():
    design = rate_design(0, 10_000, 1e5, 0.05)
    assert design.worse / design.share == pytest.approx(8.0, rel=0.01)


def test_the_luck_of_a_rate_counts():
    """The same share, of fewer rows, is watched as a larger one or with a higher threshold."""
    few, many = rate_design(40, 2_000, 1e5, 0.05), rate_design(4_000, 200_000, 1e5, 0.05)
    assert few.share > many.share
    mean = 0.02
    ways = [
        1 - 2 * math.log(mean / one.share) / math.log(one.worse / one.share) for one in (few, many)
    ]
    assert few.height * ways[0] > many.height * ways[1]


@pytest.mark.parametrize(("events", "rows"), [(10, 10), (0, 1), (0, 0), (11, 10)])
def test_what_always_occurs_cannot_become_more(events, rows):
    assert rate_design(events, rows, 1e5, 0.05) is None


@pytest.mark.parametrize("cells", [2, 3, 4, 9, 40])
@pytest.mark.parametrize("chance", [0.4, 0.01, 1e-5, 1e-9])
def test_the_bound_of_chi_squared(cells, chance):
    assert chi_squared_bound(cells, chance) == pytest.approx(chi2.isf(chance, cells - 1), rel=1e-6)
