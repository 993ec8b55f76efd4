"""Plans: what they promise is what exact enumeration finds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.statistics.clustered import alone, difference
from tokenward.statistics.planning import (
    changes,
    detectable,
    floor,
    for_each,
    needed,
    passing,
    passing_flips,
    unseen,
)

SHARES = (0.0, 1e-6, 0.01, 0.2, 0.5)


@given(st.floats(0.005, 0.5), st.floats(0.005, 0.2))
def test_a_floor_is_the_first_number_of_rows_that_can_keep_a_margin(margin, alpha):
    rows = floor(margin, alpha)
    assert difference(np.zeros(rows), None, alpha, "binary").high < margin
    assert unseen(rows - 1, alpha) >= margin


@given(st.integers(2, 500), st.floats(0.005, 0.2))
def test_what_was_not_seen_is_the_upper_end_without_any_change(rows, alpha):
    nothing = np.zeros(rows)
    assert [difference(nothing, None, alpha, kind).high for kind in ("binary", "bounded")] == (
        pytest.approx([unseen(rows, alpha), min(1.0, unseen(rows, alpha, "bounded"))])
    )
    ends = [alone(nothing, None, kind).ends(alpha)[1] for kind in ("binary", "bounded")]
    assert ends == pytest.approx([unseen(rows, alpha), min(1.0, unseen(rows, alpha, "alone"))])


@pytest.mark.parametrize(("margin", "rows"), [(0.05, 52), (0.02, 133), (0.01, 268)])
def test_a_floor_is_about_the_published_one(margin, rows):
    assert rows <= floor(margin) <= rows + 3  # theirs are of normal quantiles


@pytest.mark.parametrize("margin", [0.0, 1.0, -0.1])
def test_no_number_of_rows_keeps_such_a_margin(margin):
    with pytest.raises(ValueError, match="between 0 and 1"):
        floor(margin)


@pytest.mark.parametrize(("flips", "margin", "power"), [(0.05, 0.02, 0.8), (0.1, 0.05, 0.9)])
def test_the_needed_rows_have_the_power_that_was_asked_for(flips, margin, power):
    rows = needed(math.sqrt(flips), 0.0, margin, 0.05, power)
    assert passing_flips(rows, flips, 0.0, margin) == pytest.approx(power, abs=0.03)


def test_more_gated_metrics_need_more_power_each():
    assert for_each(0.8, 4) ** 4 == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("difference", [0.02, 0.02 - 1e-9])
def test_a_truth_at_the_margin_is_never_told_from_it(difference):
    assert needed(0.2, difference, 0.02, 0.05, 0.8) is None


def test_what_is_detectable_is_detected_with_the_power():
    error = 0.01
    least = detectable(error, 0.05, 0.8)
    assert passing(np.array([400.0]), 0.2, 0.0, least)[0] == pytest.approx(0.8, abs=0.005)


def test_the_chance_to_pass_grows_with_rows_and_is_about_the_exact_one():
    rows = np.array([200.0, 500.0, 1500.0])
    chance = passing(rows, math.sqrt(0.05), 0.0, 0.02)
    exact = [passing_flips(int(each), 0.05, 0.0, 0.02) for each in rows]
    assert (np.diff(chance) > 0).all()
    assert chance == pytest.approx(np.array(exact), abs=0.04)


def test_without_spread_it_passes_or_does_not():
    assert [1.0, 0.0] == [passing(np.array([9.0]), 0.0, by, 0.1)[0] for by in (0.0, 0.2)]


@given(st.integers(1, 400), st.sampled_from(SHARES), st.sampled_from(SHARES))
def test_counts_have_the_chances_of_a_multinomial(rows, worse, better):
    b, c, chance = changes(rows, worse, better)
    assert float(chance.sum()) == pytest.approx(1.0, abs=1e-6)
    assert float((chance * c).sum()) == pytest.approx(rows * better, abs=1e-4)
    assert chance.shape == (b.size, c.size)
