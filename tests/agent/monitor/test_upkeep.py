"""The monitor keeps its store in order: sealed hours, and nothing that is too old."""

from __future__ import annotations

import logging
import sqlite3

import pytest
from tests.agent.decisions.contents import content

from tokenward.errors import UsageError
from tokenward.monitor.config import parse_config
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report
from tokenward.monitor.schedule import run_once
from tokenward.monitor.upkeep import HOUR, Upkeep
from tokenward.store.database import open_engine
from tokenward.store.store import Store

DAY = 24 * HOUR


def sealed(folder):
    return sorted(path.parent.name for path in folder.rglob("*.parquet"))


def test_hours_that_are_over_are_sealed_and_old_ones_erased(store, tmp_path, interaction):
    store.append(
        [interaction(n, time=n * HOUR + 5.0, labels={"mark": f"mark-{n}-"}) for n in range(48)]
    )
    Upkeep(store, None)(2 * DAY)
    assert 47 == len(sealed(tmp_path)) and 48 == store.count()

    Upkeep(store, DAY)(2 * DAY + 60.0)
    assert 24 == store.count()
    assert (24 * HOUR + 5.0, 47 * HOUR + 5.0) == store.bounds()
    assert b"mark-3-" not in content(tmp_path) and b"mark-30-" in content(tmp_path)


def test_nothing_is_erased_twice_within_an_hour(store, interaction, monkeypatch):
    store.append([interaction(n, time=n * 600.0) for n in range(20)])
    upkeep, calls = Upkeep(store, HOUR), []
    purge = store.purge
    monkeypatch.setattr(store, "purge", lambda **which: calls.append(which) or purge(**which))
    for minute in range(59):
        upkeep(2 * HOUR + 60.0 * minute)

    assert [{"before": HOUR}] == calls


def test_a_failure_is_told_once_and_ends_nothing(tmp_path, interaction, caplog):
    Store.open(f"{tmp_path}/log.db", create=True).close()
    path = tmp_path / "log.db"
    engine = open_engine(path, create=False, read_only=False, busy=0.01)
    with Store(path, engine) as store:
        store.append([interaction(1)])
        upkeep = Upkeep(store, None)
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            upkeep(DAY)
        holder.close()
        upkeep(DAY)

    told = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert 1 == len(told) and "locked by another process" in told[0].getMessage()
    assert 1 == len(sealed(tmp_path))


def test_a_monitor_that_runs_once_keeps_order_too(store, tmp_path, make_traffic):
    store.append(make_traffic(50, 0.0, DAY, seed=1))
    store.append(make_traffic(50, 2 * DAY, DAY, seed=2))
    text = f"store: {tmp_path}/log.db\nout: {tmp_path}/out\nretain: 90w\nformats: [json]\n"
    list(run_once(parse_config(text, "m.yaml"), now=3 * DAY))

    assert 0 == store.count()


@pytest.mark.parametrize("wrong", ["soon", "0d", "7"])
def test_how_long_is_a_length_of_time(wrong):
    with pytest.raises(UsageError, match=r"m.yaml:3:9: cannot read the length"):
        parse_config(f"store: s.db\nout: o\nretain: {wrong!r}\n", "m.yaml")
    assert 90 * DAY == parse_config("store: s\nout: o\nretain: 90d\n", "m.yaml").retain


def test_a_report_says_the_same_once_hours_are_sealed(store, tmp_path, make_traffic):
    periods = Periods(Period(0.0, 2 * HOUR), Period(2 * HOUR, 4 * HOUR))
    with Store.open(f"{tmp_path}/log.db", create=True, shard=1) as other:
        for number, one in enumerate((store, other)):
            one.append(make_traffic(400, 0.0, 2 * HOUR, seed=number))
            one.append(make_traffic(400, 2 * HOUR, 2 * HOUR, seed=9 + number, pii=0.3))
    before = make_report(store, periods, by=("model_label",)).as_dict()
    assert 1200 == store.seal(3 * HOUR, grace=0.0)
    between = make_report(store, periods, by=("model_label",)).as_dict()
    assert 400 == store.seal(DAY)

    assert before == between == make_report(store, periods, by=("model_label",)).as_dict()
    assert 800 == before["current"]["n"] and before["drift"]
