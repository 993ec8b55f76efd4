"""Curves against scikit-learn, and intervals against what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from tokenward.evaluation.curves import (
    average_precision,
    precision_points,
    recall_at,
    roc_auc,
    roc_points,
    threshold_at,
)
from tokenward.evaluation.groups import Groups
from tokenward.evaluation.measures import curves, of_slice, too_few
from tokenward.evaluation.resampled import estimates

ROWS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()),
    min_size=2,
    max_size=60,
)


def grouped(rows):
    scores, labels = [row[0] for row in rows], [row[1] for row in rows]
    assume(any(labels) and not all(labels))
    return scores, labels, Groups.of(scores, labels)


def two_normals(n, apart=1.0, seed=3, share=0.3):
    source = np.random.default_rng(seed)
    labels = source.random(n) < share
    return source.normal(size=n) + apart * labels, labels


@given(ROWS)
def test_auc_and_average_precision_are_those_of_scikit_learn(rows):
    scores, labels, groups = grouped(rows)
    counts = groups.positives, groups.negatives
    assert float(roc_auc(*counts)) == pytest.approx(roc_auc_score(labels, scores))
    assert float(average_precision(*counts)) == pytest.approx(
        average_precision_score(labels, scores)
    )


@given(ROWS, st.sampled_from([0.01, 0.05, 0.3]))
def test_recall_is_the_best_point_of_the_roc_curve_with_so_few_false_positives(rows, rate):
    scores, labels, groups = grouped(rows)
    false, true, _ = roc_curve(labels, scores, drop_intermediate=False)
    best = max(t for f, t in zip(false, true, strict=True) if f <= rate + 1e-12)
    assert float(recall_at(rate)(groups.positives, groups.negatives)) == pytest.approx(best)


@given(ROWS)
def test_the_threshold_gives_the_recall(rows):
    scores, labels, groups = grouped(rows)
    threshold = threshold_at(groups, 0.01)
    hits = [
        s
        for s, label in zip(scores, labels, strict=True)
        if label and threshold is not None and s >= threshold
    ]
    assert float(recall_at(0.01)(groups.positives, groups.negatives)) == len(hits) / sum(labels)


@given(ROWS)
def test_points_of_few_scores_are_all_of_scikit_learns(rows):
    scores, labels, groups = grouped(rows)
    false, true, _ = roc_curve(labels, scores, drop_intermediate=False)
    ours = [point[:2] for point in roc_points(groups)]
    assert np.array(ours) == pytest.approx(np.array(list(zip(false, true, strict=True))))
    precision, recall, thresholds = precision_recall_curve(labels, scores)
    theirs = list(zip(recall, precision, thresholds, strict=False))[::-1]
    for point in precision_points(groups):
        assert any(point == pytest.approx(one) for one in theirs)


def test_points_of_many_scores_are_few_and_lose_little_area():
    scores, labels = two_normals(20_000)
    groups = Groups.of(scores, labels)
    points = np.array([point[:2] for point in roc_points(groups)])
    assert len(points) <= 202
    assert points[-1] == pytest.approx([1.0, 1.0])
    assert points[0] == pytest.approx([0.0, 0.0])
    assert np.trapezoid(points[:, 1], points[:, 0]) == pytest.approx(
        roc_auc_score(labels, scores), abs=0.002
    )


def test_intervals_hold_their_values_and_are_the_same_each_time():
    scores, labels = two_normals(400)
    first, second = (curves(Groups.of(scores, labels), 0) for _ in range(2))
    assert first == second
    assert first != curves(Groups.of(scores, labels), 1)
    for name, one in first.items():
        assert one["low"] < one["value"] < one["high"]
        assert one["interval"] == ("delong" if name == "auc" else "bootstrap")


def test_the_interval_of_average_precision_covers_what_many_rows_show():
    scores, labels = two_normals(200_000, seed=9)
    groups = Groups.of(scores, labels)
    true = float(average_precision(groups.positives, groups.negatives))
    covered = 0
    for seed in range(60):
        source = np.random.default_rng(100 + seed)
        truths = np.arange(300) < 90
        some = Groups.of(source.normal(size=300) + truths, truths)
        one = estimates(some, 0, {"ap": average_precision})["ap"]
        covered += one.low <= true <= one.high
    assert covered >= 51


def test_perfect_scores_do_not_get_an_interval_without_width():
    one = curves(Groups.of([0.1] * 30 + [0.9] * 50, [False] * 30 + [True] * 50), 0)
    for name in ("auc", "average_precision", "recall_at_5pct_fpr"):
        assert (1.0, 1.0, "wilson") == (
            one[name]["value"], one[name]["high"], one[name]["interval"],
        )  # fmt: skip
        assert 0.8 < one[name]["low"] < 0.95


@pytest.mark.parametrize(
    ("labels", "missing"), [([True] * 3, "negative"), ([False] * 3, "positive")]
)
def test_one_class_only_is_not_measured(labels, missing):
    groups = Groups.of([0.1, 0.2, 0.3], labels)
    assert groups.lacks() == f"no {missing} row among 3; both classes are needed"
    assert set(curves(groups, 0).values()) == {None}
    assert too_few(groups) is None


def test_no_row_is_not_measured():
    groups = Groups.of([], [])
    assert groups.lacks() == "no row has the label"
    assert set(curves(groups, 0).values()) == {None}


def test_a_slice_says_when_it_is_small():
    scores, labels = two_normals(400)
    assert not of_slice(scores, labels, 0.5, 0)["small"]
    few = of_slice(scores[:40], labels[:40], 0.5, 0)
    assert few["small"]
    assert few["rows"] == 40 == few["positive"] + few["negative"]
    assert math.isclose(few["auc"]["value"], roc_auc_score(labels[:40], scores[:40]))
