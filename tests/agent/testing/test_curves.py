"""Curves against scikit-learn, and intervals against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from tokenward.testing.curves import (
    Groups,
    average_precision,
    estimates,
    recall_at,
    roc_auc,
    threshold_at,
    wilson,
)
from tokenward.testing.report import NotMeasuredError

ROWS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()),
    min_size=2,
    max_size=60,
)
ALL = {"auc": roc_auc, "ap": average_precision, "recall": recall_at}


def grouped(rows):
    scores, labels = [row[0] for row in rows], [row[1] for row in rows]
    assume(any(labels) and not all(labels))
    return scores, labels, Groups.of(scores, labels)


@given(ROWS)
def test_auc_and_average_precision_are_those_of_scikit_learn(rows):
    scores, labels, groups = grouped(rows)
    counts = groups.positives, groups.negatives
    assert float(roc_auc(*counts)) == pytest.approx(roc_auc_score(labels, scores))
    assert float(average_precision(*counts)) == pytest.approx(
        average_precision_score(labels, scores)
    )


@given(ROWS)
def test_recall_is_the_best_point_of_the_roc_curve_with_at_most_1_percent_false_positives(rows):
    scores, labels, groups = grouped(rows)
    false, true, _ = roc_curve(labels, scores, drop_intermediate=False)
    best = max(t for f, t in zip(false, true, strict=True) if f <= 0.01)
    assert float(recall_at(groups.positives, groups.negatives)) == pytest.approx(best)


@given(ROWS)
def test_the_threshold_gives_the_recall(rows):
    scores, labels, groups = grouped(rows)
    threshold = threshold_at(groups)
    hits = [
        s
        for s, label in zip(scores, labels, strict=True)
        if label and threshold is not None and s >= threshold
    ]
    assert float(recall_at(groups.positives, groups.negatives)) == len(hits) / sum(labels)


def test_an_interval_holds_its_value_and_is_the_same_each_time():
    source = np.random.default_rng(3)
    labels = source.random(400) < 0.3
    scores = source.normal(size=400) + labels
    first, second = (estimates(Groups.of(scores, labels), ALL) for _ in range(2))
    assert first == second
    for estimate in first.values():
        assert estimate.low < estimate.value < estimate.high
        assert estimate.method == "bootstrap"


def test_the_interval_of_auc_covers_the_truth_about_as_often_as_it_says():
    source = np.random.default_rng(7)
    true = 0.76024993890652  # normal distributions one apart: the area is Phi(1 / sqrt(2))
    covered = 0
    for _ in range(60):
        labels = source.random(200) < 0.4
        scores = source.normal(size=200) + labels
        estimate = estimates(Groups.of(scores, labels), {"auc": roc_auc})["auc"]
        covered += estimate.low <= true <= estimate.high
    assert covered >= 52


def test_perfect_scores_do_not_get_an_interval_without_width():
    estimate = estimates(Groups.of([0.1] * 30 + [0.9] * 50, [False] * 30 + [True] * 50), ALL)["auc"]
    assert (1.0, 1.0, "wilson") == (estimate.value, estimate.high, estimate.method)
    assert estimate.low == pytest.approx(wilson(1.0, 30)[0])


@pytest.mark.parametrize(
    ("labels", "missing"), [([True] * 3, "negative"), ([False] * 3, "positive")]
)
def test_one_class_only_is_not_measured(labels, missing):
    with pytest.raises(NotMeasuredError, match=f"no {missing} row among 3"):
        Groups.of([0.1, 0.2, 0.3], labels)


def test_wilson_is_the_published_example():
    low, high = wilson(81 / 263, 263)  # Newcombe 1998, table I, method 3
    assert (0.2553, 0.3662) == (round(low, 4), round(high, 4))
