"""Traffic that is watched: what is learned, what alarms, what people do, what a restart keeps."""

from __future__ import annotations

import logging
import math

import pytest

from tokenward.decisions.recorder import Recorder
from tokenward.errors import StoreError
from tokenward.online.drift import OnlineDrift, watcher_of
from tokenward.online.settings import OnlineSettings

# -- learning -------------------------------------------------------------------------------


def test_traffic_is_learned_then_watched(watching, traffic):
    watched = watching().feed(traffic.some(1_500))
    assert watched.state("action.block")["state"] == "learning"
    assert watched.state("score.output.tox.insult")["note"] == "learning: 1500 of 2000 rows"
    watched.feed(traffic.some(1_500))
    assert {row["state"] for row in watched.drift.states()} == {"watching"}
    found = watched.state("score.output.tox.insult")
    assert (found["reference_n"], found["n"]) == (2_000, 1_000)
    assert found["threshold"] > found["statistic"] >= 0


def test_which_columns_are_watched(watching, traffic):
    assert watching().feed(traffic.some(200)).columns == {
        "action", "action.block", "action.flag", "action.redact", "answer.refusal", "degraded",
        "prompt.characters", "prompt.language", "rule.no-way", "score.output.pii.EMAIL",
        "score.output.tox.insult", "timing.guard",
    }  # fmt: skip


def test_what_is_excluded_is_not_watched(watching, traffic):
    columns = watching(exclude=("score.*", "action*")).feed(traffic.some(200)).columns
    assert not [name for name in columns if name.startswith(("score.", "action"))]


def test_parts_are_watched_beside_the_whole(watching, traffic):
    watched = watching(by=("model_label",))
    for label in ("int8", "fp16", None):
        watched.feed(traffic.some(1_100, model_label=label))
    slices = {row["slice"] for row in watched.drift.states()}
    assert slices == {"", "model_label=int8", "model_label=fp16"}
    watched.feed(traffic.some(1_000, model_label="int8"))
    watched.feed(traffic.some(1_500, model_label="int8", block=0.2))
    assert watched.state("action.block", "model_label=int8")["state"] == "alarm"
    assert watched.state("action.block", "model_label=fp16")["state"] == "learning"


def test_only_so_many_parts_are_watched(watching, traffic):
    watched = watching(by=("route",))
    watched.feed([traffic.one(route=f"/{at}") for at in range(50)])
    assert len({row["slice"] for row in watched.drift.states()}) == 21


def test_a_budget_that_is_too_small_for_the_reference_alarms_never_and_says_so(watching, traffic):
    words = ("action", "prompt.language")  # of which 600 rows are enough
    watched = watching(per_requests=10**12, learn=600, exclude=words).feed(traffic.some(900))
    found = watched.state("score.output.tox.insult")
    assert (found["state"], found["note"]) == ("learning", "learning: 900 of 1200 rows")
    watched.feed(traffic.some(2_000, shape=9.0, block=0.9))
    assert not watched.alarmed()


def test_a_reference_is_taken_of_the_stores_rows(watching, traffic, store):
    store.append(traffic.some(3_000))
    watched = watching(store, reference=(1e9, 1e9 + 1_500)).feed(traffic.some(100))
    assert watched.state("timing.guard")["reference_n"] == 1_499
    watched.feed(traffic.some(500, shape=2.0))
    assert "score.output.tox.insult" in watched.alarmed()


def test_another_period_gives_another_reference(watching, traffic, store):
    store.append(traffic.some(3_000))
    periods = [(1e9, 1e9 + 1_500), (1e9 + 500, 1e9 + 2_500)]
    for period, rows in zip([periods[0], *periods], (1_499, 1_499, 2_000), strict=True):
        watched = watching(store, reference=period).feed(traffic.some(100))
        assert watched.state("timing.guard")["reference_n"] == rows
        watched.drift.close()


def test_a_reference_of_an_empty_period_is_learned_of_what_comes(watching, traffic, store):
    watched = watching(store, reference=(5.0, 6.0)).feed(traffic.some(100))
    assert watched.state("timing.guard")["note"] == "learning: 100 of 2000 rows"


# -- alarms ---------------------------------------------------------------------------------


@pytest.fixture
def changed(watching, traffic, store, caplog):
    """A guard whose scores and blocks have changed, and its store."""
    watched = watching(store).feed(traffic.some(4_000))
    assert not watched.alarmed()
    with caplog.at_level(logging.INFO):
        return watched.feed(traffic.some(600, shape=2.0, block=0.1))


def test_a_change_alarms_in_the_log_the_store_and_the_metrics(changed, store, caplog):
    assert changed.alarmed() >= {"action.block", "rule.no-way", "score.output.tox.insult"}
    [line] = [one for one in caplog.get_records("setup") if "tox.insult" in one.getMessage()]
    assert line.levelname == "WARNING"
    assert "drift: score.output.tox.insult has changed since 2001-09-09T02:53:" in line.getMessage()
    alarms = {one.column: one for one in store.alarms.open_ones("online")}
    assert set(alarms) == changed.alarmed()
    alarm = alarms["score.output.tox.insult"]
    assert (alarm.source, alarm.method, alarm.state) == ("0", "cusum", "open")
    assert alarm.statistic >= alarm.threshold
    assert 1e9 + 3_950 < alarm.since <= 1e9 + 4_010 < alarm.raised < 1e9 + 4_200
    samples = {(name, labels["column"]): value for name, labels, value in changed.drift.samples()}
    assert samples["tokenward_drift_alarm", "action.block"] == 1.0
    assert samples["tokenward_drift_alarm", "timing.guard"] == 0.0
    assert samples["tokenward_drift_statistic", "action.block"] >= 1.0


def test_those_in_alarm_come_first(changed):
    states = [row["state"] for row in changed.drift.states()]
    assert states[0] == "alarm"
    assert "alarm" not in states[len(changed.alarmed()) :]


def test_an_alarm_is_told_once_and_ends_when_traffic_is_as_before(changed, traffic, store, caplog):
    alarms = {one.id for one in store.alarms.open_ones()}
    changed.feed(traffic.some(200, shape=2.0, block=0.1))
    assert {one.id for one in store.alarms.open_ones()} >= alarms
    changed.feed(traffic.some(2_000))
    assert not changed.alarmed()
    assert {one.state for one in store.alarms.recent()} == {"resolved"}
    assert "drift: score.output.tox.insult is as it was before" in caplog.messages


def test_after_an_alarm_that_ended_the_next_needs_more(changed, traffic, store):
    changed.feed(traffic.some(2_000))
    changed.feed(traffic.some(600, shape=2.0, block=0.1))
    for column in ("score.output.tox.insult", "action.block"):
        later, first = [one for one in store.alarms.recent() if one.column == column]
        assert later.method == first.method
        assert later.threshold > first.threshold


def test_an_acknowledged_change_is_the_new_reference(changed, traffic, store):
    for alarm in store.alarms.open_ones():
        store.alarms.acknowledge(alarm.id, "ann", "the new model")
    changed.drift.save()
    found = changed.state("score.output.tox.insult")
    assert (found["state"], found["note"]) == ("acknowledged", "learning: 0 of 2000 rows")
    changed.feed(traffic.some(6_000, shape=2.0, block=0.1))
    assert changed.state("score.output.tox.insult")["state"] == "watching"
    assert not store.alarms.open_ones()
    assert {one.acknowledged_by for one in store.alarms.recent()} == {"ann"}


def test_a_dismissed_alarm_keeps_the_reference(changed, traffic, store):
    for alarm in store.alarms.open_ones():
        store.alarms.acknowledge(alarm.id, "ann", dismiss=True)
    changed.drift.save()
    found = changed.state("score.output.tox.insult")
    assert (found["state"], found["statistic"], found["reference_n"]) == ("watching", 0.0, 2_000)
    changed.feed(traffic.some(1_000, shape=2.0, block=0.1))
    assert "score.output.tox.insult" in changed.alarmed()


def test_a_rise_warns_before_it_alarms(watching, traffic):
    watched = watching().feed(traffic.some(3_000))
    states = []
    for _ in range(400):
        watched.drift.observe(traffic.one(shape=1.6))
        watched.drift.rest()
        states.append(watched.state("score.output.tox.insult")["state"])
    assert list(dict.fromkeys(states))[:3] == ["watching", "warn", "alarm"]


def test_what_first_occurs_after_learning_is_judged_by_its_absence(watching, traffic):
    watched = watching().feed(traffic.some(4_000, block=0.0))
    assert "rule.no-way" not in watched.columns
    watched.feed(traffic.some(500, block=0.1))
    assert {"rule.no-way", "action.block"} <= watched.alarmed()
    assert watched.state("rule.no-way")["reference_n"] >= 4_000


# -- revisions ------------------------------------------------------------------------------


def test_another_revision_has_rules_and_scores_learn_anew(watching, traffic, caplog):
    watched = watching().feed(traffic.some(3_000))
    watched.feed(traffic.some(200, revision="r2", block=0.3, shape=3.0))
    assert not watched.alarmed()
    assert "drift: policy 'default' has another revision; 7 streams of its rules" in caplog.text
    assert watched.state("action.block")["note"].startswith("learning: 18")
    assert watched.state("timing.guard")["state"] == "watching"
    watched.feed(traffic.some(4_000, revision="r2", block=0.3, shape=3.0))
    assert not watched.alarmed()
    watched.feed(traffic.some(500, revision="r2", block=0.9, shape=3.0))
    assert "action.block" in watched.alarmed()


def test_a_few_late_rows_of_the_old_revision_change_nothing(watching, traffic, caplog):
    watched = watching().feed(traffic.some(3_000))
    for _ in range(10):
        watched.feed(traffic.some(10, revision="r0", block=1.0) + traffic.some(1))
    assert "revision" not in caplog.text
    assert not watched.alarmed()


# -- bad input ------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_no_measurement(watching, traffic, bad):
    watched = watching().feed(traffic.some(2_500))
    before = watched.state("score.output.tox.insult")
    watched.feed(traffic.some(500, score=bad, timings={"guard": bad}))
    assert watched.state("score.output.tox.insult")["statistic"] == before["statistic"]
    assert not watched.alarmed()


def test_a_constant_column_that_changes_is_found(watching, traffic):
    watched = watching().feed(traffic.some(4_000, timings={"guard": 0.25}))
    assert watched.state("timing.guard")["state"] == "watching"
    watched.feed(traffic.some(300, timings={"guard": 0.26}))
    assert "timing.guard" in watched.alarmed()


def test_a_clock_that_goes_back_changes_nothing(watching, traffic):
    watched = watching()
    rows = traffic.some(4_000)
    for at, row in enumerate(rows):
        object.__setattr__(row, "time", 1e9 - at)
    watched.feed(rows)
    assert not watched.alarmed()
    watched.feed(traffic.some(600, shape=2.0))
    assert "score.output.tox.insult" in watched.alarmed()


def test_requests_that_no_guard_looked_at_say_nothing(watching, traffic):
    rows = traffic.some(500, policy=None, revision=None, decisions=(), labels={"outcome": "x"})
    watched = watching().feed(rows)
    assert watched.state("action.block")["note"] == "learning: 0 of 2000 rows"


def test_rows_stand_for_as_many_as_they_weigh(watching, traffic):
    """Of what was allowed every tenth row is recorded; blocks are all there."""

    def sampled(count, **how):
        rows = traffic.some(count, **how)
        kept = [one for at, one in enumerate(rows) if one.action == "block" or at % 10 == 0]
        for one in kept:
            if one.action != "block":
                object.__setattr__(one, "sample_weight", 10.0)
        return kept

    watched = watching(per_requests=500_000).feed(sampled(40_000))
    assert not watched.alarmed()
    watched.feed(sampled(4_000, block=0.1))
    assert "action.block" in watched.alarmed()


def test_nothing_is_watched_where_that_is_off(store):
    assert watcher_of(OnlineSettings(on=False), store) is None


# -- the rate of requests -------------------------------------------------------------------


def test_the_budget_is_one_a_month_at_the_rate_that_is_seen(watching, traffic):
    """The same rows in an hour and in a month: more requests a month, and higher thresholds."""

    def threshold(seconds):
        now = iter(range(10**9))
        step = seconds / 4_000
        watched = watching(per_requests=None, clock=lambda: next(now) * step / 3)
        return watched.feed(traffic.some(4_000)).state("timing.guard")["threshold"]

    assert threshold(3_600) > threshold(86_400) > threshold(30 * 86_400)


def test_what_was_learned_in_a_rush_is_enough_when_it_is_over(watching, traffic):
    """A thousand rows in a second are 2.6 billion a month; in an hour they are fewer."""
    now = [0.0]
    watched = watching(per_requests=None, learn=600, clock=lambda: now[0])
    watched.feed(traffic.some(700))
    assert watched.state("timing.guard")["state"] == "learning"
    now[0] = 86_400.0
    watched.feed(traffic.some(200))
    assert watched.state("timing.guard")["state"] == "watching"


# -- restarts -------------------------------------------------------------------------------


def test_a_restart_goes_on_where_it_was(watching, traffic, store):
    one = watching(store).feed(traffic.some(3_000))
    one.feed(traffic.some(60, shape=2.0))
    one.drift.close()
    other = watching(store)
    keys = ("column", "slice", "state", "statistic", "threshold", "since", "reference_n")
    told = [[{key: row[key] for key in keys} for row in who.drift.states()] for who in (one, other)]
    assert told[0] == told[1]


def test_a_page_of_another_process_reads_how_all_streams_stand(watching, traffic, store):
    one = watching(store).feed(traffic.some(2_500))
    one.drift.close()
    watching(store, "1").drift.close()
    told = store.online.told()
    assert len(told) == 2 * len(one.drift.states())
    [found] = [row for row in told if (row["column"], row["writer"]) == ("timing.guard", "0")]
    assert found.pop("time") == 1e9 + 2_500
    assert found == {**one.state("timing.guard"), "writer": "0"}


def test_an_alarm_survives_a_restart_and_is_not_told_again(changed, watching, traffic, store):
    changed.drift.close()
    count = len(store.alarms.recent())
    other = watching(store)
    assert other.alarmed() == changed.alarmed()
    other.feed(traffic.some(100, shape=2.0, block=0.1))
    assert len(store.alarms.recent()) == count
    other.feed(traffic.some(5_000))
    assert not store.alarms.open_ones()


def test_a_restart_while_learning_learns_on(watching, traffic, store):
    watching(store).feed(traffic.some(1_200)).drift.close()
    other = watching(store)
    assert other.state("timing.guard")["note"] == "learning: 1200 of 2000 rows"
    other.feed(traffic.some(900))
    assert other.state("action.block")["reference_n"] == 2_000
    assert other.state("score.output.pii.EMAIL")["state"] == "watching"


def test_each_writer_keeps_its_own_and_a_new_one_begins_with_the_others_references(
    watching, traffic, store
):
    one = watching(store, "0").feed(traffic.some(3_000)).feed(traffic.some(100, shape=2.0))
    one.drift.close()
    other = watching(store, "1")
    found = other.state("score.output.tox.insult")
    assert (found["state"], found["statistic"], found["reference_n"]) == ("watching", 0.0, 2_000)
    other.feed(traffic.some(300)).drift.close()
    again = watching(store, "0")
    assert (
        again.state("score.output.tox.insult")["statistic"]
        == one.state("score.output.tox.insult")["statistic"]
    )


def test_a_store_that_lost_its_rows_is_given_all_again(watching, traffic, store):
    one = watching(store).feed(traffic.some(2_500))
    one.drift.save()
    with store.online.writing() as connection:
        connection.exec_driver_sql("DELETE FROM online_state")
    one.drift.save()
    one.drift.save()
    assert watching(store).state("timing.guard")["reference_n"] == 2_000


def test_columns_that_are_excluded_later_are_forgotten(watching, traffic, store):
    watching(store).feed(traffic.some(2_500)).drift.close()
    assert "timing.guard" not in watching(store, exclude=("timing.*",)).columns


def test_a_state_that_cannot_be_read_is_begun_anew(watching, traffic, store, caplog):
    watching(store).feed(traffic.some(2_500)).drift.close()
    with store.online.writing() as connection:
        connection.exec_driver_sql("""UPDATE online_state SET state = '{"kind": "rate"}'""")
    other = watching(store)
    assert "drift: it begins anew: its saved state cannot be read: KeyError" in caplog.text
    assert other.feed(traffic.some(100)).state("timing.guard")["state"] == "learning"


# -- in the recorder ------------------------------------------------------------------------


def test_the_recorder_shows_each_record_and_saves(store, traffic):
    drift = watcher_of(OnlineSettings(learn=500, per_requests=50_000), store)
    with Recorder(store, observer=drift) as recorder:
        for one in traffic.some(700):
            recorder.record(one)
        assert recorder.flush()
    assert {row["state"] for row in drift.states()} == {"watching"}
    kept, own = store.online.read("0")
    assert own
    assert len(kept) == len(drift.states()) + 1


class Broken:
    def observe(self, one):
        raise ZeroDivisionError("a text of a user")

    rest = close = lambda self: None


def test_an_observer_that_fails_loses_no_record_and_is_told_once(store, traffic, caplog):
    with Recorder(store, observer=Broken()) as recorder:
        for one in traffic.some(30):
            recorder.record(one)
        assert recorder.flush()
    assert store.count() == recorder.observer_errors == 30
    assert caplog.messages == ["an observer of records failed: ZeroDivisionError"]


class Full:
    """A keeper whose store takes nothing."""

    def __init__(self):
        self.alarms = self

    def restore(self, slices, budget, period):
        return False

    def save(self, slices, budget):
        raise StoreError("no space left for the store")

    def raise_(self, stream):
        raise StoreError("no space left for the store")

    def get(self, ids):
        return {}


def test_a_store_that_fails_is_told_once_and_alarms_go_on(traffic, caplog):
    drift = OnlineDrift(OnlineSettings(learn=600, per_requests=50_000), Full(), clock=lambda: 0.0)
    for _ in range(3):
        drift.save()
    assert caplog.messages == ["drift: its state is not saved: no space left for the store"]
    for one in [*traffic.some(1_500), *traffic.some(900, shape=3.0)]:
        drift.observe(one)
        drift.rest()
    assert "score.output.tox.insult has changed since" in caplog.text
    assert len([one for one in caplog.messages if "no space" in one]) == 1


def test_an_empty_store_and_no_traffic(store):
    drift = watcher_of(OnlineSettings(), store)
    drift.rest()
    drift.close()
    assert {row["state"] for row in drift.states()} == {"learning"}
