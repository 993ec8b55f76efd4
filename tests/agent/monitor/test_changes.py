"""Since when a column is different, how it went, and which requests show it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tokenward.decisions.columns import GROUPS
from tokenward.monitor.changes import onset
from tokenward.monitor.collect import row_worth
from tokenward.monitor.drift import DriftSettings, compare_vectors, decide
from tokenward.monitor.ranges import Period, Periods
from tokenward.monitor.report import make_report
from tokenward.types import DriftVectors

PERIODS = Periods(Period(0.0, 1000.0), Period(1000.0, 2000.0))


@pytest.fixture
def broken(store, make_traffic):
    """A store in which, in the second half of the current period, much more PII comes."""
    store.append(make_traffic(1500, 0.0, 1000.0, seed=1))
    store.append(make_traffic(400, 1000.0, 500.0, seed=2))
    store.append(make_traffic(400, 1500.0, 500.0, seed=3, pii=0.25, alpha=3.0))
    return store


def change_of(report, column, part=None):
    (found,) = [one for one in report.changes if (one.column, one.slice) == (column, part)]
    return found


def test_since_when_is_found_within_a_step(broken):
    report = make_report(broken, PERIODS)
    for column in ("rule.no-pii", "detections.output.pii.EMAIL_ADDRESS", "action"):
        change = change_of(report, column)
        assert 1500.0 == pytest.approx(change.since, abs=2 * change.width)
    assert 1500.0 == pytest.approx(
        change_of(report, "score.output.toxicity.toxicity").since, abs=100.0
    )


def test_a_change_before_the_period_has_no_beginning_in_it(store, make_traffic):
    store.append(make_traffic(1500, 0.0, 1000.0, seed=1))
    store.append(make_traffic(600, 1000.0, 1000.0, seed=2, pii=0.3))
    change = change_of(make_report(store, PERIODS), "rule.no-pii")

    assert change.since is None
    assert 0.02 < change.before < 0.04
    assert all(0.1 < value < 0.5 for value in change.course if value is not None)


def test_the_course_is_that_of_the_records(broken):
    change = change_of(make_report(broken, PERIODS), "rule.no-pii")
    half = len(change.course) // 2
    before, after = np.mean(change.course[:half]), np.mean(change.course[half:])

    assert 0.03 == pytest.approx(before, abs=0.02)
    assert 0.25 == pytest.approx(after, abs=0.05)
    assert (1000.0, 1000.0) == (change.start, pytest.approx(change.width * len(change.course)))


def test_examples_are_requests_that_have_what_became_more(broken):
    change = change_of(make_report(broken, PERIODS), "rule.no-pii")
    times = [broken.get(one).time for one in change.examples]

    assert ("current", 5) == (change.examples_of, len(set(change.examples)))
    assert all(
        any(decision.rules for decision in broken.get(one).decisions) for one in change.examples
    )
    assert sorted(times, reverse=True) == times


def test_what_became_rare_is_shown_in_the_reference(store, make_traffic):
    store.append(make_traffic(1500, 0.0, 1000.0, seed=1, pii=0.3))
    store.append(make_traffic(600, 1000.0, 1000.0, seed=2, pii=0.0))
    change = change_of(make_report(store, PERIODS), "rule.no-pii")

    assert "reference" == change.examples_of
    assert all(store.get(one).time < 1000 and store.get(one).decisions[1].rules for one in change.examples)  # fmt: skip


def test_a_slice_has_its_own_course_and_examples(store, make_traffic):
    for label, pii in (("int4", 0.3), ("fp16", 0.03)):
        labels = {"team": f'the "{label}" team'}
        store.append(make_traffic(900, 0.0, 1000.0, seed=len(label), labels=labels))
        store.append(make_traffic(400, 1000.0, 1000.0, seed=9, pii=pii, labels=labels))
        store.append([replace(one, decision_id=f"{label}-{one.decision_id}") for one in make_traffic(
            400, 1000.0, 1000.0, seed=10, pii=pii, labels=labels)])  # fmt: skip
    report = make_report(store, PERIODS, by=["label.team"])
    change = change_of(report, "rule.no-pii", 'label.team=the "int4" team')
    labels = {store.get(one).labels["team"] for one in change.examples}

    assert {'the "int4" team'} == labels
    assert np.mean([value for value in change.course if value is not None]) > 0.2


def test_changes_are_told_as_json(broken):
    told = make_report(broken, PERIODS).as_dict()["changes"][0]

    assert told == json.loads(json.dumps(told, allow_nan=False))
    assert ["column", "slice", "of", "before", "since", "course", "step_seconds", "examples",
            "examples_of"] == list(told)  # fmt: skip


def test_no_change_no_course(store, make_traffic):
    store.append(make_traffic(800, 0.0, 2000.0, seed=1))

    assert () == make_report(store, PERIODS).changes


def test_traffic_that_begins_within_the_period_is_new_since_then():
    none, other = [0.0, 0.0], [60.0, 40.0]

    assert 2 == onset(np.array([900.0, 100.0]), np.array([none, none, other, other]))


@pytest.mark.parametrize("steps", [[], [[0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]])
def test_nothing_to_see_is_no_change(steps):
    assert 0 == onset(np.array([5.0, 5.0]), np.array(steps))


def test_prompts_of_a_session_are_alike_and_do_not_alarm():
    """Without their sessions, what a few long ones are about looks like another subject."""
    alarms = {True: 0, False: 0}
    settings = DriftSettings(thresholds={"vector": 0.0})
    for seed in range(40):
        chance = np.random.default_rng(seed)
        sides = []
        for sessions in (120, 60):
            about = chance.normal(size=(sessions, 6)).repeat(8, axis=0)
            rows = about + 0.5 * chance.normal(size=about.shape)
            sides.append((rows, chance.integers(0, GROUPS, sessions).repeat(8).astype(float)))
        (one, groups), (other, groups_too) = sides
        for known in alarms:
            worth = (row_worth(one, groups), row_worth(other, groups_too)) if known else (1.0, 1.0)
            found = compare_vectors({"v": DriftVectors(one, other, worth)}, settings)
            alarms[known] += decide(found, settings)[0].drift_detected

    assert alarms[True] <= 2
    assert alarms[False] >= 15


def test_a_change_of_what_prompts_are_about_is_found_by_their_vectors(store, make_traffic):
    chance = np.random.default_rng(1)

    def with_vectors(rows, shift):
        return [
            replace(one, features={**one.features, "prompt.embedding": tuple(chance.normal(shift, 1.0, 8))})
            for one in rows
        ]  # fmt: skip

    store.append(with_vectors(make_traffic(600, 0.0, 1000.0, seed=1), 0.0))
    store.append(with_vectors(make_traffic(300, 1000.0, 500.0, seed=2), 0.0))
    same = make_report(store, Periods(Period(0.0, 1000.0), Period(1000.0, 1500.0)))
    store.append(with_vectors(make_traffic(300, 1500.0, 500.0, seed=3), 0.3))
    moved = make_report(store, Periods(Period(0.0, 1000.0), Period(1500.0, 2000.0)))

    for report, drift in ((same, False), (moved, True)):
        (one,) = [one for one in report.columns if one.kind == "vector"]
        assert ("prompt.embedding", "auc", 600, 300, drift) == (
            one.column, one.method, one.n_reference, one.n_current, one.drift_detected,
        )  # fmt: skip
        assert not [one for one in report.columns if one.column.startswith("prompt.embedding.")]
