"""Alarms in the store."""

from __future__ import annotations

import pytest

from tokenward.errors import StoreError, UsageError
from tokenward.store.beside.online_states import Kept
from tokenward.store.store import Store

HOW = {"method": "cusum", "statistic": 30.5, "threshold": 28.0, "since": 900.0}


def raised(store, column="action.block", *, now=1000.0, kind="online", **more):
    return store.alarms.raise_(kind, "0", column, **HOW, now=now, **more)


def test_an_alarm_is_open_until_it_is_resolved(store):
    alarm = raised(store)
    assert store.alarms.open_ones() == [alarm]
    assert (alarm.column, alarm.slice, alarm.raised, alarm.since) == (
        "action.block",
        "",
        1000.0,
        900.0,
    )
    assert store.alarms.resolve(alarm.id, now=2000.0)
    assert not store.alarms.resolve(alarm.id)
    assert store.alarms.open_ones() == []
    [found] = store.alarms.recent()
    assert (found.state, found.changed) == ("resolved", 2000.0)


@pytest.mark.parametrize(("dismiss", "state"), [(False, "acknowledged"), (True, "dismissed")])
def test_a_person_acknowledges_it_once(store, dismiss, state):
    alarm = raised(store)
    store.alarms.acknowledge(alarm.id, " ann ", "seen", dismiss=dismiss, now=1500.0)
    found = store.alarms.get([alarm.id])[alarm.id]
    assert (found.state, found.acknowledged_by, found.note, found.changed) == (
        state, "ann", "seen", 1500.0,
    )  # fmt: skip
    with pytest.raises(UsageError, match=f"no alarm '{alarm.id}' is open"):
        store.alarms.acknowledge(alarm.id, "bob")


def test_nobody_cannot_acknowledge(store):
    with pytest.raises(UsageError, match="say who acknowledges"):
        store.alarms.acknowledge(raised(store).id, " ")


def test_the_newest_come_first_and_kinds_are_told_apart(store):
    old, new = raised(store, now=1.0), raised(store, "degraded", now=2.0, kind="scheduled")
    assert store.alarms.open_ones() == [new, old]
    assert store.alarms.open_ones("scheduled") == [new]
    assert store.alarms.recent(1) == [new]


def test_alarms_of_all_writers_are_seen_and_acknowledged(store, tmp_path):
    with Store.open(f"sqlite:///{tmp_path}/log.db", create=True, shard=3) as other:
        alarm = raised(other)
        assert store.alarms.open_ones() == [alarm]
        store.alarms.acknowledge(alarm.id, "ann")
        assert other.alarms.open_ones() == []
        assert (store.writer, other.writer) == ("0", "3")


def test_a_store_of_an_earlier_version_has_none(store):
    with store.alarms.writing() as connection:
        connection.exec_driver_sql("DROP TABLE alarms")
        connection.exec_driver_sql("DROP TABLE online_state")
    assert store.alarms.open_ones() == []
    assert store.online.read("0") == ([], False)


def test_what_is_no_number_is_refused(store):
    with pytest.raises((StoreError, ValueError)):
        store.alarms.raise_("online", "0", "x", **{**HOW, "since": None})


# -- PostgreSQL -----------------------------------------------------------------------------


def test_alarms_and_states_are_the_same_in_postgresql(database):
    with Store.open(database, create=True) as store:
        alarm = raised(store, slice_="model_label=int8")
        store.alarms.acknowledge(alarm.id, "ann", "seen")
        assert store.alarms.get([alarm.id])[alarm.id].state == "acknowledged"
        reference = {"kind": "rate", "events": 3.0, "rows": 100}
        for state in (
            {"told": {"column": "a", "slice": ""}},
            {"told": {"column": "a", "slice": "x"}},
        ):
            store.online.write(store.writer, [Kept("a", "", 5.0, reference, state)])
            reference = None
        [kept], own = store.online.read(store.writer)
        assert own
        assert (kept.reference["events"], kept.state["told"]["slice"]) == (3.0, "x")
        assert store.online.read("another") == ([kept], False)
        assert [one["writer"] for one in store.online.told()] == [store.writer]
