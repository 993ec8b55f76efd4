"""The benchmark of the store measures what it says it does."""

from __future__ import annotations

from tests.benchmarks.bench_store import START, path_of_requests, records, sealing, throughput

from tokenward.store.store import Store


def test_every_record_is_written_once_and_reads_as_it_was(tmp_path):
    some = records(300, START, 3600.0, seed=1)
    told = throughput(some, f"{tmp_path}/writer.db")
    with Store.open(f"{tmp_path}/writer.db", read_only=True) as store:
        back = {one.decision_id: one for one in store.interactions()}

    assert 301 == len(back) and told["records_per_s"] > 0
    for one in some:
        assert one.features == back[one.decision_id].features
        assert [dict(part.scores) for part in one.decisions] == [
            dict(part.scores) for part in back[one.decision_id].decisions
        ]


def test_what_is_sealed_is_smaller(tmp_path):
    told = sealing(4000, tmp_path)

    assert 4000 == told["rows"]
    assert told["parquet_bytes_per_record"] < told["sqlite_bytes_per_record"]


def test_what_a_request_waits_is_measured(tmp_path):
    told = path_of_requests(records(50, START, 3600.0, seed=1), f"{tmp_path}/path.db")

    assert 0 < told["us_median"] <= told["us_p99"]
