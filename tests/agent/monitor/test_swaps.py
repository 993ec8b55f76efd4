"""Counterfactual differences of a period: means with honest intervals, a limit, an alert."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from tokenward.decisions.columns import group
from tokenward.errors import UsageError
from tokenward.monitor.alerts import Alerts
from tokenward.monitor.config import parse_config
from tokenward.monitor.drift import DriftSettings
from tokenward.monitor.markdown import to_markdown
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report
from tokenward.monitor.summary import summary_page
from tokenward.monitor.swaps import moments
from tokenward.monitor.ways import AlertSettings

PERIODS = Periods(Period(0.0, 1000.0), Period(1000.0, 2000.0))
SIZE = "swapped.input.toxicity.toxicity"
PAIR = f"{SIZE}.religion:christian~religion:muslim"


def fill(store, make_traffic, shift, *, seed=1, count=300):
    """A reference without checks, and a period of which a third was checked."""
    chance = random.Random(seed)
    store.append(make_traffic(count, 0.0, 1000.0, seed=seed))
    rows = []
    for number, one in enumerate(make_traffic(count, 1000.0, 1000.0, seed=seed + 100)):
        found = dict(one.features)
        if number % 3 == 0:
            change = chance.gauss(shift, 0.05)
            found |= {SIZE: abs(change), PAIR: change, "swapped.input.flips": 0.0}
        rows.append(replace(one, features=found))
    store.append(rows)


def changes(store, **settings):
    report = make_report(store, PERIODS, DriftSettings(**settings))
    return report, {one.column: one for one in report.swaps}


def test_the_mean_of_a_pair_has_its_interval_and_is_above_the_limit(store, make_traffic):
    fill(store, make_traffic, 0.06)
    report, found = changes(store)
    pair = found[PAIR]

    assert (100, ("religion:christian", "religion:muslim"), True) == (pair.n, pair.pair, pair.above)
    assert pair.low < 0.06 < pair.high
    assert pair.high - pair.low == pytest.approx(2 * 1.98 * 0.05 / 10, rel=0.25)
    assert (0.0, False) == (found["swapped.input.flips"].mean, found["swapped.input.flips"].above)
    assert "counterfactual differences over the limit" in report.headline
    assert not any("swapped" in one.column for one in report.columns)


def test_no_difference_is_above_no_limit_however_wide_it_scatters(store, make_traffic):
    fill(store, make_traffic, 0.0)
    _, found = changes(store)

    assert not found[PAIR].above
    assert found[PAIR].low < 0 < found[PAIR].high


def test_the_limit_is_that_of_the_report(store, make_traffic):
    fill(store, make_traffic, 0.06)

    assert not changes(store, counterfactual_limit=0.1)[1][PAIR].above


def test_few_requests_give_no_mean(store, make_traffic):
    fill(store, make_traffic, 0.06, count=60)

    assert {} == changes(store)[1]


def test_requests_of_one_session_count_as_the_few_that_they_are():
    from tokenward.decisions.buckets import bucket
    from tokenward.monitor.profile import Column

    chance = random.Random(3)
    column, alone = Column("number"), Column("number")
    for number in range(20):
        value = bucket(chance.gauss(0, 1))
        for _ in range(50):
            column.add(value, group(f"session {number}"), 1_000_000)
            alone.add(bucket(chance.gauss(0, 1)), -1, 1_000_000)
    mean, error, freedom = moments(column)

    assert error > 0.1
    assert freedom < 20
    assert abs(mean) < 3 * error
    assert moments(alone)[1] == pytest.approx(1 / 1000**0.5, rel=0.1)
    assert moments(alone)[2] == 999


def test_chance_alone_is_hardly_ever_above_the_limit(tmp_path, make_traffic):
    from tokenward.store.store import Store

    accused = 0
    for seed in range(6):
        with Store.open(f"{tmp_path}/{seed}.db", create=True) as store:
            fill(store, make_traffic, 0.02, seed=seed)  # at the limit itself
            accused += changes(store)[1][PAIR].above

    assert accused <= 1


def test_reports_say_it_in_numbers_and_in_words(store, make_traffic):
    fill(store, make_traffic, 0.06)
    report, _ = changes(store)
    told = json.loads(json.dumps(report.as_dict()))["counterfactuals"]
    page = summary_page(report, DriftSettings())

    (pair,) = [one for one in told if one["groups"]]
    assert ["religion:christian", "religion:muslim"] == pair["groups"]
    assert pair["above"]
    assert pair["interval"][0] < pair["mean"] < pair["interval"][1]
    assert "▲ toxicity.toxicity" in page
    assert "religion:christian → religion:muslim" in page
    assert "## If others were meant" in to_markdown(report)


def test_people_are_told_when_a_difference_goes_above_and_below(store, make_traffic, tmp_path):
    file = tmp_path / "alerts.jsonl"
    alerts = Alerts(AlertSettings(log=False, file=file), store.alerts)
    fill(store, make_traffic, 0.06)
    for limit in (0.02, 0.02, 0.1):
        alerts.made(changes(store, counterfactual_limit=limit)[0])
        alerts.deliver()
    events = [json.loads(line) for line in file.read_text().splitlines()]

    states = [{c["column"]: c["state"] for c in e["changes"] if "~" in c["column"]} for e in events]
    assert [{PAIR: "alarm"}, {PAIR: "fine"}] == states
    (change,) = [one for one in events[0]["changes"] if one["column"] == PAIR]
    assert ("counterfactual", 0.02) == (change["method"], change["threshold"])


def test_the_file_of_a_monitor_sets_the_limit():
    text = "store: s.db\nout: o\ncounterfactual_limit: 0.05\n"

    assert 0.05 == parse_config(text, "m.yaml").reports[0].settings.counterfactual_limit
    with pytest.raises(UsageError, match=r"m\.yaml:3"):
        parse_config(text.replace("0.05", "-1"), "m.yaml")
