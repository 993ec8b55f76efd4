"""What metrics said lately: rates, shares and percentiles between two samples."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.dashboard.live import FIRST_TOKEN, GUARD, PRESSURE, REQUESTS, TEXTS, cards
from tokenward.dashboard.trend import (
    SAMPLES,
    SECONDS,
    Sample,
    Series,
    Trend,
    difference,
    label,
    percentile,
    read,
)
from tokenward.telemetry import Telemetry
from tokenward.types import Decision, PolicyRef


def decided(telemetry, action, stage="output"):
    ref = PolicyRef("p", "r")
    telemetry.decided("/v1", Decision("d", stage, action, None, (), {}, ref))
    telemetry.ended("/v1", "answered")


@pytest.fixture
def telemetry():
    told = Telemetry()
    for action in ("allow", "allow", "allow", "block"):
        decided(told, action)
    told.guarded("output", 0.0005)
    told.first_token.observe(0.2)
    told.pressed({"streams": 0.25, "memory": 0.5}, {})
    told.degraded.labels("toxicity", "failed", "block").inc()
    return told


def test_our_own_metrics_are_read(telemetry):
    sample = read(telemetry.text(), 7.0)
    assert sample.counts[TEXTS] == {"allow": 3.0, "block": 1.0}
    assert sample.total(REQUESTS) == 4.0
    assert sample.gauges[PRESSURE] == {"streams": 0.25, "memory": 0.5}
    assert sample.buckets[GUARD][-1] == (math.inf, 1.0)
    assert dict(sample.buckets[GUARD])[3e-4] == 0.0
    assert sample.time == 7.0


def test_what_is_not_ours_is_left_alone():
    assert read(
        b'python_info{a="b"} 1.0\nnot a line\n# HELP tokenward_pressure x\n\n', 0.0
    ) == Sample(0.0)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n")))
def test_values_of_labels_are_read_whatever_they_hold(value):
    told = value.replace("\\", "\\\\").replace('"', '\\"')
    assert label(f'other="x",name="{told}",last="y"}}', "name") == value


def test_rates_are_a_second(telemetry):
    first = read(telemetry.text(), 0.0)
    decided(telemetry, "block")
    decided(telemetry, "allow")
    series = Series((first, read(telemetry.text(), 10.0)))
    assert series.rates(REQUESTS) == [0.2]
    assert series.shares(TEXTS, but=("allow",)) == [0.5]
    assert series.gauges(PRESSURE) == [0.5, 0.5]


def test_a_count_that_began_again_gives_no_rate():
    def sample(time, count):
        return Sample(time, {REQUESTS: {"ok": count}})

    series = Series((sample(0.0, 50.0), sample(10.0, 3.0), sample(10.0, 9.0), sample(20.0, 13.0)))
    assert series.rates(REQUESTS) == [None, None, 0.4]


def test_percentiles_are_of_the_last_minutes(telemetry):
    slow = read(telemetry.text(), 0.0)
    for _ in range(100):
        telemetry.guarded("output", 2e-5)
    series = Series((slow, read(telemetry.text(), SECONDS)))
    assert 1e-5 < series.lately(GUARD, 0.5) <= 3e-5
    assert series.percentiles(GUARD, 0.99)[0] <= 3e-5
    quiet = Series((slow, slow))
    assert 3e-4 < quiet.lately(GUARD, 0.5) <= 1e-3  # none came lately: those since the start
    assert quiet.percentiles(GUARD, 0.5) == [None]


def test_histograms_that_began_again_are_taken_whole():
    assert difference(((1.0, 2.0), (math.inf, 3.0)), ((1.0, 5.0), (math.inf, 9.0))) == (
        (1.0, 2.0),
        (math.inf, 3.0),
    )


@given(
    st.lists(st.floats(0.0, 9.0), min_size=1, max_size=60),
    st.sampled_from([0.5, 0.95, 0.99]),
)
def test_an_estimate_lies_in_the_bucket_of_the_percentile(values, q):
    bounds = [0.5, 1.0, 2.0, 4.0, 10.0, math.inf]
    buckets = tuple((bound, float(sum(v <= bound for v in values))) for bound in bounds)
    found = percentile(buckets, q)
    values.sort()
    true = values[max(0, math.ceil(q * len(values)) - 1)]
    at = next(i for i, bound in enumerate(bounds) if true <= bound)
    assert (bounds[at - 1] if at else 0.0) <= found <= bounds[at]


def test_nothing_has_no_percentile():
    assert percentile((), 0.5) is None
    assert percentile(((1.0, 0.0), (math.inf, 0.0)), 0.5) is None


def test_samples_are_bounded(telemetry):
    trend, text = Trend(), telemetry.text()
    for at in range(SAMPLES + 5):
        trend.add(text, float(at))
    series = trend.series(Sample(1e6))
    assert [one.time for one in series.samples[:2]] == [5.0, 6.0]
    assert len(series.samples) == SAMPLES + 1


def test_the_figures_of_a_process(telemetry):
    now = {"open": 3, "degraded": {"toxicity": 1.0}}
    series = Series((read(telemetry.text(), 0.0), read(telemetry.text(), 10.0)))
    told = {one.title: one for one in cards(now, series)}
    assert told["Requests"].value == 0.0
    assert ("open", 3, "count") in told["Requests"].detail
    assert told["Texts not allowed"].value == 0.25
    assert told["Texts not allowed"].detail == (("block", 1.0, "count"),)
    assert told["Degraded"].value == 1.0
    assert told["Pressure"].value == 0.5
    assert told["Pressure"].note == "of memory, the fullest resource"
    assert 0.1 < told["First token, p50"].value <= 0.3
    assert {FIRST_TOKEN, GUARD} <= set(series.samples[0].buckets)


def test_a_process_that_has_done_nothing_has_no_numbers():
    silent = Telemetry()
    told = cards({"open": 0, "degraded": {}}, Series((read(silent.text(), 0.0),)))
    assert [one.value for one in told] == [None, None, None, None, 0, None]
