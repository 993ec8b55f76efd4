"""What is kept of a request, and what is not."""

from __future__ import annotations

import json
import logging
import socket
import time
from urllib.parse import urlsplit

import pytest

from tokenward.store.store import Store
from tokenward.testing.echo import Answer, EchoUpstream


@pytest.fixture
def recorded(serve, tmp_path):
    """Runs requests through a sidecar with a store; returns what the store holds at the end."""

    def run(answer, *requests, policy=None, **settings):
        url = f"sqlite:///{tmp_path}/records.db"
        with EchoUpstream(answer) as upstream:
            sidecar = serve(upstream.url, *([policy] if policy else []), store=url, **settings)
            replies = [sidecar.post(body, **headers) for body, headers in requests]
            sidecar.end()
        with Store.open(url, read_only=True) as store:
            return replies, list(store.interactions())

    return run


def test_a_request_gives_one_record(recorded, ask):
    headers = {
        "x_tokenward_route": "web",
        "x_tokenward_subject": "ann",
        "x_tokenward_session": "s1",
    }
    body = ask("to #swap1234#", temperature=0.5, seed=3)
    [reply], [one] = recorded("hi #mail1234#", (body, headers), model_label="int8")
    assert one.decision_id == reply.headers["x-tokenward-decision-id"]
    assert (one.source, one.route, one.model, one.model_label) == ("sidecar", "web", "m", "int8")
    assert (one.policy, one.action) == ("test", "redact") or one.action == "replace"
    assert one.parameters == {"temperature": 0.5, "seed": 3}
    assert (one.prompt_tokens, one.completion_tokens) == (7, 4)
    assert one.subject is not None
    assert one.subject != "ann"
    assert one.labels == {"outcome": "answered", "status": "200"}
    assert set(one.timings) == {"total", "guard", "ttft"}
    assert one.timings["total"] >= one.timings["ttft"] > 0


def test_a_record_carries_the_labels_that_were_asked_for_and_no_others(recorded, ask):
    body = ask("hi", metadata={"team": "pay", "tier": "gold", "user": "ann"})
    _, [one] = recorded("hi", (body, {"x_tokenward_label_tier": "free"}), label=("team", "tier"))
    told = {"outcome": "answered", "status": "200"}
    assert one.labels == {**told, "team": "pay", "tier": "free"}


@pytest.mark.parametrize("name", ["outcome", "a b", "", "x" * 65])
def test_a_label_has_a_name_that_nothing_else_has(name):
    from tokenward.errors import UsageError
    from tokenward.sidecar.config import read_settings

    with pytest.raises(UsageError, match="label: cannot use the name"):
        read_settings({"upstream": "http://127.0.0.1:1", "label": [name]}, None)


def test_a_hooks_records_carry_the_labels_of_its_guard(tmp_path):
    from tokenward.errors import UsageError
    from tokenward.guard import Guard

    with Guard.load("pii-secrets", store=tmp_path / "r.db", labels={"team": "pay"}) as guard:
        guard.check("hello")
    with Store.open(str(tmp_path / "r.db"), read_only=True) as store:
        assert [one.labels for one in store.interactions()] == [{"team": "pay"}]
    with pytest.raises(UsageError, match="outcome"):
        Guard.load("pii-secrets", store=tmp_path / "r.db", labels={"outcome": "mine"})


def test_what_was_asked_is_kept_beside_what_was_allowed(recorded, ask, policy):
    limits = {"temperature": {"max": 1.0}, "max_tokens": {"max": 64, "otherwise": "refuse"}}
    requests = [ask(temperature=1.5, max_tokens=9), ask(temperature=0.5), ask(max_tokens=65)]
    _, records = recorded(
        "hi", *((body, {}) for body in requests), policy={**policy, "limits": limits}
    )
    assert [dict(one.parameters) for one in records] == [
        {"temperature": 1.0, "asked.temperature": 1.5, "max_tokens": 9},
        {"temperature": 0.5, "max_tokens": 64},
        {"max_tokens": 65},
    ]
    assert [one.labels["outcome"] for one in records] == ["answered", "answered", "limit_exceeded"]


def test_each_stage_has_its_decision(recorded, ask):
    answer = Answer(text="hi #mail1234#", tool_calls=[("f", '{"a": "#swap1234#"}')])
    _, [one] = recorded(answer, (ask(stream=True), {}))
    stages = {decision.stage: decision for decision in one.decisions}
    assert {stage: d.action for stage, d in stages.items()} == {
        "input": "allow",
        "output": "redact",
        "tool_call": "replace",
    }
    [rule] = stages["output"].rules
    assert (rule.id, [(d.start, d.end) for d in rule.detections]) == ("hide", [(3, 13)])
    assert one.hold_back == 9


def test_texts_are_nowhere_in_the_store(recorded, ask, tmp_path):
    recorded("answer #mail1234#", (ask("question #mail5678#", stop=["sesame"]), {}))
    data = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for text in (b"mail1234", b"mail5678", b"sesame", b"question"):
        assert text not in data


def test_blocked_requests_are_recorded(recorded, ask):
    _, [one] = recorded("x", (ask("#stop1234#"), {}))
    assert (one.action, one.labels["outcome"]) == ("block", "blocked")
    assert "ttft" in one.timings


def test_blocked_answers_are_recorded(recorded, ask):
    _, [one] = recorded("#stop1234#", (ask(stream=True), {}))
    assert one.action == "block"


def test_refused_requests_are_recorded(recorded):
    _, [one] = recorded("x", (b"{", {}))
    assert one.labels == {"outcome": "invalid_json", "status": "400"}
    assert one.decisions == ()


def test_broken_answers_are_recorded(recorded, ask):
    _, [one] = recorded(Answer(text="abcdef", cut_after=2), (ask(stream=True), {}))
    assert one.labels["outcome"] == "upstream_broke"


def test_failed_detectors_are_recorded(recorded, ask, make_rule):
    rules = [make_rule("r", ["output"], {"broken": "x"}, "block", on_error="allow")]
    _, [one] = recorded("x", (ask(), {}), policy={"name": "b", "rules": rules})
    assert one.degraded == ("broken",)


def test_watching_classifiers_are_in_the_record(recorded, ask, make_rule):
    rules = [make_rule("look", ["output"], {"slow": "rude"}, "block", mode="monitor")]
    policy = {"name": "w", "rules": rules}
    answer = Answer(text="Fine. You rude man. Fine.")
    _, records = recorded(answer, (ask(stream=True), {}), (ask(), {}), policy=policy)
    for one in records:
        [decision] = [d for d in one.decisions if d.stage == "output"]
        assert [(rule.id, rule.mode) for rule in decision.rules] == [("look", "monitor")]
        assert decision.scores == {"slow.rude": 1.0}


def test_a_client_that_leaves_is_recorded(serve, tmp_path, ask):
    url = f"sqlite:///{tmp_path}/records.db"
    with EchoUpstream(Answer(text="#mail1234# " + "x" * 4000, delay=0.005)) as upstream:
        sidecar = serve(upstream.url, store=url)
        parts = urlsplit(sidecar.url)
        body = json.dumps(ask(stream=True)).encode()
        with socket.create_connection((parts.hostname, parts.port)) as client:
            head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
            client.sendall(head % len(body) + body)
            time.sleep(0.3)
        time.sleep(0.3)
        sidecar.end()
    with Store.open(url, read_only=True) as store:
        [one] = store.interactions()
    assert one.labels["outcome"] == "client_left"
    assert one.action == "redact"


# -- logs -----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["plain", "json"])
def test_a_line_a_request_without_text(serve, ask, caplog, form):
    with EchoUpstream("answer #mail1234#") as upstream, caplog.at_level(logging.INFO, "tokenward"):
        sidecar = serve(upstream.url, log_format=form)
        sidecar.post(ask("question", model="mod"), x_tokenward_route="rou")
        sidecar.end()
    [line] = [r.getMessage() for r in caplog.records if "decision_id" in r.getMessage()]
    if form == "json":
        value = json.loads(line)
        assert (value["status"], value["action"], value["rules"]) == (200, "redact", ["hide"])
    else:
        assert "status=200" in line
        assert "rules=hide" in line
    for text in ("question", "answer #", "mail1234", "mod", "rou"):
        assert text not in line


def test_no_line_where_none_was_asked_for(serve, ask, caplog):
    with EchoUpstream() as upstream, caplog.at_level(logging.INFO, "tokenward"):
        sidecar = serve(upstream.url)
        sidecar.post(ask())
        sidecar.end()
    assert not [
        r for r in caplog.records if r.levelno < logging.WARNING and "decision_id" in r.getMessage()
    ]
