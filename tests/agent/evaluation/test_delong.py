"""DeLong's errors: against all pairs, and intervals against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tokenward.evaluation.delong import auc, auc_difference
from tokenward.evaluation.groups import Groups

TRUE = 0.76024993890652
"""The area under two normal distributions that are one apart: Phi(1 / sqrt(2))."""
ROWS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.booleans()), min_size=6, max_size=40
)


def by_pairs(first, second, truths):
    """The covariance matrix of two AUCs as the paper defines it, pair by pair."""
    means, parts = [], {True: [], False: []}
    for scores in (first, second):
        positives, negatives = scores[truths], scores[~truths]
        kernel = (positives[:, None] > negatives) + 0.5 * (positives[:, None] == negatives)
        means.append(kernel.mean())
        parts[True].append(kernel.mean(1))
        parts[False].append(kernel.mean(0))
    matrix = sum(np.cov(np.array(some), ddof=1) / len(some[0]) for some in parts.values())
    return means, matrix


@given(ROWS)
def test_the_error_is_that_of_all_pairs(rows):
    first, second, truths = (np.array(column) for column in zip(*rows, strict=True))
    assume(1 < truths.sum() < len(truths) - 1)
    means, matrix = by_pairs(first.astype(float), second.astype(float), truths)
    one, other = Groups.of(first, truths), Groups.of(second, truths)
    assert auc(one).value == pytest.approx(means[0])
    found = auc_difference(one, other, truths)
    variance = matrix[0, 0] + matrix[1, 1] - 2 * matrix[0, 1]
    assert found.value == pytest.approx(means[0] - means[1])
    wide = 1.959963984540054 * np.sqrt(max(0.0, variance))
    assert found.low == pytest.approx(max(-1.0, found.value - wide), abs=1e-6)
    assert found.high == pytest.approx(min(1.0, found.value + wide), abs=1e-6)


def drawn(seed, n=200, apart=1.0):
    source = np.random.default_rng(seed)
    truths = source.random(n) < 0.4
    common = source.normal(size=n)
    first = common + 0.3 * source.normal(size=n) + apart * truths
    second = common + 0.3 * source.normal(size=n) + apart * truths
    return first, second, truths


def test_the_interval_of_auc_covers_the_truth_about_as_often_as_it_says():
    covered = 0
    for seed in range(300):
        source = np.random.default_rng(seed)
        truths = source.random(120) < 0.4
        found = auc(Groups.of(source.normal(size=120) + truths, truths))
        assert 0.0 < found.low < found.high < 1.0
        covered += found.low <= TRUE <= found.high
    assert 0.92 <= covered / 300 <= 0.98


def test_two_detectors_that_are_alike_differ_by_chance_as_often_as_the_test_says():
    found = []
    for seed in range(300):
        first, second, truths = drawn(seed)
        found.append(auc_difference(Groups.of(first, truths), Groups.of(second, truths), truths))
    assert 0.02 <= np.mean([one.p_value < 0.05 for one in found]) <= 0.085
    assert all((one.p_value < 0.05) == (one.low > 0 or one.high < 0) for one in found)


def test_the_paired_interval_is_narrower_than_that_of_strangers():
    first, second, truths = drawn(1, 400)
    one, other = Groups.of(first, truths), Groups.of(second, truths)
    found = auc_difference(one, other, truths)
    stranger = np.hypot(auc(one).high - auc(one).low, auc(other).high - auc(other).low)
    assert found.high - found.low < 0.6 * stranger


def test_the_same_scores_differ_by_nothing():
    first, _, truths = drawn(1)
    groups = Groups.of(first, truths)
    found = auc_difference(groups, groups, truths)
    assert (0.0, 0.0, 0.0, 1.0) == (found.value, found.low, found.high, found.p_value)


def test_a_class_of_one_row_has_wilsons_interval_and_no_difference():
    groups = Groups.of([0.9, 0.95, 0.2, 0.1], [True, False, False, False])
    assert "wilson" == auc(groups).method
    assert auc_difference(groups, groups, np.array([True, False, False, False])) is None
