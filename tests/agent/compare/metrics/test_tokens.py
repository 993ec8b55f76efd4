"""Figures over tokens: tails with intervals, positions, entropies."""

import numpy as np
import pytest

from tokenward.compare.metrics.tokens import BINS, POSITIONS, by_entropy, positions, resampled


def test_long_continuations_are_told_by_stretches():
    source = np.random.default_rng(1)
    rows = [tuple(source.exponential(1, size)) for size in (100, 70, 3)]
    told = positions(rows)

    assert len(told) <= POSITIONS
    assert sum(row["n"] for row in told) == 173
    whole = sum(row["n"] * row["value"] for row in told)
    assert whole == pytest.approx(sum(map(sum, rows)))


def test_bins_of_entropy_hold_all_tokens_once():
    source = np.random.default_rng(2)
    entropy = source.exponential(1, 1000)
    agree = (entropy < 1).astype(float)
    told = by_entropy(entropy, agree)

    assert sum(row["n"] for row in told) == 1000
    assert len(told) == BINS
    assert [row["low"] for row in told[1:]] == [row["high"] for row in told[:-1]]
    assert told[0]["value"] == 1
    assert told[-1]["value"] == 0


def test_a_single_entropy_is_one_bin():
    assert [row["n"] for row in by_entropy(np.zeros(5), np.ones(5))] == [5]


def test_an_interval_of_a_percentile_covers_it_as_often_as_it_says():
    source = np.random.default_rng(3)
    place = np.repeat(np.arange(60), 20)
    truth, covered = np.quantile(source.lognormal(0, 1, 400_000), 0.9), 0
    for _ in range(60):
        ((low, high),) = resampled(source.lognormal(0, 1, len(place)), place, [90])
        covered += low <= truth <= high

    assert covered >= 52


def test_tokens_of_a_cluster_are_drawn_together():
    source = np.random.default_rng(4)
    each = source.lognormal(0, 1, 60)
    values = np.repeat(each, 20)
    alone, together = (
        resampled(values, place, [50])[0]
        for place in (np.arange(1200), np.repeat(np.arange(60), 20))
    )

    assert together[1] - together[0] > 2 * (alone[1] - alone[0])
