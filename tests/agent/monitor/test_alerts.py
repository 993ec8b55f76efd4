from __future__ import annotations

import json

import pytest
from tests.agent.monitor.hooks import report

from tokenward.errors import UsageError
from tokenward.monitor import alerts as module
from tokenward.monitor.alerts import Alerts
from tokenward.monitor.ways import AlertSettings, Command
from tokenward.store.beside.alerts import Subject
from tokenward.store.store import Store


@pytest.fixture
def file(tmp_path):
    return tmp_path / "alerts.jsonl"


@pytest.fixture
def alerts(store, file):
    return Alerts(AlertSettings(log=False, file=file), store.alerts)


def told(file):
    """What went out, as event and changes."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [
        (event["event"], {(one["column"], one["slice"]): one["state"] for one in event["changes"]})
        for event in map(json.loads, lines)
    ]


def see(alerts, *reports):
    for one in reports:
        alerts.made(report(one))
        alerts.deliver()


@pytest.mark.parametrize(
    ("runs", "events"),
    [
        ([{"a": False}], []),
        ([{"a": True}], ["drift"]),
        ([{"a": True}, {"a": True}], ["drift"]),
        ([{"a": True}, {"a": False}], ["drift", "recovered"]),
        ([{"a": True}, {"a": None}, {"a": True}], ["drift"]),  # not measured is no recovery
        ([{"a": True, "b": True}, {"a": False, "b": True}], ["drift", "changed"]),
        ([{"a": True, "b": False}, {"a": True, "b": True}], ["drift", "drift"]),
    ],
)
def test_changes_of_state_are_told_and_nothing_else(alerts, file, runs, events):
    see(alerts, *runs)

    assert events == [event for event, _ in told(file)]


def test_a_change_is_told_by_column_and_slice_with_what_was_measured(alerts, file):
    see(alerts, {"a": False, ("a", "model=m"): True}, {"a": True, ("a", "model=m"): False})
    (first, second) = map(json.loads, file.read_text().splitlines())

    assert [("drift", {("a", "model=m"): "drift"})] == told(file)[:1]
    assert ("drift", {("a", None): "drift", ("a", "model=m"): "fine"}) == told(file)[1]
    assert ("psi", 0.5, 0.1) == tuple(
        first["changes"][0][name] for name in ("method", "statistic", "threshold")
    )
    assert ("daily", 300, "drift") == (first["report"], first["current"]["n"], first["event"])
    assert first["id"] != second["id"]
    assert "drift" == second["changes"][0]["state"]  # the more telling first


def test_failure_and_what_follows_are_told_once(alerts, file):
    see(alerts, {"a": False})
    for _ in range(3):
        alerts.failing("daily", "no space left")
    alerts.deliver()
    see(alerts, {"a": False}, {"a": False})

    assert [("failed", {("", None): "failed"}), ("working", {("", None): "working"})] == told(file)
    assert "no space left" in file.read_text()


def test_what_is_silenced_is_told_when_the_silence_ends_if_it_still_holds(store, alerts, file):
    see(alerts, {"a": False, "b": False})
    silence = store.alerts.silence(Subject("daily", "a*", "*"), 9e9, "ann", "a new prompt")
    see(alerts, {"a": True, "b": True})
    assert [("drift", {("b", None): "drift"})] == told(file)
    assert [("a", "drift", "fine"), ("b", "drift", "drift")] == sorted(
        (one.subject.column, one.state, one.told) for one in store.alerts.states()
    )

    store.alerts.unsilence(silence.id)
    see(alerts, {"a": True, "b": True})

    assert ("drift", {("a", None): "drift"}) == told(file)[-1]


def test_what_came_and_went_under_a_silence_is_never_told(store, alerts, file):
    silence = store.alerts.silence(Subject("*", "*", "*"), 9e9, "ann", "a holiday")
    see(alerts, {"a": True}, {"a": False})
    store.alerts.unsilence(silence.id)
    see(alerts, {"a": False})

    assert [] == told(file)


def test_a_silence_that_is_over_silences_nothing(store, alerts, file):
    store.alerts.silence(Subject("*", "*", "*"), 200.0, "ann", "a test", now=100.0)
    see(alerts, {"a": True})

    assert ["drift"] == [event for event, _ in told(file)]
    assert [] == store.alerts.silences()


@pytest.mark.parametrize(
    ("until", "who", "why", "words"),
    [
        (50.0, "ann", "x", "ends before it begins"),
        (200.0, " ", "x", "needs who wants it and why"),
        (200.0, "ann", "", "needs who wants it and why"),
    ],
)
def test_a_silence_needs_an_end_a_name_and_a_reason(store, until, who, why, words):
    with pytest.raises(UsageError, match=words):
        store.alerts.silence(Subject("*", "*", "*"), until, who, why, now=100.0)


def test_an_acknowledgement_holds_until_the_state_is_another(store, alerts):
    see(alerts, {"a": True, "b": True})
    assert 1 == store.alerts.acknowledge(Subject("*", "a", "*"), "ann", "looking")
    see(alerts, {"a": True, "b": True})
    states = {one.subject.column: one for one in store.alerts.states()}
    assert ("ann", "looking", None) == (
        states["a"].acknowledged_by,
        states["a"].note,
        states["b"].acknowledged_by,
    )

    see(alerts, {"a": False, "b": True}, {"a": True, "b": True})

    assert {None} == {one.acknowledged_by for one in store.alerts.states()}


def test_a_way_that_fails_is_tried_again_alone_and_the_others_do_not_repeat(
    store, file, tmp_path, caplog, monkeypatch
):
    monkeypatch.setattr(module, "FIRST_WAIT", 0.05)
    flag = tmp_path / "flag"
    command = Command(("/bin/sh", "-c", f"test -e {flag}"))
    alerts = Alerts(AlertSettings(file=file, command=command), store.alerts)
    see(alerts, {"a": True})
    assert (1, {"command": 1}) == (store.alerts.waiting(), alerts.failed)

    flag.touch()
    alerts.deliver(patience=5.0)

    assert (0, ["drift"]) == (store.alerts.waiting(), [event for event, _ in told(file)])
    assert {"log": 1, "file": 1, "command": 1} == alerts.sent
    assert 1 == caplog.text.count("daily: drift in 1 of 1 measured columns")


def test_an_alert_is_given_up_after_some_attempts(store, monkeypatch, caplog):
    monkeypatch.setattr(module, "FIRST_WAIT", 0.001)
    monkeypatch.setattr(module, "MOST_ATTEMPTS", 3)
    alerts = Alerts(AlertSettings(log=False, command=Command(("/bin/false",))), store.alerts)
    alerts.made(report({"a": True}))
    alerts.deliver(patience=5.0)
    (kept,) = store.alerts.recent()

    assert ({"command": 3}, 0) == (alerts.failed, store.alerts.waiting())
    assert (None, None, 3) == (kept["sent"], kept["due"], kept["attempts"])
    assert "given up after 3 attempts" in caplog.text


def test_an_alert_of_a_monitor_that_died_is_sent_by_another(store, file):
    with Store.open(str(store.path)) as other:
        dead = Alerts(AlertSettings(log=False, file=file), other.alerts)
        dead.made(report({"a": True}))
        claimed = other.alerts.claim(1e9 * 1.9)
    assert claimed is not None
    alive = Alerts(AlertSettings(log=False, file=file), store.alerts)
    assert store.alerts.claim(1.9e9 + 30) is None  # it may be at work

    alive._send(store.alerts.claim(1.9e9 + 100))

    assert ["drift"] == [event for event, _ in told(file)]
    assert 0 == store.alerts.waiting()


def test_two_monitors_that_see_the_same_tell_it_once(store, file):
    with Store.open(str(store.path)) as other:
        both = [Alerts(AlertSettings(log=False, file=file), one.alerts) for one in (store, other)]
        for alerts in both:
            alerts.made(report({"a": True}))
        for alerts in both:
            alerts.deliver()

    assert 1 == len(told(file))


def test_a_store_of_an_earlier_version_that_is_only_read_has_no_alerts(store):
    with store.alerts.writing() as connection:
        for name in ("alerts", "states", "silences"):
            connection.exec_driver_sql(f"DROP TABLE {name}")

    assert ([], [], [], 0) == (
        store.alerts.states(),
        store.alerts.silences(),
        store.alerts.recent(),
        store.alerts.waiting(),
    )


def test_a_column_that_is_not_watched_any_more_is_forgotten(store, alerts, file):
    see(alerts, {"a": True, "b": True})
    other = Subject("weekly", "a")
    store.alerts.take({other: "drift"}, lambda changes: {"report": "weekly"}, 1.0)
    see(alerts, {"b": True}, {})

    assert {Subject("daily", "b"), other} == {one.subject for one in store.alerts.states()}


def raised(store, column="score.output.toxicity.toxicity"):
    return store.alarms.raise_(
        "online", "w1", column, "model=m", method="rank_cusum", statistic=9.0, threshold=5.0,
        since=1000.0, now=1060.0,
    )  # fmt: skip


def test_online_alarms_are_told_when_they_open_and_when_they_end(store, alerts, file):
    alarm = raised(store)
    for _ in range(2):
        alerts.watched()
        alerts.deliver()
    (event,) = map(json.loads, file.read_text().splitlines())
    assert ("alarm", "online", "1 online alarm") == (
        event["event"], event["report"], event["headline"]
    )  # fmt: skip
    assert ("rank_cusum", "1970-01-01T00:16:40Z") == (
        event["changes"][0]["method"], event["changes"][0]["since"]
    )  # fmt: skip

    store.alarms.resolve(alarm.id)
    alerts.watched()
    alerts.deliver()

    part = (alarm.column, "model=m")
    assert [("alarm", {part: "alarm"}), ("calm", {part: "calm"})] == told(file)
    assert [] == store.alerts.states()


def test_an_online_alarm_is_listed_and_acknowledged_without_any_monitor(store):
    alarm = raised(store)
    (state,) = store.alerts.states()
    assert ("online", "alarm", 1000.0) == (state.subject.source, state.state, state.since)

    assert 1 == store.alerts.acknowledge(Subject("online", "score.*", "*"), "ann", "new prompt")
    kept = store.alarms.get([alarm.id])[alarm.id]

    assert ("acknowledged", "ann", "new prompt") == (kept.state, kept.acknowledged_by, kept.note)
    assert [] == store.alerts.states()
