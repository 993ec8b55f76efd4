"""The sidecar takes back what a rule forbids, and asks its model server to go on in another way."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from types import SimpleNamespace

import openai
import pytest
from sqlalchemy import create_engine, text
from tests.agent.marks import RULES, rule
from tests.agent.upstream import Said, Upstream
from tests.agent.wire.retelling import said, whole

from tokenward.sidecar.relay import ask_upstream
from tokenward.sidecar.settings import Settings
from tokenward.testing.echo import Answer, EchoUpstream

BAD, GOOD = "Take it #stop1234# now", "and go."
ACTIONS = {
    "block": ("Take it No.", "content_filter"),
    "redact": ("Take it <stop> now", "stop"),
    "replace": ("Take it [so] now", "stop"),
    "flag": (BAD, "stop"),
}


def policy(otherwise="block", *, attempts=2, detect="marks", type_="stop", **more):
    otherwise = {"replace": {"replace": "[so]"}}.get(otherwise, otherwise)
    action = {"rewind": {"attempts": attempts, "otherwise": otherwise}}
    first = rule("again", ["output"], {detect: type_}, action, message="No.", **more)
    return {"name": "retold", "rules": [first, *RULES[:2]]}


@pytest.fixture
def guarded(serve):
    """Starts a sidecar before a model server that says one answer after the other."""
    upstreams = []

    def start(*answers, rules=None, **settings):
        upstream = EchoUpstream(*answers).start()
        upstreams.append(upstream)
        start.upstream = upstream
        start.running = serve(upstream.url, rules or policy(), **{"continues": "vllm", **settings})
        return start.running

    yield start
    for upstream in upstreams:
        upstream.stop()


@pytest.fixture
def api():
    made = []

    def client(running):
        made.append(openai.OpenAI(base_url=running.base, api_key="none", max_retries=0))
        return made[-1]

    yield client
    for one in made:
        one.close()


MESSAGES = [{"role": "user", "content": "hi"}]


def chat(client, *, stream, **more):
    """Returns the text, the finish reason and the ids that a real client has."""
    answer = client.chat.completions.create(model="m", messages=MESSAGES, stream=stream, **more)
    if not stream:
        choice = answer.choices[0]
        return choice.message.content, choice.finish_reason, {answer.id}
    chunks = list(answer)
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    text = "".join(choice.delta.content or "" for choice in choices)
    finish = [choice.finish_reason for choice in choices if choice.finish_reason]
    assert [choice.delta.role for choice in choices if choice.delta.role] == ["assistant"]
    return text, *finish, {chunk.id for chunk in chunks}


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_a_real_client_sees_one_answer(guarded, api, stream, chunk):
    running = guarded(Answer(text=BAD, chunk=chunk), Answer(text=GOOD, chunk=chunk))
    assert chat(api(running), stream=stream) == ("Take it and go.", "stop", {"echo-1"})
    first, second = guarded.upstream.requests
    assert second["messages"] == [*MESSAGES, {"role": "assistant", "content": "Take it"}]
    assert (second["continue_final_message"], second["add_generation_prompt"]) == (True, False)
    assert second["bad_words"] == ["#stop1234#"]
    assert first["messages"] == MESSAGES


@pytest.mark.parametrize("stream", [True, False])
def test_a_real_client_of_completions_sees_one_answer(guarded, api, stream):
    client = api(guarded(BAD, GOOD))
    answer = client.completions.create(model="m", prompt="Say: ", stream=stream)
    choices = [chunk.choices[0] for chunk in answer] if stream else answer.choices
    assert "".join(choice.text for choice in choices) == "Take it and go."
    assert choices[-1].finish_reason == "stop"
    assert guarded.upstream.requests[1]["prompt"] == "Say: Take it"


def test_the_helper_of_the_client_has_the_text_and_the_usage(guarded, api):
    client = api(guarded(BAD, GOOD))
    options = {"include_usage": True}
    with client.chat.completions.stream(model="m", messages=MESSAGES, stream_options=options) as s:
        final = s.get_final_completion()
    assert final.choices[0].message.content == "Take it and go."
    # 5 pieces were said up to the mark's end, 2 in the other ending
    assert final.usage.completion_tokens == 5 + 2
    assert final.usage.total_tokens == final.usage.prompt_tokens + 7


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("action", ACTIONS)
def test_when_the_attempts_are_used_up_the_fallback_applies(guarded, api, action, stream):
    running = guarded(BAD, "#stop1234# now", rules=policy(action))
    told, finish, _ = chat(api(running), stream=stream)
    expected = ACTIONS[action]
    assert (told, finish) == (
        ("No.", expected[1]) if (action, stream) == ("block", False) else expected
    )
    assert len(guarded.upstream.requests) == 3


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("action", ACTIONS)
def test_where_the_server_cannot_go_on_the_fallback_applies_at_once(guarded, api, action, stream):
    running = guarded(BAD, GOOD, rules=policy(action), continues="none")
    told, finish, _ = chat(api(running), stream=stream)
    expected = ACTIONS[action]
    assert (told, finish) == (
        ("No.", expected[1]) if (action, stream) == ("block", False) else expected
    )
    assert len(guarded.upstream.requests) == 1


def test_by_default_nothing_is_asked_again(guarded, api):
    running = guarded(BAD, GOOD, continues=Settings("http://localhost").continues)
    assert chat(api(running), stream=True)[:2] == ACTIONS["block"]


def test_several_choices_are_left_to_the_fallback(guarded, ask):
    running = guarded(BAD, rules=policy("redact"))
    reply = running.post(ask(stream=True, n=2))
    assert [reply.text(0), reply.text(1)] == ["Take it <stop> now"] * 2
    assert len(guarded.upstream.requests) == 1


@pytest.mark.parametrize("chunk", [1, 4, 100])
def test_a_call_behind_the_text_is_made_and_the_text_left_to_the_fallback(guarded, ask, chunk):
    # the mark is known only at the end of the text, when the call has come
    answer = Answer(text="1234567890", chunk=chunk, tool_calls=[("f", '{"a": 1}')])
    rules = policy("redact", detect="digits", type_="long")
    reply = guarded(answer, rules=rules).post(ask(stream=True))
    calls = [c for e in reply.chunks for c in e["choices"][0]["delta"].get("tool_calls", ())]
    assert (reply.text(), reply.finish()) == ("<long>", ["tool_calls"])
    assert "".join(call["function"].get("arguments", "") for call in calls) == '{"a": 1}'
    assert len(guarded.upstream.requests) == 1


def test_reasoning_before_the_text_leaves_it_to_the_fallback(guarded, ask):
    reply = guarded(Answer(text=BAD, reasoning="hm"), rules=policy("redact")).post(ask(stream=True))
    assert (reply.text(), reply.text(key="reasoning_content")) == ("Take it <stop> now", "hm")


def test_rules_that_wait_for_workers_rewind_too(guarded, ask):
    rules = policy(detect="slow", type_="rude")
    reply = guarded("Well. You are rude. Bye.", " You are kind.", rules=rules).post(
        ask(stream=True)
    )
    assert (reply.text(), reply.finish()) == ("Well. You are kind.", ["stop"])
    assert guarded.upstream.requests[1]["bad_words"] == ["You are rude."]


# -- the seam -------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 2, 5, 100])
@pytest.mark.parametrize("stream", [True, False])
def test_a_value_across_the_seam_is_found(guarded, api, stream, chunk):
    answers = [Answer(text=one, chunk=chunk) for one in ("Call #mai#stop1234#", "l1234# or")]
    assert chat(api(guarded(*answers)), stream=stream)[0] == "Call <mail> or"


def test_what_the_rules_take_out_is_not_lost_to_the_model(guarded, api):
    told = chat(api(guarded("A #mail1234# #stop1234#", "b")), stream=True)[0]
    assert told == "A <mail> b"
    assert guarded.upstream.requests[1]["messages"][-1]["content"] == "A #mail1234#"


# -- faults ---------------------------------------------------------------------------------

FAULTS = {
    "an error": Said(body={"error": {"message": "no prefix"}}, status=400),
    "no stream": Said(body={"choices": []}),
    "a server that fails": Said(body=b"x", status=500),
    "something else": Said(body=b"x", headers={"content-type": "text/html"}),
}


@pytest.mark.parametrize("action", ["block", "redact"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_stream_that_is_not_gone_on_with_ends_properly(serve, ask, fault, action):
    with Upstream(Said(pieces=said(1, list(BAD))), FAULTS[fault]) as upstream:
        running = serve(upstream.url, policy(action), continues="vllm")
        reply = running.post(ask(stream=True))
        running.settle()
        metrics = running.get("/metrics", admin=True).body.decode()
    assert reply.whole
    assert reply.text() == {"block": "Take it No.", "redact": "Take it <stop>No."}[action]
    assert (reply.finish(), reply.events[-1]) == (["content_filter"], "[DONE]")
    assert 'tokenward_rewinds_total{outcome="declined",route="/v1/chat/completions"} 1.0' in metrics


@pytest.mark.parametrize("action", ["block", "redact"])
@pytest.mark.parametrize("fault", ["an error", "a server that fails", "something else"])
def test_a_whole_answer_that_is_not_gone_on_with_has_the_fallback(serve, ask, fault, action):
    with Upstream(Said(body=whole(1, BAD)), FAULTS[fault]) as upstream:
        reply = serve(upstream.url, policy(action), continues="vllm").post(ask())
    assert reply.status == 200
    assert reply.text() == {"block": "No.", "redact": "Take it <stop> now"}[action]
    assert reply.headers["x-tokenward-action"] == action


def test_an_upstream_that_dies_in_the_other_ending_breaks_the_answer_off(serve, ask):
    pieces = said(2, ["and ", "go."])
    dying = Said(pieces=pieces[:3], cut=True)
    with Upstream(Said(pieces=said(1, [BAD])), dying) as upstream:
        reply = serve(upstream.url, policy(), continues="vllm").post(ask(stream=True))
    assert not reply.whole
    assert "Take it and go.".startswith(reply.text())
    assert reply.finish() == []


def test_a_server_that_is_gone_is_no_other_ending(serve, ask):
    async def gone(**_):
        raise ConnectionRefusedError

    def first(_):
        running.sidecar.service.pool.acquire = gone
        return Said(pieces=said(1, [BAD]))

    with Upstream(first) as upstream:
        running = serve(upstream.url, policy(), continues="vllm")
        reply = running.post(ask(stream=True))
    assert (reply.text(), reply.finish()) == ("Take it No.", ["content_filter"])


def until(condition):
    end = time.monotonic() + 5
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_the_attempt_that_is_given_up_is_cancelled(guarded, api):
    long = Answer(pieces=["Take it ", "#stop1234#", *["more "] * 3000], delay=0.002)
    assert chat(api(guarded(long, GOOD)), stream=True)[0] == "Take it and go."
    assert until(lambda: guarded.upstream.left == 1)


def test_a_client_that_leaves_cancels_the_other_ending(guarded, ask):
    ending = Answer(pieces=["more "] * 3000, delay=0.002)
    running = guarded(BAD, ending)
    host, port = running.sidecar.address
    body = json.dumps(ask(stream=True)).encode()
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    with socket.create_connection((host, port), timeout=5) as client:
        client.sendall(head + b"content-length: %d\r\n\r\n%b" % (len(body), body))
        received = b""
        while b"more" not in received:
            received += client.recv(65536)
    assert until(lambda: guarded.upstream.left == 1)
    assert b"stop1234" not in received
    running.settle()
    assert not running.sidecar.service.exchanges


class Held:
    """A connection to a model server that notes whether it is read from."""

    paused = False

    def send(self, _, receiver):
        receiver.head(200, [])

    def pause(self, paused):
        self.paused = paused

    def abort(self):
        pass


def test_while_the_client_reads_slowly_the_other_ending_waits_for_it():
    connection = Held()

    async def acquire(**_):
        return connection

    async def ask_while_slow():
        peer = SimpleNamespace(incoming=None, slow=True)
        pool, settings = SimpleNamespace(acquire=acquire), SimpleNamespace(upstream_timeout=5.0)
        await ask_upstream(SimpleNamespace(pool=pool, settings=settings), b"", peer)
        assert connection.paused
        peer.incoming.hold("client", held=False)
        assert not connection.paused

    asyncio.run(ask_while_slow())


# -- what is counted ------------------------------------------------------------------------


def test_rewinds_are_counted_in_record_and_metrics(guarded, ask, tmp_path):
    url = f"sqlite:///{tmp_path / 'store.db'}"
    running = guarded(BAD, "#stop0000#", GOOD, store=url)
    running.post(ask(stream=True))
    running.settle()
    metrics = running.get("/metrics", admin=True).body.decode()
    running.end()
    with create_engine(url).connect() as store:
        rows = store.execute(text("select rewinds, action from interactions")).all()
    assert rows == [(2, "rewind")]
    assert (
        'tokenward_rewinds_total{outcome="continued",route="/v1/chat/completions"} 2.0' in metrics
    )


def test_a_whole_answer_says_what_was_done(guarded, ask):
    assert guarded(BAD, GOOD).post(ask()).headers["x-tokenward-action"] == "rewind"


# -- how the server goes on -----------------------------------------------------------------


def named(owner):
    """A server that says who owns its models, and then one answer after the other."""
    models = {"object": "list", "data": [{"id": "m", "owned_by": owner}]}
    answers = iter([BAD, GOOD, BAD, GOOD])

    def say(asked):
        if asked.path == "/v1/models":
            return Said(body=models) if owner else Said(body={}, status=404)
        return Said(body=whole(1, next(answers)))

    return Upstream(say)


@pytest.mark.parametrize(
    ("owner", "key"), [("vllm", "bad_words"), ("sglang", "bad_words"), ("llamacpp", "logit_bias")]
)
def test_a_server_that_names_itself_is_asked_in_its_way(serve, ask, owner, key):
    with named(owner) as upstream:
        running = serve(upstream.url, policy(), continues="auto")
        replies = [running.post(ask(), authorization="Bearer k") for _ in range(2)]
    assert [reply.text() for reply in replies] == ["Take it and go."] * 2
    assert [one.path for one in upstream.asked].count("/v1/models") == 1
    assert upstream.asked[0].headers["authorization"] == "Bearer k"
    assert key in upstream.asked[2].json


@pytest.mark.parametrize("owner", ["somebody", None])
def test_a_server_that_does_not_is_not_asked_to_go_on(serve, ask, owner):
    with named(owner) as upstream:
        running = serve(upstream.url, policy("redact"), continues="auto")
        assert running.post(ask()).text() == "Take it <stop> now"
        assert running.post(ask()).text() == "and go."
    assert [one.path for one in upstream.asked].count("/v1/models") == 1


def test_without_a_rule_that_rewinds_nothing_is_asked(serve, ask):
    with named("vllm") as upstream:
        serve(upstream.url, continues="auto").post(ask())
    assert [one.path for one in upstream.asked] == ["/v1/chat/completions"]


# -- how a client is told that no attempt was good --------------------------------------------


@pytest.mark.parametrize("declined", [True, False])
def test_as_an_error_before_any_text(serve, ask, declined):
    bad = Said(pieces=said(1, list("#stop1234# x")))
    with Upstream(bad, FAULTS["an error"] if declined else bad) as upstream:
        running = serve(upstream.url, policy(), continues="vllm", on_block="error")
        reply = running.post(ask(stream=True))
    assert (reply.status, reply.error["code"]) == (400, "content_filter")
    assert reply.error["message"] == "No."


def test_as_an_error_after_text(guarded, ask):
    reply = guarded(BAD, "#stop1234#", on_block="error").post(ask(stream=True))
    assert (reply.status, reply.text()) == (200, "Take it ")
    assert reply.events[-2]["error"]["code"] == "content_filter"


def test_as_a_refusal(guarded, ask):
    reply = guarded(BAD, "#stop1234#", on_block="refusal").post(ask(stream=True))
    assert (reply.text(), reply.text(key="refusal")) == ("Take it ", "No.")
    assert reply.finish() == ["stop"]


@pytest.mark.parametrize("on_block", ["error", "filter"])
def test_an_answer_that_is_told_well_in_the_end_is_none_of_them(guarded, ask, on_block):
    reply = guarded("#stop1234#", GOOD, on_block=on_block).post(ask(stream=True))
    assert (reply.status, reply.text(), reply.finish()) == (200, GOOD, ["stop"])
