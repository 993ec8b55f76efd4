from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from tokenward.store.beside.runs import LEASE_SECONDS, RunKey, drift_samples
from tokenward.store.store import Store

KEY = RunKey("daily", 0.0, 10.0, 10.0, 20.0)
COLUMN = {
    "column": "action",
    "slice": None,
    "method": "jensenshannon",
    "statistic": 0.2,
    "drift_detected": True,
}


def test_one_of_many_monitors_gets_the_claim(either, url):
    stores = [Store.open(url) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda one: one.runs.claim(KEY), stores))
    for one in stores:
        one.close()

    assert 1 == sum(got)


def test_a_claim_of_a_dead_owner_falls_free_and_a_finished_run_does_not(either, url):
    with Store.open(url) as other:
        assert either.runs.claim(KEY, now=100.0)
        assert not other.runs.claim(KEY, now=101.0)
        assert other.runs.claim(KEY, now=101.0 + LEASE_SECONDS)
        other.runs.finish(KEY, drift=False, result={})
        assert not either.runs.claim(KEY, now=100.0 + 9 * LEASE_SECONDS)


def test_a_released_claim_can_be_taken_again(either, url):
    with Store.open(url) as other:
        either.runs.claim(KEY)
        other.runs.release(KEY)
        assert not other.runs.claim(KEY)
        either.runs.release(KEY)
        assert other.runs.claim(KEY)


def test_an_owner_that_lost_its_claim_cannot_finish_it(either, url):
    with Store.open(url) as other:
        either.runs.claim(KEY, now=0.0)
        other.runs.claim(KEY, now=2 * LEASE_SECONDS)
        either.runs.finish(KEY, drift=True, result={})

    assert either.runs.get(KEY) is None


def test_the_last_measured_run_skips_those_that_measured_nothing(either):
    for end, drift in ((20.0, True), (30.0, None)):
        key = replace(KEY, current_end=end)
        either.runs.claim(key)
        either.runs.finish(key, drift=drift, result={}, now=end)

    assert 20.0 == either.runs.last_measured("daily").key.current_end
    assert either.runs.last_measured("weekly") is None


def test_metrics_tell_the_newest_run_of_each_report(either):
    unmeasured = {**COLUMN, "column": "rewinds", "statistic": None, "drift_detected": False}
    for report, end, columns in (
        ("a", 20.0, []),
        ("a", 30.0, [COLUMN, unmeasured]),
        ("b", 20.0, []),
    ):
        key = replace(KEY, report=report, current_end=end)
        either.runs.claim(key)
        either.runs.finish(key, drift=bool(columns), result={"columns": columns}, now=end + 1)

    action = {"column": "action", "slice": ""}
    assert [
        ("tokenward_report_last_success_timestamp_seconds", {"report": "b"}, 21.0),
        ("tokenward_report_last_success_timestamp_seconds", {"report": "a"}, 31.0),
        ("tokenward_drift_alarm", action, 1.0),
        ("tokenward_drift_statistic", {**action, "method": "jensenshannon"}, 0.2),
        ("tokenward_drift_alarm", {"column": "rewinds", "slice": ""}, 0.0),
    ] == drift_samples(either.runs)


def test_two_reports_of_one_column_give_one_sample(either):
    for report in ("a", "b"):
        key = replace(KEY, report=report)
        either.runs.claim(key)
        either.runs.finish(key, drift=True, result={"columns": [COLUMN]})
    samples = [(name, tuple(labels.items())) for name, labels, _ in drift_samples(either.runs)]

    assert sorted(set(samples)) == sorted(samples)
