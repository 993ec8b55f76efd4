"""Numbers, outcomes and what decides, in words."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from tests.agent.compare.report import made

from tokenward.compare.report.sentences import decides, follows, headline, metric_sentence
from tokenward.compare.report.words import (
    THIN,
    change_text,
    deciding,
    interval_text,
    level_text,
    margin_text,
    more_needed,
    plain,
    used,
    value_text,
)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.0, "0"), (1.0, "1"), (0.1, "0.1"), (12.345, "12.3"), (100.0, "100"), (1234.6, "1,235"),
        (-0.5, "−0.5"), (0.00012, "0.00012"), (0.00001234, "1.23e−05"), (2e9, "2.00e+09"),
        (math.inf, "∞"), (-math.inf, "−∞"), (math.nan, "–"), (None, "–"), (20, "20"), (300.0, "300"),
    ],
)  # fmt: skip
def test_numbers_are_as_people_read_them(value, told):
    assert told == plain(value)


def test_shares_are_in_per_cent_and_their_differences_in_points():
    one = made.binary()
    assert ["95 %", "−1 pp", "−1.8 to +0.4 pp", "−2 pp"] == [
        text.replace(THIN, " ")
        for text in (
            value_text(one, one.base), change_text(one, one.difference), interval_text(one),
            margin_text(one),
        )
    ]  # fmt: skip


def test_quotients_are_in_per_cent_and_bytes_in_their_orders():
    time, size = made.latency(), made.size()
    assert "−20 %" == change_text(time, time.difference).replace(THIN, " ")
    assert "0.0312 s" == value_text(time, time.base).replace(THIN, " ")
    assert ["280 MB", "−840 MB", "−840 MB"] == [
        text.replace(THIN, " ")
        for text in (
            value_text(size, size.optimized), change_text(size, size.difference), interval_text(size),
        )
    ]  # fmt: skip


def test_the_margin_says_its_side():
    assert ["+0.02", "−0.02", "±0.02"] == [
        margin_text(made.metric(side=side)).partition(THIN)[0]
        for side in ("above", "below", "both")
    ]
    assert "–" == margin_text(made.metric(margin=None))


@pytest.mark.parametrize(("side", "share"), [("above", 0.25), ("below", -0.15), ("both", 0.25)])
def test_how_much_of_the_margin_is_used_goes_by_its_worse_end(side, share):
    assert share == used(made.metric(side=side, low=0.003, high=0.005, margin=0.02))


def test_an_interval_without_an_end_uses_all_of_its_margin():
    assert [math.inf, 0.0, math.inf] == [
        used(made.metric(high=math.inf)), used(made.metric(margin=None)),
        used(made.metric(margin=0.0, high=1.0)),
    ]  # fmt: skip


def test_the_level_is_that_of_both_ends_together():
    assert "90 %" == level_text(made.comparison()).replace(THIN, " ")
    assert "98 %" == level_text(made.comparison(gate={"alpha": 0.01})).replace(THIN, " ")
    assert "90 %" == level_text(made.comparison(gate={"alpha": math.nan})).replace(THIN, " ")


def test_failures_decide_before_what_is_inconclusive_and_the_worst_first():
    names = [metric.name for metric in deciding(made.failing())]
    assert ["quality.kl", "refusal.harmful"] == names
    assert ["refusal.harmful"] == [metric.name for metric in deciding(made.comparison())]


def test_how_many_more_is_told_only_where_it_helps():
    told = [
        made.binary(result="inconclusive", needed_n=500), made.binary(result="pass", needed_n=500),
        made.binary(result="inconclusive", needed_n=100), made.binary(result="inconclusive"),
    ]  # fmt: skip
    assert [300, None, None, None] == list(map(more_needed, told))


def test_a_reason_takes_the_place_of_what_follows():
    one = made.binary(result="inconclusive", needed_n=940, reason="the interval is too wide")
    assert "the interval is too wide" == follows(one)
    assert follows(replace(one, reason="")).endswith(
        "about 740 more cases would settle it (940 in all, 200 here)"
    )


def test_what_was_not_measured_says_so():
    one = made.metric("a.b", "fail", difference=math.nan, reason="no log-probabilities")
    assert "a.b: not measured: no log-probabilities" == metric_sentence(made.comparison(), one)


@pytest.mark.parametrize(
    ("comparison", "told"),
    [
        (made.comparison(), "Yes: all 5 gated metrics are inside the margin at its worse end."),
        (made.comparison(metrics=(made.kl(),)), "Yes: the one gated metric is inside the margin at its worse end."),
        (made.unclear(), "Not shown: 1 of 4 gated metrics was not measured closely enough to tell."),
        (
            made.failing(),
            "No: 2 of 6 gated metrics fail; 1 must-pass case fails; 2 of 6 gated metrics were not measured closely enough to tell.",
        ),
        (made.comparison(metrics=()), "Yes: the gate names no metric that was measured."),
        (made.comparison("fail", metrics=()), "No: what the gate names was not measured."),
        (made.comparison("fail", metrics=(), unmeasured=()), "No: the gate did not pass."),
    ],
)  # fmt: skip
def test_the_headline_answers_whether_it_may_ship(comparison, told):
    assert told == headline(comparison)


def test_no_more_is_said_to_decide_than_one_can_read():
    metrics = tuple(made.metric(f"a.m{at}", "fail", low=1.0, high=2.0 + at) for at in range(9))
    told = decides(made.comparison("fail", metrics=metrics))
    assert 6 == len(told)
    assert told[0].startswith("a.m8:")
    assert "and 4 more in the table below" == told[-1]
