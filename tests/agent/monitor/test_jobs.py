from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tokenward.decisions.store import Store
from tokenward.errors import StoreError, UsageError
from tokenward.monitor.alerts import Alerts
from tokenward.monitor.config import parse_config
from tokenward.monitor.jobs import Jobs, forget_pages, key_of
from tokenward.monitor.ranges import parse_periods
from tokenward.monitor.schedule import make_scheduler, run_once

NOW = 20_000.0


@pytest.fixture
def config(store, tmp_path, make_traffic):
    store.append(make_traffic(300, NOW - 7200, 3600.0, seed=1))
    store.append(make_traffic(300, NOW - 3600, 3600.0, seed=2, pii=0.3))
    text = (
        f"store: {tmp_path}/log.db\nout: {tmp_path}/reports\nalerts: {{file: {tmp_path}/alerts.jsonl}}\n"
        "formats: [json]\ncurrent: 1h\nschedule: {every: 1h}\n"
    )
    return parse_config(text, "m.yaml")


def test_making_all_reports_twice_makes_them_once(config, tmp_path):
    (first,) = run_once(config, NOW)
    (second,) = run_once(config, NOW + 1)

    assert (True, True) == (first.done, first.drift)
    assert (False, True, "was made before, with drift") == (
        second.done,
        second.drift,
        second.headline,
    )
    assert 1 == len(list(tmp_path.glob("reports/report/*/report.json")))
    assert 1 == len((tmp_path / "alerts.jsonl").read_text().splitlines())


def test_recovery_is_told_after_drift(config, store, tmp_path, make_traffic):
    list(run_once(config, NOW))
    store.append(make_traffic(300, NOW, 7200.0, seed=3))
    (calm,) = run_once(config, NOW + 7200)
    events = [
        json.loads(line)["event"] for line in (tmp_path / "alerts.jsonl").read_text().splitlines()
    ]

    assert (False, ["drift", "recovered"]) == (calm.drift, events)


def test_the_result_is_kept_for_metrics(config, store):
    list(run_once(config, NOW))
    (run,) = store.runs.latest()

    assert ("report", True) == (run.key.report, run.drift)
    assert run.result["artifacts"][0].endswith("report.json")


def test_a_scheduled_report_ends_when_it_was_due_however_late_it_is(config, store):
    jobs = Jobs(config, store, Alerts(config.alerts))
    first, late = (jobs.due(config.reports[0], now) for now in (NOW, NOW + 1500))
    (run,) = store.runs.latest()

    assert (True, False) == (first.done, late.done)
    assert 18_000.0 == run.key.current_end


def test_a_report_that_another_monitor_is_making_is_left_alone(config, store, tmp_path):
    with Store.open(config.store) as other:
        other.runs.claim(key_of("report", parse_periods(None, "1h", 20_040.0)))
    (result,) = run_once(config, NOW)

    assert (False, False, "another monitor is making it") == (
        result.done,
        result.drift,
        result.headline,
    )
    assert not (tmp_path / "reports").exists()


def test_a_report_that_fails_is_given_back_and_raised_after_the_others(config, store, tmp_path):
    from dataclasses import replace

    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "broken").write_text("a file where the folder should be")
    both = replace(
        config, reports=tuple(replace(config.reports[0], name=name) for name in ("broken", "fine"))
    )
    made = []
    with pytest.raises(UsageError, match="cannot make the folder"):
        made.extend(result.name for result in run_once(both, NOW))

    assert ["fine"] == [run.key.report for run in store.runs.latest()]
    assert store.runs.claim(key_of("broken", parse_periods(None, "1h", 20_040.0)))


def test_a_broken_store_is_a_store_error(config, store, tmp_path):
    store.close()
    (tmp_path / "log.db").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="not a tokenward store"):
        list(run_once(config, NOW))


def test_only_the_newest_pages_stay(tmp_path):
    for day in range(5):
        (tmp_path / f"2026010{day}").mkdir()
        (tmp_path / f"2026010{day}" / "report.html").write_text("page")
        (tmp_path / f"2026010{day}" / "report.json").write_text("{}")
    forget_pages(tmp_path, keep=2)

    assert ["20260103", "20260104"] == sorted(
        path.parent.name for path in tmp_path.glob("*/report.html")
    )
    assert 5 == len(list(tmp_path.glob("*/report.json")))


def test_the_scheduler_runs_each_report_at_the_start_and_then_when_it_is_due(config):
    ran = []
    scheduler = make_scheduler(config, ran.append)
    scheduler.start()
    jobs = {job.id: job for job in scheduler.get_jobs()}
    deadline = time.monotonic() + 5
    while not ran and time.monotonic() < deadline:
        time.sleep(0.01)
    scheduler.shutdown()

    assert [config.reports[0]] == ran
    assert (True, None, 1) == (
        jobs["report"].coalesce,
        jobs["report"].misfire_grace_time,
        jobs["report"].max_instances,
    )
    assert 0 == jobs["report"].next_run_time.timestamp() % 3600


def test_the_command_monitors_until_it_is_ended(store, tmp_path, make_traffic):
    now = time.time()
    store.append(make_traffic(150, now - 7200, 3600.0, seed=1))
    file = tmp_path / "m.yaml"
    file.write_text(f"store: {tmp_path}/log.db\nout: {tmp_path}/out\nformats: [json]\n")
    code = "from pathlib import Path; from tokenward.cli.monitor import monitor; monitor(config=Path({!r}))"
    process = subprocess.Popen(
        [sys.executable, "-c", code.format(str(file))], stderr=subprocess.PIPE
    )
    assert b"monitoring: report\n" == process.stderr.readline()
    deadline = time.monotonic() + 20
    while not store.runs.latest() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGTERM)
    _, errors = process.communicate(timeout=20)

    assert (0, 1) == (process.returncode, len(store.runs.latest())), errors
