"""What is kept beside the records: texts, policies, feedback, alerts; in files and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from tokenward.decisions.record import KeptText
from tokenward.store.beside.alerts import Subject


def telling(changes):
    return {"report": "daily", "changes": changes}


def test_texts_policies_and_feedback_are_kept_and_erased(either, interaction):
    texts = (KeptText("input", "a kept text", whole=True), KeptText("input", "another"))
    either.append(
        [
            replace(interaction(1, subject="ann", time=1000.0), texts=texts),
            replace(interaction(2, time=2000.0), texts=texts[:1]),
        ]
    )
    either.policies.keep({"name": "p", "revision": "r", "rules": {}})
    for value in ("bad", 1):
        either.feedback.give("id-1", value)
        either.feedback.give("id-2", value, "stars")

    assert {"id-1": list(texts), "id-2": [texts[0]]} == either.texts.of(["id-1", "id-2", "id-9"])
    assert (["p"], {"rating": 1.0}) == (
        [one["name"] for one in either.policies.all()],
        either.feedback.of("id-1"),
    )

    either.purge(subject="ann")
    assert ({"id-2": [texts[0]]}, {}) == (
        either.texts.of(["id-1", "id-2"]),
        either.feedback.of("id-1"),
    )
    either.purge(before=3000.0)
    assert ({}, {}) == (either.texts.of(["id-2"]), either.feedback.of("id-2"))


def test_states_become_alerts_that_one_process_sends(either):
    kept, a, b = either.alerts, Subject("daily", "a"), Subject("daily", "b", "model=m")
    assert 1 == len(kept.take({a: "drift", b: "fine"}, telling, 10.0))
    assert [] == kept.take({a: "drift", b: "fine"}, telling, 20.0)
    silence = kept.silence(Subject("*", "b", "*"), 500.0, "ann", "a test", now=20.0)
    assert [] == kept.take({b: "drift"}, telling, 30.0)

    one = kept.claim(40.0)
    assert ("daily", "a", 0, ()) == (
        one.event["report"],
        one.event["changes"][0]["column"],
        one.attempts,
        one.done,
    )
    assert kept.claim(50.0) is None
    kept.settle(one, ["log"], 60.0, 50.0)
    again = kept.claim(70.0)
    assert (1, ("log",)) == (again.attempts, again.done)
    kept.settle(again, ["log", "file"], None, 70.0)

    assert (None, 0, 70.0) == (kept.claim(1e9), kept.waiting(), kept.recent()[0]["sent"])
    assert [(b, "drift", "fine", 30.0), (a, "drift", "drift", 10.0)] == [
        (state.subject, state.state, state.told, state.since) for state in kept.states()
    ]
    assert 2 == kept.acknowledge(Subject("daily", "*", "*"), "ann", "seen")
    assert [silence] == kept.silences(now=100.0)
    kept.unsilence(silence.id, now=200.0)
    assert [] == kept.silences(now=200.0)
    kept.take({a: "drift"}, telling, 300.0, watched=[a])
    assert [a] == [state.subject for state in kept.states()]


def test_an_alert_that_is_given_up_waits_no_more(either):
    either.alerts.take({Subject("daily"): "failed"}, telling, 10.0)
    either.alerts.give_up(either.alerts.claim(10.0))

    assert (0, None, 1) == (
        either.alerts.waiting(),
        either.alerts.claim(1e9),
        either.alerts.recent()[0]["attempts"],
    )


def test_a_name_that_looks_like_a_pattern_fits_itself(store):
    odd = Subject("daily", "label", "team=a[b")
    store.alerts.take({odd: "drift", Subject("daily", "label"): "drift"}, telling, 10.0)

    assert 1 == store.alerts.acknowledge(odd, "ann")
    assert 2 == store.alerts.acknowledge(Subject("*", "*", "*"), "ann")
