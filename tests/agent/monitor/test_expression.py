"""One expression, the same whole numbers: DuckDB over a file that is sealed or not, PostgreSQL."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.agent.decisions import earlier
from tests.agent.decisions.conftest import database, postgres  # noqa: F401 - fixtures
from tests.agent.monitor.golden import PERIOD, SLICES, STATED, check, plainly, records, told, within

from tokenward.errors import StoreError, UsageError
from tokenward.monitor.expression import check_slicing
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report
from tokenward.monitor.traffic import traffic_of
from tokenward.store.store import Store

PERIODS = [Period(0.0, 1000.0)]


@pytest.fixture
def rows(make_traffic):
    return records(make_traffic)


def kept(store):
    """Returns the records one by one, as the store gives them: their sessions are hashes."""
    return list(store.interactions())


def test_records_in_a_file_are_counted_as_one_by_one(store, rows):
    store.append(rows)
    with traffic_of(store, PERIODS, STATED, SLICES) as traffic:
        check(traffic, kept(store))


@pytest.mark.parametrize("fields", [{"label": "fp16"}, {"without": "fp16"}])
def test_a_model_label_or_all_others_are_counted(store, rows, fields):
    store.append(rows)
    period = replace(PERIOD, **fields)
    with traffic_of(store, PERIODS, STATED) as traffic:
        found = traffic.profile(period)

    expected = [one for one in kept(store) if within(one, period)]
    assert 0 < len(expected) < len(rows)
    assert told(plainly(expected)) == told(found)


def test_sealed_hours_and_the_rest_are_counted_together(store, rows):
    hours = [replace(one, time=one.time * 7.2) for one in rows]  # two hours
    store.append(hours)
    store.seal(6600.0)
    with store.snapshot() as snapshot:
        sealed = sum(one.rows for one in snapshot.segments())
    period = Period(720.0, 6480.0, ((720.0, 3000.0), (3300.0, 6480.0)))

    assert 0 < sealed < len(rows)
    with traffic_of(store, [period], STATED) as traffic:
        found = traffic.profile(period)
    assert told(plainly([one for one in kept(store) if within(one, period)])) == told(found)


def test_equal_weights_are_counted_by_the_short_way_alike(store, make_traffic):
    rows = [replace(one, sample_weight=2.5) for one in make_traffic(200, 0.0, 1000.0, seed=3)]
    store.append(rows)
    with traffic_of(store, PERIODS, STATED, SLICES) as traffic:
        check(traffic, kept(store))


def test_postgresql_counts_the_same(rows, database):  # noqa: F811 - the fixture
    with Store.open(database, create=True) as store:
        store.append(rows)
        with traffic_of(store, PERIODS, STATED, SLICES) as traffic:
            check(traffic, kept(store))
        report = make_report(
            store, Periods(Period(0.0, 500.0), Period(500.0, 1000.0)), by=["route"]
        )
        assert report.measured
        assert 150 < len(report.samples[1].sample) == report.current["n"]


def test_records_that_come_while_a_report_is_made_are_not_in_it(store, rows):
    store.append(rows[:200])
    with traffic_of(store, PERIODS) as traffic:
        store.append(rows[200:])
        assert 200 == traffic.profile(Period(0.0, 1000.0)).rows


def test_a_sealed_file_that_was_cut_off_is_told_with_its_name(store, rows):
    store.append(rows)
    store.seal(10_000.0)
    with store.snapshot() as snapshot:
        (segment,) = snapshot.segments()
    whole = segment.file.read_bytes()
    segment.file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match=re.escape(str(segment.file))), traffic_of(store, PERIODS):
        pass

    segment.file.write_bytes(whole[:100] + bytes(len(whole) - 200) + whole[-100:])
    with (
        pytest.raises(StoreError, match="a sealed file that cannot be read: it is damaged"),
        traffic_of(store, PERIODS) as traffic,
    ):
        traffic.profile(Period(0.0, 1000.0))


def test_an_unknown_column_to_slice_by_is_told():
    for name in ("subject", "label.", "label.a b", "prompt", "seq"):
        with pytest.raises(UsageError, match=r"unknown slice .*; use one of: source, route"):
            check_slicing(name)


@pytest.mark.parametrize("version", [1, 2])
def test_a_store_of_an_earlier_version_is_counted_as_it_is(tmp_path, version):
    """Its records have no cells; they are computed, and nothing is written."""
    earlier.make(tmp_path / "old.db", version, count=120)
    before = (tmp_path / "old.db").read_bytes()
    with Store.open(f"{tmp_path}/old.db", read_only=True) as store:
        ends = store.bounds()
        whole = Period(ends[0], ends[1] + 1)
        with traffic_of(store, [whole], STATED) as traffic:
            found = traffic.profile(whole)
        report = make_report(store, Periods(whole, whole))
        assert told(plainly(kept(store))) == told(found)

    assert 120 == found.rows == report.current["n"]
    assert before == (tmp_path / "old.db").read_bytes()
