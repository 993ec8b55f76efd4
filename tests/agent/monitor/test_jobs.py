from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from tests.agent.sidecar.process import until

from tokenward.errors import StoreError
from tokenward.monitor.alerts import Alerts
from tokenward.monitor.config import parse_config
from tokenward.monitor.jobs import JobFailed, Jobs, forget_pages, key_of
from tokenward.monitor.lease import Lease
from tokenward.monitor.ranges import parse_periods
from tokenward.monitor.schedule import make_scheduler, run_once
from tokenward.store.beside.runs import LEASE_SECONDS
from tokenward.store.store import Store

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
    jobs = Jobs(config, store, Alerts(config.alerts, store.alerts))
    first, late = (list(jobs.due(config.reports[0], now)) for now in (NOW, NOW + 1500))
    (run,) = store.runs.latest()

    assert ([True], []) == ([one.done for one in first], late)
    assert 18_000.0 == run.key.current_end


def made(jobs, one, now):
    """The ends of the reports that are made at a time, in the order in which they are."""
    before = set(jobs._store.runs.ends(one.name))
    told = list(jobs.due(one, now))
    after = [end for end in jobs._store.runs.ends(one.name) if end not in before]
    assert len(told) == len(after)
    return after, [result.headline for result in told]


def test_missed_reports_are_made_up_the_newest_first_and_older_ones_are_skipped(
    config, store, caplog
):
    one = replace(config.reports[0], catch_up=2)
    jobs = Jobs(config, store, Alerts(config.alerts, store.alerts))
    assert [18_000.0] == made(jobs, one, NOW)[0]

    ends, headlines = made(jobs, one, NOW + 10 * 3600)

    assert [46_800.0, 50_400.0, 54_000.0] == ends
    assert not headlines[0].endswith(")")
    assert headlines[1].endswith("(made up for 1970-01-01T14:00:00Z)")
    assert "7 reports from 1970-01-01T05:00:00Z to 1970-01-01T13:00:00Z are skipped" in caplog.text
    assert {
        ("report", "made"): 2,
        ("report", "made_up"): 2,
        ("report", "skipped"): 7,
    } == jobs.counts
    assert ([], []) == made(jobs, one, NOW + 10 * 3600 + 60)


def test_what_is_made_up_changes_no_state(config, store, tmp_path, make_traffic):
    jobs = Jobs(config, store, Alerts(config.alerts, store.alerts))
    one = config.reports[0]
    made(jobs, one, NOW)
    store.append(make_traffic(300, 18_000.0, 3600.0, seed=4, pii=0.9))  # a bad hour, long ago
    store.append(make_traffic(300, 21_600.0, 3600.0, seed=5, pii=0.03))
    store.append(make_traffic(300, 25_200.0, 3600.0, seed=6, pii=0.03))
    ends, headlines = made(jobs, one, 28_800.0)

    assert ([21_600.0, 25_200.0, 28_800.0], True) == (ends, "drift in" in headlines[-1])
    assert [] == [s for s in store.alerts.states() if s.subject.column == "rule.no-pii"]


def test_a_clock_that_goes_back_makes_nothing_anew(config, store):
    jobs = Jobs(config, store, Alerts(config.alerts, store.alerts))
    made(jobs, config.reports[0], NOW)

    for back in (1.0, 3600.0, 86_400.0):
        assert [] == list(jobs.due(config.reports[0], max(0.0, NOW - back)))
    assert [18_000.0] == store.runs.ends("report")


def test_a_report_that_fails_is_tried_again_then_told_and_told_when_it_works(
    config, store, tmp_path, caplog
):
    broken = tmp_path / "reports" / "report"
    broken.parent.mkdir()
    broken.write_text("a file where the folder should be")
    jobs = Jobs(config, store, Alerts(config.alerts, store.alerts), waits=(0.0, 0.0))
    with pytest.raises(JobFailed, match="cannot make the folder"):
        list(jobs.due(config.reports[0], NOW))
    assert 3 == caplog.text.count("failed: ")
    assert [] == list(jobs.due(config.reports[0], NOW + 30))  # it rests for a minute

    broken.unlink()
    assert [True] == [one.done for one in jobs.due(config.reports[0], NOW + 61)]
    events = [one["event"]["event"] for one in store.alerts.recent()]

    assert ["working", "failed"] == events
    assert {("report", "failed"): 1, ("report", "made"): 1} == jobs.counts


def test_a_claim_is_held_while_the_report_is_at_work_and_is_lost_with_its_owner(store, monkeypatch):
    key = key_of("report", parse_periods(None, "1h", NOW))
    renewed, renew = [], store.runs.renew
    monkeypatch.setattr(store.runs, "renew", lambda key: renewed.append(renew(key)) or renewed[-1])
    with Store.open(str(store.path)) as other:
        assert store.runs.claim(key, now=time.time() - LEASE_SECONDS + 20)
        with Lease(store.runs, key, beat=0.01) as lease:
            until(lambda: renewed)
            assert not other.runs.claim(key, now=time.time() + 60)  # else it would be free by then
            assert not lease.lost
        assert other.runs.claim(key, now=time.time() + LEASE_SECONDS + 1)
        with Lease(store.runs, key, beat=0.01) as lease:
            until(lambda: lease.lost)
        assert not store.runs.finish(key, drift=False, result={})


def test_a_store_that_is_locked_for_a_while_does_not_end_a_claim(store, caplog):
    key = key_of("report", parse_periods(None, "1h", NOW))

    class Locked:
        tries = 0

        def renew(self, key):
            self.tries += 1
            raise StoreError("the store is locked by another process")

    runs = Locked()
    with Lease(runs, key, beat=0.01) as lease:
        until(lambda: runs.tries > 2)

    assert not lease.lost
    assert "not renewed, this is tried again: the store is locked" in caplog.text


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


def test_a_report_that_fails_is_given_back_and_raised_after_the_others(
    config, store, tmp_path, monkeypatch
):
    monkeypatch.setattr("tokenward.monitor.jobs.WAITS", ())
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "broken").write_text("a file where the folder should be")
    both = replace(
        config, reports=tuple(replace(config.reports[0], name=name) for name in ("broken", "fine"))
    )
    names = []
    with pytest.raises(JobFailed, match=r"broken: .*cannot make the folder") as caught:
        names.extend(result.name for result in run_once(both, NOW))

    assert 3 == caught.value.exit_code
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


MONITOR = """
import sys, time
from pathlib import Path
import tokenward.store.beside.runs as runs
import tokenward.monitor.jobs as jobs
import tokenward.monitor.schedule as schedule
from tokenward.cli.monitor import monitor
runs.LEASE_SECONDS, schedule.LOOK_SECONDS = 2.0, 1
if sys.argv[2] == "slow":
    def make_report(*_, **__):
        print("at work", flush=True)
        time.sleep(600)
    jobs.make_report = make_report
monitor(config=Path(sys.argv[1]))
"""


def test_of_two_monitors_one_makes_a_report_and_the_other_takes_over_when_it_is_killed(
    store, tmp_path, make_traffic
):
    end = time.time() // 8_640_000 * 8_640_000  # of hundred days: none ends while this runs
    store.append(make_traffic(300, end - 7200, 3600.0, seed=1))
    store.append(make_traffic(300, end - 3600, 3600.0, seed=2, pii=0.4))
    file, out = tmp_path / "m.yaml", tmp_path / "alerts.jsonl"
    file.write_text(
        f"store: {tmp_path}/log.db\nout: {tmp_path}/out\nformats: [json]\n"
        f"alerts: {{file: {out}}}\ncurrent: 1h\nschedule: {{every: 100d}}\n"
    )
    command = [sys.executable, "-c", MONITOR, str(file)]
    slow = subprocess.Popen([*command, "slow"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert b"at work\n" == slow.stdout.readline()
    other = subprocess.Popen([*command, "quick"], stderr=subprocess.PIPE)
    assert b"monitoring: report\n" == other.stderr.readline()
    time.sleep(4.0)  # twice as long as a claim holds that nobody renews
    assert [] == store.runs.ends("report")

    slow.kill()
    slow.wait()
    slow.stdout.close()
    until(lambda: store.runs.ends("report"))
    until(lambda: out.exists() and not store.alerts.waiting())
    other.terminate()
    other.communicate(timeout=20)

    assert (0, [end]) == (other.returncode, store.runs.ends("report"))
    assert ["drift"] == [json.loads(line)["event"] for line in out.read_text().splitlines()]


def test_a_store_that_is_locked_for_a_moment_is_tried_again(config, store, monkeypatch, caplog):
    tries, claim = [], store.runs.claim

    def locked(key):
        tries.append(key)
        if len(tries) < 3:
            raise StoreError("the store is locked by another process; try again when it is done")
        return claim(key)

    monkeypatch.setattr(store.runs, "claim", locked)
    jobs = Jobs(config, store, Alerts(config.alerts, store.alerts), waits=(0.0, 0.0))

    assert [True] == [one.done for one in jobs.due(config.reports[0], NOW)]
    assert 2 == caplog.text.count("failed: the store is locked by another process")


def test_a_full_disk_is_told_as_what_it_is(config, store, monkeypatch):
    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tokenward.monitor.artifacts.replace_file", full)
    jobs = Jobs(config, store, Alerts(config.alerts, store.alerts), waits=())
    with pytest.raises(JobFailed, match="cannot write the report: No space left on device"):
        list(jobs.due(config.reports[0], NOW))
    (alert,) = store.alerts.recent()

    assert "failed" == alert["event"]["event"]
    assert alert["event"]["headline"].endswith("No space left on device")
    assert [] == store.runs.ends("report")


def test_a_store_that_fails_for_good_is_told_without_it_and_once(
    config, store, monkeypatch, tmp_path
):
    def failing(*_, **__):
        raise StoreError("no space left for the store")

    for name in ("claim", "ends"):
        monkeypatch.setattr(store.runs, name, failing if name == "claim" else lambda _: [])
    monkeypatch.setattr(store.alerts, "take", failing)
    jobs = Jobs(config, store, Alerts(config.alerts, store.alerts), waits=())
    for later in (0.0, 100.0):
        with pytest.raises(JobFailed, match="no space left for the store"):
            list(jobs.due(config.reports[0], NOW + later))
    (event,) = map(json.loads, (tmp_path / "alerts.jsonl").read_text().splitlines())

    assert ("failed", "report", "not made: no space left for the store") == (
        event["event"],
        event["report"],
        event["headline"],
    )
