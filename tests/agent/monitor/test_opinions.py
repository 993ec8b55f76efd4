from __future__ import annotations

from dataclasses import replace

import pytest

from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report

PERIODS = Periods(Period(0.0, 1000.0), Period(1000.0, 2000.0))


def rated(store, rows, name, values):
    for row, value in zip(rows, values, strict=True):
        store.feedback.give(row.decision_id, value, name)


def column(report, name):
    return next((one for one in report.columns if one.column == name), None)


@pytest.fixture
def rows(store, make_traffic):
    before = make_traffic(200, 0.0, 1000.0, seed=1)
    after = make_traffic(200, 1000.0, 1000.0, seed=2)
    store.append([*before, *after])
    return before, after


def test_good_and_bad_are_a_rate_that_may_drift(store, rows):
    before, after = rows
    rated(store, before, "rating", ["bad" if number % 20 == 0 else "good" for number in range(200)])
    rated(store, after, "rating", ["bad" if number % 2 == 0 else "good" for number in range(200)])
    one = column(make_report(store, PERIODS), "feedback.rating")

    assert ("rate", 200, 200, True) == (
        one.kind, one.n_reference, one.n_current, one.drift_detected
    )  # fmt: skip
    assert ("95 %", "50 %") == (one.was, one.became)


def test_other_values_are_a_number_and_few_are_too_few(store, rows):
    before, after = rows
    rated(store, before, "stars", [float(number % 5 + 1) for number in range(200)])
    rated(store, after[:30], "stars", [1.0] * 30)
    one = column(make_report(store, PERIODS), "feedback.stars")

    assert ("number", 200, 30, None) == (one.kind, one.n_reference, one.n_current, one.statistic)
    assert one.note.startswith("too few rows")


def test_what_nobody_said_anything_about_is_no_column(store, rows):
    assert column(make_report(store, PERIODS), "feedback.rating") is None


def test_feedback_counts_with_the_weight_of_its_record_and_by_its_model_label(store, make_traffic):
    rows = make_traffic(300, 0.0, 1000.0, seed=1)
    rows = [
        replace(
            row,
            model_label="int8" if number % 3 else "float32",
            sample_weight=4.0 if number % 2 else 1.0,
        )
        for number, row in enumerate(rows)
    ]
    store.append(rows)
    rated(store, rows, "rating", [row.sample_weight == 1.0 for row in rows])
    whole = Period(0.0, 1000.0)
    periods = Periods(replace(whole, label="float32"), replace(whole, without="float32"))
    one = column(make_report(store, periods), "feedback.rating")

    assert (100, 200) == (one.n_reference, one.n_current)
    assert ("20 %", "20 %") == (one.was, one.became)  # a half of the rows, a fifth of the weight
