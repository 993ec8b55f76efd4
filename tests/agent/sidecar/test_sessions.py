"""What is taken out of a request comes back in its answer, and only there."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.redact.vault import Vault
from tokenward.sidecar.policies import Policies
from tokenward.sidecar.sessions import Sessions
from tokenward.testing.echo import Answer, EchoUpstream
from tokenward.wire.protocols.openai import CHAT_COMPLETIONS, TEXT_COMPLETIONS
from tokenward.wire.request import Request
from tokenward.wire.scan import Scanner, drive_now

KEY = b"a key for the tests of a session"
MAIL = "#mail1234#"
TAG = re.compile(r"<\w+_[2-9bcdfghjkmnpqrstvwxz]{8}>")
DONE = b"data: [DONE]\n\n"
STYLES = ["tag", "hash", "pseudonym"]


def policy(style="tag", **options):
    rules = [
        {"id": "in", "stage": ["input", "tool_result"], "detect": {"marks": ["mail", "swap"], "digits": "long"}},
        {"id": "out", "stage": ["output", "tool_call"], "detect": {"marks": "all", "digits": "long"}},
    ]  # fmt: skip
    rules[0]["action"] = {"redact": {"style": style, "restore": True, **options}}
    rules[1]["action"] = {"redact": "tag"}
    return {"name": "private", "rules": rules}


@pytest.fixture(params=STYLES)
def style(request):
    return request.param


@pytest.fixture
def talk(serve):
    """Sends a body through the sidecar to an upstream that answers as it is told."""
    upstreams = []

    def send(answer, body, *, using="tag", headers=None, **settings):
        upstream = EchoUpstream(answer).start()
        upstreams.append(upstream)
        talk_to = serve(upstream.url, policy(using), **settings)
        reply = talk_to.post(body, **(headers or {}))
        send.seen = upstream.requests[-1] if upstream.requests else None
        return reply

    yield send
    for upstream in upstreams:
        upstream.stop()


def last(body):
    return body["messages"][-1]["content"]


# -- there and back -------------------------------------------------------------------------


@pytest.mark.parametrize("streamed", [False, True])
def test_the_model_sees_something_else_and_the_client_gets_its_value_back(
    talk, ask, style, streamed
):
    reply = talk(
        lambda body: f"You are {last(body).split()[2]} . ",
        ask(f"I am {MAIL} ok", stream=streamed),
        using=style,
    )

    assert MAIL not in json.dumps(talk.seen)
    assert f"You are {MAIL} . " == reply.text()


@pytest.mark.parametrize("streamed", [False, True])
def test_what_the_model_made_up_is_redacted_in_the_same_answer(talk, ask, streamed):
    reply = talk(
        lambda body: f"{last(body)} not #mail9999# or {MAIL} or <mail_zzzzzzzz>",
        ask(MAIL, stream=streamed),
    )

    # of what it was not told the model knows nothing: the value itself is made up, too
    assert f"{MAIL} not <mail> or <mail> or <mail_zzzzzzzz>" == reply.text()


@pytest.mark.parametrize("streamed", [False, True])
def test_without_a_value_in_the_request_the_answer_is_guarded_all_the_same(talk, ask, streamed):
    """The empty state: there is nothing to restore, and nothing is passed on raw."""
    reply = talk(f"Well {MAIL} then", ask("hello", stream=streamed))

    assert "Well <mail> then" == reply.text()


@pytest.mark.parametrize("streamed", [False, True])
def test_an_empty_answer_is_one(talk, ask, streamed):
    reply = talk(Answer(text=""), ask(MAIL, stream=streamed))

    assert "" == reply.text()
    assert ["stop"] == reply.finish()


def test_each_of_several_answers_gets_its_values_back(talk, ask):
    for streamed in (False, True):
        reply = talk(
            lambda body: f"so {last(body)} !", ask(f"{MAIL} #swap0000#", n=3, stream=streamed)
        )
        assert [f"so {MAIL} #swap0000# !"] * 3 == [reply.text(index) for index in range(3)]


@pytest.mark.parametrize("streamed", [False, True])
def test_reasoning_gets_values_back_as_text(talk, ask, streamed):
    reply = talk(
        lambda body: Answer(text="ok", reasoning=f"he is {last(body)} I think"),
        ask(MAIL, stream=streamed),
    )

    assert f"he is {MAIL} I think" == reply.text(key="reasoning_content")


def test_all_texts_of_a_request_share_one_session(talk, ask):
    body = ask("x")
    body["messages"] = [
        {"role": "system", "content": f"He is {MAIL}"},
        {"role": "assistant", "content": f"I know {MAIL}"},
        {"role": "user", "content": [{"type": "text", "text": f"And I am #swap0000# not {MAIL}"}]},
    ]
    talk("ok", body)

    tags = TAG.findall(json.dumps(talk.seen))
    assert (4, 2) == (len(tags), len(set(tags)))


def test_a_tools_result_that_is_looked_at_twice_comes_back_as_it_was(talk, ask, style):
    body = ask("x")
    body["messages"].append({"role": "tool", "tool_call_id": "a", "content": f"found {MAIL} !"})

    reply = talk(lambda body: f"it {last(body)}", body, using=style)

    assert f"it found {MAIL} !" == reply.text()


def test_a_value_has_one_pseudonym_in_a_request_also_where_nothing_comes_back(serve, ask):
    rules = policy("pseudonym", restore=False)["rules"][:1]
    body = ask("x")
    body["messages"] = [
        {"role": "user", "content": MAIL},
        {"role": "tool", "tool_call_id": "a", "content": MAIL},
    ]
    with EchoUpstream("ok") as upstream:
        serve(upstream.url, {"name": "p", "rules": rules}).post(body)
        first, second = (message["content"] for message in upstream.requests[-1]["messages"])

    assert first == second != MAIL


def test_an_error_of_the_upstream_that_quotes_the_prompt_is_restored_too(talk, ask):
    def answer(body):
        error = {"error": {"message": f"cannot read {last(body)}, see #mail9999#"}}
        return Answer(status=400, body=json.dumps(error).encode())

    reply = talk(answer, ask(MAIL))

    assert f"cannot read {MAIL}, see <mail>" == reply.error["message"]


def test_log_probabilities_are_taken_out_where_values_may_come_back(serve, ask):
    """Also where no rule looks at answers: they say the text once more, as the model said it."""
    rules = {"name": "p", "rules": policy()["rules"][:1]}

    def answer(text):
        return Answer(text=text, extra_choice={"logprobs": {"content": [{"token": text}]}})

    with EchoUpstream(answer("hi")) as upstream:
        untouched = serve(upstream.url, rules).post(ask("x")).json["choices"][0]
    with EchoUpstream(lambda body: answer(f"I see {body['messages'][0]['content']}")) as upstream:
        restored = serve(upstream.url, rules).post(ask(MAIL)).json["choices"][0]

    assert untouched["logprobs"] == {"content": [{"token": "hi"}]}
    assert restored["message"]["content"] == f"I see {MAIL}"
    assert restored["logprobs"] is None


# -- cut anywhere ---------------------------------------------------------------------------


@pytest.fixture(scope="module", params=STYLES)
def loaded(request, registry):
    return Policies.load([policy(request.param)], registry).loaded[0]


def asked(loaded, protocol, text, **more):
    """Returns the session of a request, the request as it went on, and what stood for the text."""
    body = {"messages": [{"role": "user", "content": text}], "prompt": text, "stream": True, **more}
    ask = protocol.read(Request(b"POST", b"/", [], json.dumps(body).encode()))
    scanner = Scanner(loaded, Vault(key=KEY), in_json=ask.in_json)
    assert drive_now(ask.scan(scanner))
    body = json.loads(ask.encoded())
    return scanner, ask, last(body) if protocol is CHAT_COMPLETIONS else body["prompt"]


def streamed(loaded, protocol, text, make, cuts=(), **more):
    """Returns the text that a client gets of an answer, cut into events at places."""
    scanner, ask, seen = asked(loaded, protocol, text, **more)
    answer = make(seen)
    places = sorted({place % (len(answer) + 1) for place in cuts})
    stream = protocol.stream(ask, scanner, "filter")
    out = b""
    for a, b in zip([0, *places], [*places, len(answer)], strict=True):
        out += sum_of(stream, event(protocol, answer[a:b]))
    out += sum_of(stream, event(protocol, "", "stop") + DONE)
    stream.abandon()
    return text_of(protocol, out)


def sum_of(stream, data):
    return b"".join(drive_now(stream.frame(frame)) for frame in stream.frames(data))


def event(protocol, text, finish=None):
    inner = {"delta": {"content": text}} if protocol is CHAT_COMPLETIONS else {"text": text}
    choice = {"index": 0, **inner, "finish_reason": finish}
    return b"data: " + json.dumps({"id": "c", "choices": [choice]}).encode() + b"\n\n"


def text_of(protocol, out):
    events = [json.loads(e[6:]) for e in out.decode().split("\n\n") if e.startswith("data: {")]
    choices = [choice for one in events for choice in one["choices"]]
    if protocol is CHAT_COMPLETIONS:
        return "".join(choice["delta"].get("content") or "" for choice in choices)
    return "".join(choice["text"] for choice in choices)


@pytest.mark.parametrize("protocol", [CHAT_COMPLETIONS, TEXT_COMPLETIONS], ids=lambda p: p.name)
def test_a_stream_cut_at_each_place_says_the_same(loaded, protocol):
    def answer(seen):
        return f"So {seen} and #mail9999# {seen[:6]} <mail_zzzzzzzz>."

    whole = streamed(loaded, protocol, MAIL, answer)
    length = len(answer(asked(loaded, protocol, MAIL)[2]))

    assert whole.startswith(f"So {MAIL} and <mail> ")
    for at in range(length + 1):
        assert whole == streamed(loaded, protocol, MAIL, answer, [at])
    assert whole == streamed(loaded, protocol, MAIL, answer, range(length))


WORDS = st.sampled_from(
    [MAIL, "#swap0000#", "so", "#", "#mail9999#", " ", "<", ">", "好", "123456789"]
)


@settings(deadline=None)
@given(
    prompt=st.lists(WORDS, max_size=6).map(" ".join),
    more=st.lists(WORDS, max_size=6).map("".join),
    cuts=st.lists(st.integers(0, 200), max_size=20),
)
def test_any_cuts_give_the_same(loaded, prompt, more, cuts):
    def answer(seen):
        return f"{seen} {more} {seen[: len(seen) // 2]}"

    whole = streamed(loaded, CHAT_COMPLETIONS, prompt, answer)

    assert whole == streamed(loaded, CHAT_COMPLETIONS, prompt, answer, cuts)
    assert whole.startswith(prompt)


# -- JSON -----------------------------------------------------------------------------------

ODD = 'say "1"\\\n😀'


@pytest.mark.parametrize("streamed", [False, True])
def test_tool_calls_get_values_back_inside_their_arguments(talk, ask, streamed, style):
    def answer(body):
        arguments = json.dumps({"to": last(body), "cc": ["#mail9999#", f"<{last(body)}>"]})
        return Answer(tool_calls=[("send", arguments)], chunk=3)

    reply = talk(answer, ask(MAIL, stream=streamed), using=style)

    calls = calls_of(reply.chunks if streamed else [reply.json])
    assert [{"to": MAIL, "cc": ["<mail>", f"<{MAIL}>"]}] == calls


def calls_of(events):
    parts = [c.get("delta", c.get("message")) for one in events for c in one["choices"]]
    return [
        json.loads(call["function"]["arguments"])
        for part in parts
        for call in part.get("tool_calls") or ()
    ]


def test_a_number_in_arguments_comes_back_as_a_number(talk, ask):
    def answer(body):
        return Answer(tool_calls=[("pay", f'{{"card": {last(body)}, "sum": 7}}')])

    reply = talk(answer, ask("123456789012"), using="pseudonym")

    assert "123456789012" not in json.dumps(talk.seen)
    assert [{"card": 123456789012, "sum": 7}] == calls_of([reply.json])


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    "wanted",
    [
        {"response_format": {"type": "json_object"}},
        {"response_format": {"type": "json_schema", "json_schema": {}}},
        {"guided_json": {}},
        {"structured_outputs": {"json": {}}},
    ],
)
def test_an_answer_in_json_stays_json(loaded_text, wanted, streamed):
    scanner, ask, seen = asked(loaded_text, CHAT_COMPLETIONS, ODD, **wanted)
    content = json.dumps({"a": f"so {seen}"})
    if streamed:
        stream = CHAT_COMPLETIONS.stream(ask, scanner, "filter")
        out = b"".join(sum_of(stream, event(CHAT_COMPLETIONS, c)) for c in content)
        out += sum_of(stream, event(CHAT_COMPLETIONS, "", "stop") + DONE)
        text = text_of(CHAT_COMPLETIONS, out)
    else:
        body = {"choices": [{"index": 0, "message": {"content": content}}]}
        steps = CHAT_COMPLETIONS.whole(ask, scanner, "filter", json.dumps(body).encode())
        text = json.loads(drive_now(steps).body)["choices"][0]["message"]["content"]

    assert {"a": f"so {ODD}"} == json.loads(text)


def test_an_answer_in_words_has_the_value_as_it_is(loaded_text):
    assert f"so {ODD}" == streamed(
        loaded_text, CHAT_COMPLETIONS, ODD, lambda seen: f"so {seen}", range(40)
    )


@pytest.fixture(scope="module")
def loaded_text(registry):
    """Takes out whole sentences, with all that is in them."""
    taken = {"redact": {"style": "tag", "restore": True}}
    rule = {"id": "r", "stage": "input", "detect": {"rude": "rude"}, "when": "score >= 0", "action": taken}  # fmt: skip
    return Policies.load([{"name": "odd", "rules": [rule]}], registry).loaded[0]


# -- whose values ---------------------------------------------------------------------------


@pytest.fixture
def echo(serve):
    """Starts a sidecar before an upstream that repeats what it was last told."""
    with EchoUpstream() as upstream:
        yield upstream, lambda **settings: serve(upstream.url, policy("tag"), **settings)


def tag_in(upstream):
    return TAG.search(json.dumps(upstream.requests[-1]))[0]


def test_another_request_cannot_get_a_value(echo, ask):
    upstream, start = echo
    sidecar = start()
    sidecar.post(ask(f"I am {MAIL}"))
    theirs = tag_in(upstream)

    reply = sidecar.post(ask(f"tell me {theirs}"))

    assert f"tell me {theirs}" == reply.text()
    assert MAIL not in reply.body.decode()


def test_the_same_value_looks_different_in_each_request(echo, ask):
    upstream, start = echo
    sidecar = start()
    tags = [sidecar.post(ask(MAIL)) and tag_in(upstream) for _ in range(3)]

    assert 3 == len(set(tags))


MINE = {"x-tokenward-session": "s1", "authorization": "Bearer a"}


@pytest.mark.parametrize(
    ("headers", "restored"),
    [
        (MINE, True),
        ({**MINE, "authorization": "Bearer b"}, False),
        ({**MINE, "x-tokenward-session": "s2"}, False),
        ({"authorization": "Bearer a"}, False),
        ({"x-tokenward-session": "s1"}, False),
        ({"x-tokenward-session": "s1", "x-api-key": "Bearer b"}, False),
        ({}, False),
    ],
)
def test_a_kept_session_is_told_by_its_name_and_the_credential(echo, ask, headers, restored):
    upstream, start = echo
    sidecar = start(session_ttl=60.0)
    sidecar.post(ask(f"I am {MAIL}"), **MINE)
    tag = tag_in(upstream)

    said = sidecar.post(ask(f"tell me {tag}"), **headers).text()

    assert (f"tell me {MAIL}" if restored else f"tell me {tag}") == said


def test_sessions_are_not_kept_unless_the_operator_says_so(echo, ask):
    upstream, start = echo
    sidecar = start()
    sidecar.post(ask(f"I am {MAIL}"), **MINE)
    tag = tag_in(upstream)

    assert f"tell me {tag}" == sidecar.post(ask(f"tell me {tag}"), **MINE).text()


def request(session="s", credential=b"k"):
    headers = [(b"x-tokenward-session", session.encode()), (b"authorization", credential)]
    return Request(b"POST", b"/", headers)


def test_kept_sessions_end_some_time_after_their_last_request():
    now = [0.0]
    sessions = Sessions(10, clock=lambda: now[0])
    first = sessions.vault(request(), "p")
    now[0] = 9.0
    assert first is sessions.vault(request(), "p")
    now[0] = 18.0
    assert first is sessions.vault(request(), "p")
    now[0] = 29.0

    assert first is not sessions.vault(request(), "p")


def test_the_longest_unused_of_too_many_is_given_up():
    sessions = Sessions(10, limit=2)
    first, second = sessions.vault(request("1"), "p"), sessions.vault(request("2"), "p")
    assert first is sessions.vault(request("1"), "p")
    sessions.vault(request("3"), "p")

    assert 2 == len(sessions)
    assert first is sessions.vault(request("1"), "p")
    assert second is not sessions.vault(request("2"), "p")


def test_policies_do_not_share_a_session():
    sessions = Sessions(10)

    assert sessions.vault(request(), "p") is not sessions.vault(request(), "q")


def test_nothing_of_a_session_can_be_read_off_the_table():
    sessions = Sessions(10)
    sessions.vault(request("the session", b"the credential"), "p")

    assert not re.search("the session|the credential", repr(vars(sessions)))
