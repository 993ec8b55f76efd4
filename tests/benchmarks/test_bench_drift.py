"""The benchmark of reports runs from end to end, with sizes so small that its figures mean nothing."""

from __future__ import annotations

import json

import pytest
from tests.benchmarks import bench_drift
from tests.benchmarks.drift_records import buckets, fill
from tests.benchmarks.drift_windows import HARMLESS, SHIFTS

from tokenward.decisions.buckets import bucket
from tokenward.store.store import Store


@pytest.mark.timeout(300)
def test_it_prints_a_row_for_every_figure(capsys, monkeypatch):
    monkeypatch.setattr(bench_drift, "WINDOWS", (200,))
    bench_drift.main(["--tiny", "--json"])
    rows = {row["figure"]: row for row in json.loads(capsys.readouterr().out)["rows"]}

    assert {f"driftless windows with an alarm, {way}, n = 200" for way in HARMLESS} <= set(rows)
    assert {f"found, {shift}, n = 200" for shift in SHIFTS} <= set(rows)
    assert "<= 600" == rows["drift, 20,000 records: memory"]["must"]
    assert 0 < rows["drift, 20,000 records: counting"]["value"]


def test_the_records_are_those_of_a_store(tmp_path):
    with Store.open(f"{tmp_path}/log.db", create=True) as store:
        fill(store, 500, 3600, 2)
        rows = list(store.interactions())

    assert (500, 500) == (len(rows), len({one.decision_id for one in rows}))
    assert 3600 <= rows[0].time < rows[-1].time < 3 * 3600


def test_buckets_of_many_are_those_of_one():
    values = [0.0, 1e-10, 0.003, 1.0, 17.5, 1e16]

    assert [bucket(value) for value in values] == buckets(values).tolist()
