"""Two detectors on the same rows."""

from __future__ import annotations

import numpy as np
import pytest

from tokenward.evaluation.groups import Groups
from tokenward.evaluation.paired import at_thresholds, differences
from tokenward.statistics.shares import mcnemar, paired


def drawn(seed, n, gain=0.0):
    source = np.random.default_rng(seed)
    truths = source.random(n) < 0.4
    common = source.normal(size=n)
    first = common + 0.4 * source.normal(size=n) + (1.0 + gain) * truths
    return first, common + 0.4 * source.normal(size=n) + truths, truths


def test_a_better_detector_is_found_better_in_every_measure():
    first, second, truths = drawn(1, 2000, gain=1.0)
    found = differences((Groups.of(first, truths), Groups.of(second, truths)), truths, 0)
    assert {"auc", "average_precision", "recall_at_1pct_fpr", "recall_at_5pct_fpr"} == set(found)
    for one in found.values():
        assert 0 < one["low"] < one["value"] < one["high"]
    assert found["auc"]["p_value"] < 1e-6
    back = differences((Groups.of(second, truths), Groups.of(first, truths)), truths, 0)
    assert back["auc"]["value"] == pytest.approx(-found["auc"]["value"])


def test_intervals_of_like_detectors_hold_0_about_as_often_as_they_say():
    held = []
    for seed in range(25):
        first, second, truths = drawn(seed, 150)
        sides = Groups.of(first, truths), Groups.of(second, truths)
        one = differences(sides, truths, 0)["average_precision"]
        held.append(one["low"] <= 0 <= one["high"])
    assert sum(held) >= 21


def test_the_same_scores_differ_by_nothing_at_all():
    first, _, truths = drawn(1, 100)
    groups = Groups.of(first, truths)
    for one in differences((groups, groups), truths, 0).values():
        assert (0.0, 0.0, 0.0) == (one["value"], one["low"], one["high"])


def test_differences_at_thresholds_are_of_the_rows_on_which_they_disagree():
    truths = np.array([True] * 6 + [False] * 4)
    first = np.array([0.9, 0.9, 0.9, 0.9, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1])
    second = np.array([0.9, 0.1, 0.1, 0.1, 0.9, 0.1, 0.9, 0.9, 0.1, 0.1])
    found = at_thresholds((first, second), truths, (0.5, 0.5))
    assert (3, 1) == (found["recall"]["only_first"], found["recall"]["only_second"])
    assert found["recall"]["value"] == pytest.approx(2 / 6)
    assert (found["recall"]["low"], found["recall"]["high"]) == paired(1, 3, 1, 1)
    assert found["recall"]["p_value"] == mcnemar(3, 1)
    assert found["false_positive_rate"]["value"] == pytest.approx(-1 / 4)
    assert None is at_thresholds((first, second), truths & False, (0.5, 0.5))["recall"]
