"""The generic guardrail API, as LiteLLM's proxy calls it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.agent.marks import ALL, RULES, rule

from tokenward.store.store import Store

PATH = "/beta/litellm_basic_guardrail_api"
MAIL, STOP, SWAP = "#mail1234#", "#stop1234#", "#swap1234#"
NEW, OLD = "1.110.2", "1.80.0"


def call(*texts, kind="request", **more):
    """A call with all the keys that LiteLLM sends; most are null."""
    names = "litellm_call_id litellm_trace_id structured_messages images tools tool_calls model"
    return {
        "input_type": kind,
        **dict.fromkeys(names.split()),
        "texts": list(texts),
        "request_data": {"user_api_key_hash": "h", "user_api_key_end_user_id": "ann"},
        "request_headers": {"user-agent": "curl", "authorization": "[present]"},
        "litellm_version": NEW,
        "additional_provider_specific_params": {},
        **more,
    }


def said(*contents, role="user"):
    return [{"role": role, "content": content} for content in contents]


def calling(arguments, **more):
    function = {"name": "send", "arguments": json.dumps(arguments)}
    return {"id": "call_1", "type": "function", "function": function, **more}


@pytest.fixture
def proxy(serve):
    """Starts a sidecar that has no model server."""
    return lambda *policies, **more: serve("", *policies, gateway=("litellm",), **more)


@pytest.fixture
def post(proxy):
    """Sends a call, and returns the answer."""
    running = []

    def send(body):
        if not running:
            running.append(proxy())
        reply = running[0].post(body, PATH)
        assert reply.status == 200, reply.body
        return reply.json

    return send


# -- actions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["request", "response"])
def test_texts_that_pass_are_not_sent_again(post, kind):
    assert post(call("hello", "there", kind=kind)) == {"action": "NONE"}


@pytest.mark.parametrize("kind", ["request", "response"])
def test_changed_texts_come_in_their_places_and_all(post, kind):
    answer = post(call("hello", f"to {MAIL}!", "", SWAP, kind=kind))
    assert answer == {
        "action": "GUARDRAIL_INTERVENED",
        "texts": ["hello", "to <mail>!", "", "[gone]"],
    }


@pytest.mark.parametrize("kind", ["request", "response"])
def test_a_block_says_the_message_of_its_rule(post, kind):
    answer = post(call("hello", f"so {STOP}", kind=kind))
    assert answer == {"action": "BLOCKED", "blocked_reason": "Not that."}


def test_rules_look_at_their_own_stage(proxy):
    policy = {"name": "p", "rules": [rule("r", "output", {"marks": "mail"}, "block")]}
    sidecar = proxy(policy)
    assert sidecar.post(call(MAIL), PATH).json["action"] == "NONE"
    assert sidecar.post(call(MAIL, kind="response"), PATH).json["action"] == "BLOCKED"


def test_what_workers_find_is_waited_for(proxy):
    policy = {"name": "p", "rules": [rule("r", "input", {"slow": "rude"}, "block")]}
    sidecar = proxy(policy)
    assert sidecar.post(call("a kind word", "a rude word"), PATH).json["action"] == "BLOCKED"
    assert sidecar.post(call("a kind word"), PATH).json["action"] == "NONE"


@pytest.mark.parametrize("texts", [[], None])
def test_a_call_without_texts_is_answered(post, texts):
    assert post(call() | {"texts": texts}) == {"action": "NONE"}


def test_the_same_text_is_changed_wherever_it_stands(post):
    body = call(MAIL, "x", MAIL, structured_messages=said(MAIL, "x", MAIL))
    assert post(body)["texts"] == ["<mail>", "x", "<mail>"]


# -- messages and tools ---------------------------------------------------------------------------


def test_messages_that_say_the_texts_again_are_not_sent_back(post):
    body = call("hello", f"to {MAIL}", structured_messages=said("hello", f"to {MAIL}"))
    assert post(body) == {"action": "GUARDRAIL_INTERVENED", "texts": ["hello", "to <mail>"]}


def test_results_of_tools_are_looked_at_in_their_own_stage(proxy):
    policy = {
        "name": "p",
        "rules": [rule("r", "tool_result", {"marks": "mail"}, {"redact": "tag"})],
    }
    messages = [*said("hi"), {"role": "tool", "tool_call_id": "call_1", "content": f"is {MAIL}"}]
    sidecar = proxy(policy)
    answer = sidecar.post(call("hi", f"is {MAIL}", structured_messages=messages), PATH).json
    assert answer["texts"] == ["hi", "is <mail>"]
    assert sidecar.post(call(f"is {MAIL}", structured_messages=said("x")), PATH).json == {
        "action": "NONE"
    }


def test_tools_come_back_whole(post):
    function = {"name": "send", "description": f"to {MAIL}", "parameters": {"type": "object"}}
    answer = post(call("x", tools=[{"type": "function", "function": function}]))
    assert answer["action"] == "GUARDRAIL_INTERVENED"
    assert "texts" not in answer
    assert answer["tools"] == [
        {"type": "function", "function": {**function, "description": "to <mail>"}}
    ]


def history(value):
    """A conversation in which a tool was called."""
    made = calling({"to": value})
    return [
        *said("send it"),
        {"role": "assistant", "content": None, "tool_calls": [made]},
        {"role": "tool", "tool_call_id": "call_1", "content": "done"},
    ]


def test_calls_in_a_history_come_back_in_their_messages(post):
    rows = history(MAIL)
    body = call("send it", "done", structured_messages=rows, tool_calls=rows[1]["tool_calls"])
    answer = post(body)
    assert answer["action"] == "GUARDRAIL_INTERVENED"
    made = answer["structured_messages"][1]["tool_calls"][0]["function"]
    assert json.loads(made["arguments"]) == {"to": "<mail>"}
    made["arguments"] = rows[1]["tool_calls"][0]["function"]["arguments"]
    assert answer["structured_messages"] == rows


def test_a_version_that_would_drop_changed_messages_gets_a_block(post):
    body = call("send it", "done", structured_messages=history(MAIL), litellm_version=OLD)
    answer = post(body)
    assert answer["action"] == "BLOCKED"
    assert "cannot change" in answer["blocked_reason"]
    assert post(body | {"structured_messages": history("x")})["action"] == "NONE"


@pytest.mark.parametrize("version", [None, "", "main", "1", OLD])
def test_a_version_that_is_not_told_counts_as_old(post, version):
    body = call("send it", "done", structured_messages=history(MAIL), litellm_version=version)
    assert post(body)["action"] == "BLOCKED"


def test_calls_that_no_message_holds_cannot_be_changed(post):
    assert post(call("x", tool_calls=[calling({"to": MAIL})]))["action"] == "BLOCKED"
    rows = history("other")
    body = call("send it", structured_messages=rows, tool_calls=[calling({"to": MAIL})])
    assert post(body)["action"] == "BLOCKED"


def test_a_call_in_an_answer_passes_or_is_blocked(post):
    made = [calling({"to": "ann"})]
    assert post(call(kind="response", tool_calls=made)) == {"action": "NONE"}
    stopped = post(call(kind="response", tool_calls=[calling({"to": "#toolstop1234#"})]))
    assert stopped == {"action": "BLOCKED", "blocked_reason": "No such call."}
    assert post(call(kind="response", tool_calls=[calling({"to": MAIL})]))["action"] == "BLOCKED"


def test_images_hold_no_text_that_rules_read(post):
    picture = "data:image/png;base64,iVBORw0KGgo="
    assert post(call("x", images=[picture])) == {"action": "NONE"}
    answer = post(call("x", images=[picture, f"https://x.example/?to={MAIL}"]))
    assert answer["images"] == [picture, "https://x.example/?to=<mail>"]


# -- streams --------------------------------------------------------------------------------------


def test_the_open_end_of_a_stream_is_told(post):
    assert post(call("to #mail12", kind="response")) == {
        "action": "NONE",
        "stream_holdback_chars": [7],
    }
    answer = post(call(f"{MAIL} and", "so #sw", kind="response"))
    assert answer["texts"] == ["<mail> and", "so #sw"]
    assert answer["stream_holdback_chars"] == [0, 3]


def test_what_a_stream_was_told_is_settled_never_changes(post):
    """However far the stream has come, what leaves by then is the beginning of what leaves."""
    text = f"a {MAIL} b #x {SWAP}#ma {MAIL}{SWAP} end"
    whole = post(call(text, kind="response"))["texts"][0]
    sent = ""
    for end in range(len(text) + 1):
        answer = post(call(text[:end], kind="response"))
        released = answer.get("texts", [text[:end]])[0]
        [held] = answer.get("stream_holdback_chars", [0])
        settled = released[: len(released) - held]
        assert settled.startswith(sent)
        assert whole.startswith(settled)
        sent = settled
    assert "#mail" not in sent


@pytest.mark.parametrize(
    "redact",
    [
        {"redact": "hash"},
        {"redact": "pseudonym"},
        {"redact": {"style": "pseudonym", "restore": True}},
        {"redact": {"style": "tag", "restore": True}},
    ],
)
def test_a_text_that_is_sent_again_is_changed_the_same_way(proxy, redact):
    """A stream comes as the text so far, again and again: what has left must not change."""
    sidecar = proxy({"name": "p", "rules": [rule("r", ALL, {"marks": "mail"}, redact)]})
    answers = [
        sidecar.post(call(f"{MAIL} then {end}", kind="response"), PATH).json["texts"][0]
        for end in ("a", "a b", f"a b {MAIL}")
    ]
    assert MAIL not in answers[2]
    assert answers[1].startswith(answers[0])
    assert answers[2].startswith(answers[1])


# -- errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"texts": ["x"]}, 400, "input_type must be 'request' or 'response'"),
        (call("x", kind="both"), 400, "input_type must be 'request' or 'response'"),
        (call() | {"texts": "secret"}, 400, "texts must be a list of strings"),
        (call() | {"texts": ["secret", None]}, 400, "texts must be a list of strings"),
        (call("x", structured_messages=["secret"]), 400, "list of objects"),
        (call("x", tools={"a": 1}), 400, "tools must be a list"),
        (call("x", model=1), 400, "model must be a string"),
        (call("x", additional_provider_specific_params=[]), 400, "must be an object"),
        (b"{", 400, "not valid JSON"),
        (b'{"texts": ["secret"], "texts": []}', 400, "twice"),
    ],
)
def test_bad_calls_are_told_what_is_wrong(proxy, body, status, words):
    reply = proxy().post(body, PATH)
    assert reply.status == status
    assert words in reply.error["message"]
    assert "secret" not in reply.body.decode()


def test_a_detector_that_fails_decides_as_its_rule_says(proxy):
    closed = rule("r", "input", {"broken": "x"}, "block", message="Out of order.")
    reply = proxy({"name": "closed", "rules": [closed]}).post(call("x"), PATH)
    assert reply.json == {"action": "BLOCKED", "blocked_reason": "Out of order."}
    assert reply.headers["x-tokenward-degraded"] == "broken"
    opened = {**closed, "on_error": "allow"}
    reply = proxy({"name": "open", "rules": [opened]}).post(call("x"), PATH)
    assert reply.json == {"action": "NONE"}
    assert reply.headers["x-tokenward-degraded"] == "broken"


def test_a_guard_that_fails_answers_with_an_error(proxy, broken_plan):
    sidecar = proxy()
    broken_plan()
    reply = sidecar.post(call("secret"), PATH)
    assert reply.status == 500
    assert "secret" not in reply.body.decode()


# -- policies and records ---------------------------------------------------------------------------


def test_a_call_may_ask_for_a_policy_that_is_loaded(proxy):
    other = {"name": "other", "rules": [rule("r", "input", {"marks": "mail"}, "block")]}
    sidecar = proxy({"name": "test", "rules": RULES}, other)
    asking = {"additional_provider_specific_params": {"tokenward_policy": "other"}}
    assert sidecar.post(call(MAIL), PATH).json["action"] == "GUARDRAIL_INTERVENED"
    assert sidecar.post(call(MAIL, **asking), PATH).json["action"] == "BLOCKED"
    assert sidecar.post(call(MAIL), PATH, x_tokenward_policy="other").json["action"] == "BLOCKED"
    asking = {"additional_provider_specific_params": {"tokenward_policy": "none"}}
    assert sidecar.post(call(MAIL, **asking), PATH).status == 400


def test_the_model_chooses_the_policy(proxy):
    strict = {"name": "strict", "match": {"model": "big-*"}}
    strict |= {"rules": [rule("r", "input", {"marks": "mail"}, "block")]}
    sidecar = proxy({"name": "test", "rules": RULES}, strict)
    assert sidecar.post(call(MAIL, model="big-7"), PATH).json["action"] == "BLOCKED"
    assert sidecar.post(call(MAIL, model="m"), PATH).json["action"] == "GUARDRAIL_INTERVENED"


def test_a_call_gives_one_record_that_names_the_gateway(proxy, tmp_path):
    url = f"sqlite:///{tmp_path}/records.db"
    sidecar = proxy(store=url)
    bodies = [
        call(MAIL, model="m", litellm_trace_id="t1"),
        call(STOP, kind="response"),
        call() | {"texts": 1},
    ]
    replies = [sidecar.post(body, PATH) for body in bodies]
    sidecar.end()
    with Store.open(url, read_only=True) as store:
        records = {one.decision_id: one for one in store.interactions()}
    first, second, third = (records[r.headers["x-tokenward-decision-id"]] for r in replies)
    assert (first.source, first.route, first.model) == ("litellm", PATH, "m")
    assert (first.action, first.labels["outcome"]) == ("redact", "answered")
    assert replies[0].headers["x-tokenward-action"] == "redact"
    assert None not in (first.session, first.subject)
    assert "ann" not in (first.session, first.subject)
    assert (second.action, second.labels["outcome"]) == ("block", "blocked")
    assert [decision.stage for decision in second.decisions] == ["output"]
    assert third.labels == {"outcome": "invalid_value", "status": "400"}


def test_what_comes_back_in_a_session_does_not_come_back_here(proxy):
    """Whoever calls speaks for many: one caller's values must not go to another."""
    redact = {"redact": {"style": "tag", "restore": True}}
    policy = {"name": "p", "rules": [rule("r", ["input"], {"marks": "mail"}, redact)]}
    sidecar = proxy(policy, session_ttl=60.0)
    headers = {"x_tokenward_session": "s", "x_api_key": "k"}
    [shown] = sidecar.post(call(MAIL), PATH, **headers).json["texts"]
    assert MAIL not in shown
    assert sidecar.post(call(shown, kind="response"), PATH, **headers).json["action"] == "NONE"


def test_calls_of_many_threads_do_not_see_each_other(proxy):
    sidecar = proxy()

    def ask(number):
        return sidecar.post(call(f"{number} {MAIL}", "x" * number), PATH).json["texts"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(64)))
    assert answers == [[f"{number} <mail>", "x" * number] for number in range(64)]


def test_it_is_off_unless_switched_on(serve):
    sidecar = serve("http://127.0.0.1:9", gateway=("fms",))
    assert sidecar.post(call("x"), PATH).status == 404
