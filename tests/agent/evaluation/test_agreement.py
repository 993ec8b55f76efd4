"""Agreement of spans: exact, overlapping, and its intervals."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.evaluation.agreement import Matches, agreement, exact, overlapping

SPANS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 5), st.sampled_from("AB")).map(
        lambda span: (span[0], span[0] + span[1], span[2])
    ),
    max_size=8,
)

TABLE = [
    ([], [], (0, 0, 0, 0), (0, 0, 0, 0)),
    ([(0, 4, "A")], [(0, 4, "A")], (1, 1, 1, 1), (1, 1, 1, 1)),
    ([(0, 4, "A")], [(0, 4, "B")], (1, 0, 1, 0), (1, 0, 1, 0)),
    ([(0, 4, "A")], [(4, 6, "A")], (1, 0, 1, 0), (1, 0, 1, 0)),
    ([(0, 4, "A")], [(3, 6, "A")], (1, 0, 1, 0), (1, 1, 1, 1)),
    ([(0, 9, "A")], [(0, 3, "A"), (4, 9, "A")], (1, 0, 2, 0), (1, 1, 2, 2)),
    ([(0, 2, "A"), (0, 2, "A")], [(0, 2, "A")], (1, 1, 1, 1), (1, 1, 1, 1)),
]


@pytest.mark.parametrize(("found", "labelled", "by_end", "by_overlap"), TABLE)
def test_spans_are_compared(found, labelled, by_end, by_overlap):
    assert Matches(*by_end) == exact(found, labelled)
    assert Matches(*by_overlap) == overlapping(found, labelled)


@given(SPANS, SPANS)
def test_what_agrees_exactly_overlaps_too(found, labelled):
    strict, loose = exact(found, labelled), overlapping(found, labelled)
    assert strict.found_right <= loose.found_right <= loose.found
    assert strict.labelled_found <= loose.labelled_found <= loose.labelled


@given(SPANS.filter(len))
def test_the_same_spans_agree_fully(spans):
    result = agreement(Counter([exact(spans, spans)] * 3))
    assert (1.0, 1.0, 1.0) == (result.precision.value, result.recall.value, result.f1.value)
    assert result.f1.low < 1.0


def test_rates_are_over_all_rows():
    result = agreement(Counter([Matches(4, 3, 5, 3), Matches(0, 0, 5, 0), Matches(2, 0, 0, 0)]))
    assert (0.5, 0.3) == (result.precision.value, result.recall.value)
    assert result.f1.value == pytest.approx(2 * 3 / (6 + 10))
    assert (6, 10) == (result.found, result.labelled)


def test_nothing_found_has_no_precision_and_recall_0():
    result = agreement(Counter([Matches(0, 0, 3, 0)] * 10))
    assert result.precision is None
    assert (0.0, 0.0) == (result.recall.value, result.f1.value)


def test_nothing_labelled_is_not_measured():
    assert agreement(Counter([Matches(1, 0, 0, 0)] * 2)) is None
    assert agreement(Counter()) is None


def test_the_interval_of_f1_is_that_of_resampled_rows():
    rows = [Matches(1, 1, 1, 1)] * 60 + [Matches(2, 1, 1, 1)] * 30 + [Matches(0, 0, 1, 0)] * 10
    result = agreement(Counter(rows))
    source = np.random.default_rng(7)
    counts = np.array(rows, dtype=float)
    drawn = []
    for _ in range(3000):
        found, right, labelled, hit = counts[source.integers(0, 100, 100)].sum(0)
        precision, recall = right / found, hit / labelled
        drawn.append(2 * precision * recall / (precision + recall))
    assert (result.f1.low, result.f1.high) == pytest.approx(
        tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.012
    )
