"""Classifiers in worker threads that only look on: no answer waits, and none is left out."""

from __future__ import annotations

import threading

import pytest

from tokenward.store.store import Store
from tokenward.testing.echo import Answer, EchoUpstream


@pytest.fixture
def held(registry, monkeypatch):
    """Holds the classifier in its thread until it is let go."""
    go = threading.Event()
    kind = type(registry.detectors["slow"].create(None, None))
    score = kind.score

    def wait(self, texts):
        assert self.inline or go.wait(20)
        return score(self, texts)

    monkeypatch.setattr(kind, "score", wait)
    yield go
    go.set()


@pytest.fixture
def watched(serve, tmp_path, make_rule, held):
    """Sends a request; returns the reply, which came while the classifier waited, and the record."""
    rules = [
        make_rule("hide", ["input", "output"], {"marks": "mail"}, "redact"),
        make_rule("civil", ["output"], {"rude": "rude"}, "block"),
        make_rule("look", ["output"], {"slow": "rude"}, "block", mode="monitor"),
    ]

    def ask(answer, body):
        url = f"sqlite:///{tmp_path}/records.db"
        with EchoUpstream(answer) as upstream:
            sidecar = serve(upstream.url, {"name": "w", "rules": rules}, store=url)
            reply = sidecar.post(body)
            held.set()
            sidecar.end()
        with Store.open(url, read_only=True) as store:
            [one] = store.interactions()
            return reply, one

    return ask


@pytest.mark.parametrize("stream", [False, True])
def test_no_answer_waits_for_a_classifier_that_only_looks_on(watched, ask, stream):
    reply, one = watched(Answer(text="To #mail1234#. Fine. More."), ask(stream=stream))
    [output] = [decision for decision in one.decisions if decision.stage == "output"]

    assert reply.text() == "To <mail>. Fine. More."
    assert output.degraded == ()
    assert output.scores["slow.rude"] == 0.0


@pytest.mark.parametrize("stream", [False, True])
def test_what_it_finds_after_the_answer_is_in_the_record(watched, ask, stream):
    _, one = watched(Answer(text="You rude man. To #mail1234#."), ask(stream=stream))
    [output] = [decision for decision in one.decisions if decision.stage == "output"]

    assert [(rule.id, rule.mode) for rule in output.rules][-1] == ("look", "monitor")
    assert output.scores["slow.rude"] == 1.0


def test_the_headers_say_what_was_done_so_far(watched, ask):
    reply, _ = watched(Answer(text="To #mail1234#. Fine."), ask())

    assert reply.headers["x-tokenward-action"] == "redact"
