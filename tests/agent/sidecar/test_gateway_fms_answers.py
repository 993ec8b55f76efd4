"""The detector API's calls about an answer and what it answers."""

from __future__ import annotations

import pytest

from tokenward.store.store import Store

GENERATION, DOC, CHAT = (
    f"/api/v1/text/{name}" for name in ("generation", "context/doc", "context/chat")
)
MAIL, STOP = "#mail1234#", "#stop1234#"


@pytest.fixture
def fms(serve):
    """Starts a sidecar that has no model server."""
    return lambda *policies, **more: serve("", *policies, gateway=("fms",), **more)


@pytest.fixture
def ask(fms):
    """Sends a call to a sidecar that only knows marks; returns status and answer."""
    running = fms()

    def send(path, body, detector="test"):
        reply = running.post(body, path, detector_id=detector)
        return reply.status, reply.json

    return send


def test_any_rule_of_the_stage_looks(ask):
    status, rows = ask(GENERATION, {"prompt": MAIL, "generated_text": f"so {STOP}"})
    assert status == 200
    assert [row["detection"] for row in rows] == ["stop"]


def test_of_a_chat_the_last_message_is_judged(ask):
    said = [{"role": "assistant", "content": STOP}, {"role": "user", "content": f"to {MAIL}"}]
    status, [row] = ask(CHAT, {"messages": said})
    assert (status, row["detection"], row["metadata"]["start"]) == (200, "mail", 3)


def test_a_threshold_leaves_lower_scores_out(ask):
    body = {"prompt": "x", "generated_text": MAIL, "detector_params": {"threshold": 1.0}}
    assert len(ask(GENERATION, body)[1]) == 1


def test_a_call_gives_one_record(fms, tmp_path):
    url = f"sqlite:///{tmp_path / 'r.db'}"
    running = fms(store=url)
    running.post({"prompt": "Who?", "generated_text": MAIL}, GENERATION, detector_id="test")
    running.end()
    with Store.open(url) as store:
        [row] = store.interactions()
    assert (row.source, row.route, row.policy, row.action) == ("fms", GENERATION, "test", "redact")
    [decision] = row.decisions
    assert (decision.stage, decision.rules[0].count) == ("output", 1)


@pytest.mark.parametrize(
    ("path", "body", "detector", "status", "told"),
    [
        (GENERATION, {"prompt": "x"}, "test", 422, "generated_text must be a text"),
        (GENERATION, {"prompt": 1, "generated_text": ""}, "test", 422, "prompt must be a text"),
        (GENERATION, {"prompt": "x", "generated_text": "y"}, "test:input", 422, "stage 'output'"),
        (GENERATION, {"prompt": "x", "generated_text": "y"}, "none", 404, "names no policy"),
        (DOC, {"content": "x", "context": []}, "test", 422, "use one of: docs, document, chunks"),
        (
            DOC,
            {"content": "x", "context_type": "url", "context": ["http://x"]},
            "test",
            422,
            "nothing is fetched",
        ),
        (DOC, {"content": "x", "context_type": "docs"}, "test", 422, "context must be a list"),
        (CHAT, {"messages": []}, "test", 422, "messages must be a list"),
        (CHAT, {"chat_history": ["x"]}, "test", 422, "chat_history must be a list"),
        (CHAT, {"messages": [{"role": "user"}]}, "test", 422, "content must be a text"),
    ],
)
def test_what_cannot_be_read_is_told(ask, path, body, detector, status, told):
    found, answer = ask(path, body, detector)
    assert (found, answer["code"]) == (status, status)
    assert told in answer["message"]
