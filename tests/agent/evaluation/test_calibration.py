"""Calibration: bins of as many rows, an error that is right, and what chance shows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.evaluation.calibration import calibration
from tokenward.evaluation.groups import Groups


def drawn(n, bend=1.0, seed=0):
    source = np.random.default_rng(seed)
    scores = source.random(n)
    return Groups.of(scores, source.random(n) < scores**bend)


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0]), st.booleans()),
        min_size=1,
        max_size=80,
    ),
    st.integers(1, 8),
)
def test_bins_hold_every_row_once_and_the_error_is_theirs(rows, bins):
    groups = Groups.of([row[0] for row in rows], [row[1] for row in rows])
    found = calibration(groups, 0, bins)
    assert 1 <= len(found["bins"]) <= bins
    assert sum(one["rows"] for one in found["bins"]) == len(rows)
    error = sum(one["rows"] * abs(one["share"] - one["mean_score"]) for one in found["bins"])
    assert found["expected_calibration_error"] == pytest.approx(error / len(rows))
    edges = [edge for one in found["bins"] for edge in (one["from"], one["to"])]
    assert edges == sorted(edges)
    assert found["brier_score"] == pytest.approx(np.mean([(s - t) ** 2 for s, t in rows]))


def test_bins_are_of_about_as_many_rows():
    sizes = [one["rows"] for one in calibration(drawn(3000), 0, 15)["bins"]]
    assert (15, 200, 200) == (len(sizes), min(sizes), max(sizes))


def test_an_error_by_hand():
    groups = Groups.of([0.8] * 5 + [0.2] * 5, [True] * 4 + [False] + [True] * 2 + [False] * 3)
    found = calibration(groups, 0, 2)
    assert found["expected_calibration_error"] == pytest.approx(0.5 * 0.0 + 0.5 * 0.2)


def test_perfect_scores_stay_below_what_chance_shows_19_times_in_20():
    below = [
        one["expected_calibration_error"] <= one["by_chance"]
        for one in (calibration(drawn(400, seed=seed), seed) for seed in range(60))
    ]
    assert np.mean(below) >= 0.86
    bent = calibration(drawn(400, bend=3.0), 0)
    assert bent["expected_calibration_error"] > 2 * bent["by_chance"]
