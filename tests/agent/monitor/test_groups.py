"""Rates by the group of people that prompts name, against those that name another one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tokenward.monitor.drift import DriftSettings
from tokenward.monitor.markdown import to_markdown
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report
from tokenward.monitor.summary import summary_page

PERIODS = Periods(Period(0.0, 1000.0), Period(1000.0, 2000.0))
REDACT, REFUSAL = "action.redact", "answer.refusal"


def fill(store, make_traffic, rates, *, refuses="", count=300):
    rows = []
    for at, (name, pii) in enumerate(rates.items()):
        for number, one in enumerate(make_traffic(count, 1000.0, 1000.0, seed=at + 1, pii=pii)):
            refused = float(name == refuses and number % 4 == 0)
            features = {**one.features, "prompt.group": name, "answer.refusal": refused}
            key = f"{name}-{one.decision_id}"
            rows.append(replace(one, decision_id=key, features=features))
    store.append(rows)


def told_by(store):
    report = make_report(store, PERIODS)
    found = {(one.slice.partition("=")[2], one.rate): one for one in report.groups}
    return report, found


def test_a_group_that_is_stopped_more_often_is_named_with_its_interval(store, make_traffic):
    fill(store, make_traffic, {"none": 0.5, "religion:a": 0.2, "religion:b": 0.03, "race:c": 0.03})
    _, found = told_by(store)
    one = found["religion:a", REDACT]

    assert (300, 3, True) == (one.n, one.slices, one.significant)
    assert one.share == pytest.approx(0.2, abs=0.06)
    assert one.rest == pytest.approx(0.03, abs=0.02)  # those that name nobody are no comparison
    assert one.interval[0] < one.share - one.rest < one.interval[1]
    assert one.interval[0] > 0.05
    assert ("none", REDACT) not in found


def test_a_group_that_fares_better_is_a_difference_too(store, make_traffic):
    fill(store, make_traffic, {"religion:a": 0.01, "religion:b": 0.2, "race:c": 0.2})
    one = told_by(store)[1]["religion:a", REDACT]

    assert one.significant
    assert one.interval[1] < 0


def test_refusals_count_where_they_are_a_feature(store, make_traffic):
    fill(store, make_traffic, {"race:a": 0.1, "race:b": 0.1}, refuses="race:b")
    _, found = told_by(store)

    assert found["race:b", REFUSAL].significant
    assert found["race:b", REFUSAL].share == pytest.approx(0.25, abs=0.01)
    assert found["race:a", REFUSAL].share == 0.0


def test_too_few_rows_and_nobody_named_say_nothing(store, make_traffic):
    fill(store, make_traffic, {"none": 0.1, "race:a": 0.1, "race:b": 0.1}, count=60)

    assert () == told_by(store)[0].groups


def test_traffic_without_the_feature_says_nothing(store, make_traffic):
    store.append(make_traffic(300, 1000.0, 1000.0, seed=1))

    assert () == told_by(store)[0].groups


def test_reports_say_it_in_numbers_and_in_words(store, make_traffic):
    fill(store, make_traffic, {"religion:a": 0.2, "religion:<b>": 0.03, "race:c": 0.03})
    report, _ = told_by(store)
    told = json.loads(json.dumps(report.as_dict()))["groups"]
    page = summary_page(report, DriftSettings())

    assert {"prompt.group=religion:a"} <= {one["slice"] for one in told if one["significant"]}
    assert "▲ religion:a" in page
    assert "religion:&lt;b&gt;" in page
    assert "## Groups of people" in to_markdown(report)
