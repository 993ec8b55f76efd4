"""What can be wrapped, what a wrapped client sends, and what it leaves behind."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import httpx
import httpx2
import openai
import pytest
from tests.agent.client.conftest import asking, settings
from tests.agent.marks import RULES, rule

from tokenward.errors import TokenwardError, UsageError
from tokenward.store.store import Store
from tokenward.testing.echo import Answer

MAIL = "#mail1234#"


# -- what can be wrapped --------------------------------------------------------------------


@pytest.mark.parametrize("thing", [openai, openai.OpenAI, httpx2, "client", None, object()])
def test_what_is_no_client_cannot_be_wrapped(guard, thing):
    with pytest.raises(
        UsageError, match=r"cannot be wrapped; use one of: openai.OpenAI, openai.Async"
    ):
        guard().wrap(thing)


def test_a_wrapped_client_is_not_wrapped_again(guard, client, echo):
    wrapped = client(echo("hi"))
    for one in (wrapped, wrapped.with_options(timeout=3)):
        with pytest.raises(UsageError, match="guarded already"):
            guard().wrap(one)


def test_an_unknown_word_for_a_block_is_refused(client, echo):
    with pytest.raises(
        UsageError, match="on_block: unknown word 'loud'; use one of: filter, refusal"
    ):
        client(echo("hi"), wrapping={"on_block": "loud"})


def test_a_client_whose_provider_signs_its_requests_is_refused(guard, client, echo, monkeypatch):
    with openai.OpenAI(**settings(echo("hi"))) as made:
        monkeypatch.setattr(made, "_provider", object())
        with pytest.raises(UsageError, match="signs its requests"):
            guard().wrap(made)


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


LOAD = "import sys, tokenward; guard = tokenward.Guard.load('pii-secrets')\n"


def test_a_missing_package_is_named_with_its_extra():
    said = run(
        LOAD + "sys.modules['orjson'] = None\n"
        "try:\n    guard.wrap(object())\nexcept tokenward.errors.MissingExtra as e: print(e)"
    )
    assert said == (
        "guard.wrap() needs 'orjson', which is not installed; pip install 'tokenward[client]'\n"
    )


def test_no_client_is_imported_before_one_is_wrapped():
    said = run(
        LOAD + "try:\n    guard.wrap(object())\nexcept tokenward.TokenwardError: pass\n"
        "print([n for n in ('openai', 'anthropic', 'httpx', 'httpx2') if n in sys.modules])"
    )
    assert said == "[]\n"


# -- calls that are not guarded -------------------------------------------------------------

UNGUARDED = {
    "stored responses": lambda c: c.responses.retrieve("r1"),
    "cancelled responses": lambda c: c.responses.cancel("r1"),
    "embeddings": lambda c: c.embeddings.create(model="m", input=MAIL),
    "moderations": lambda c: c.moderations.create(input=MAIL),
    "speech": lambda c: c.audio.speech.create(model="m", input=MAIL, voice="alloy"),
    "transcriptions": lambda c: c.audio.transcriptions.create(model="m", file=b"x"),
    "images": lambda c: c.images.generate(prompt=MAIL),
    "files": lambda c: c.files.create(file=b"x", purpose="batch"),
    "file list": lambda c: c.files.list(),
    "batches": lambda c: c.batches.create(
        completion_window="24h", endpoint="/v1/chat/completions", input_file_id="f"
    ),
    "stored answers": lambda c: c.chat.completions.retrieve("c1"),
    "stored messages": lambda c: c.chat.completions.messages.list("c1"),
    "deleting a model": lambda c: c.models.delete("m"),
    "any other": lambda c: c.post("/tokenize", body={"prompt": MAIL}, cast_to=object),
    "a path that hides": lambda c: c.get("/files?x=/models", cast_to=object),
    "a raw response": lambda c: c.embeddings.with_raw_response.create(model="m", input=MAIL),
}


@pytest.mark.parametrize("call", UNGUARDED.values(), ids=UNGUARDED)
def test_calls_that_no_rule_looks_at_are_refused(client, echo, call):
    upstream = echo("hi")
    with pytest.raises(
        UsageError, match="is not guarded, so it is not sent; guarded are: POST /chat"
    ):
        call(client(upstream, max_retries=2))
    assert (upstream.requests, upstream.connections) == ([], 0)


def test_async_calls_that_no_rule_looks_at_are_refused(guard, echo):
    upstream = echo("hi")

    async def go():
        async with guard().wrap(openai.AsyncOpenAI(**settings(upstream))) as one:
            assert [model.id async for model in one.models.list()] == ["echo"]
            await one.embeddings.create(model="m", input=MAIL)

    with pytest.raises(UsageError, match="/embeddings is not guarded"):
        asyncio.run(go())
    assert upstream.requests == []


def test_calls_without_text_pass(client, echo):
    made = client(echo("hi"))
    assert [model.id for model in made.models.list()] == ["echo"]
    assert made.models.with_raw_response.list().status_code == 200


def test_web_sockets_have_nowhere_to_go(client, echo):
    upstream = echo("hi")
    made = client(upstream)
    for one in (made, made.with_options(timeout=3)):
        with pytest.raises(Exception, match="no-guard://web-sockets-of-a-guarded-client"):
            one.realtime.connect(model="m").enter()
        with pytest.raises(Exception, match="no-guard://web-sockets-of-a-guarded-client"):
            one.responses.connect().enter()
    assert upstream.connections == 0


def test_what_is_sent_by_another_way_than_send_is_stopped(client, echo):
    upstream = echo("hi")
    http = client(upstream)._client
    request = http.build_request("POST", f"{upstream.url}/v1/chat/completions", json=asking(MAIL))
    with pytest.raises(UsageError, match="went around the guard"):
        http._transport.handle_request(request)
    with pytest.raises(UsageError, match="is not guarded"):
        http.post(f"{upstream.url}/v1/embeddings", json={"input": MAIL})
    assert upstream.requests == []


# -- the original's own HTTP client ---------------------------------------------------------


class Token(httpx2.Auth):
    def auth_flow(self, request):
        request.headers["x-token"] = "t"
        yield request


@pytest.mark.parametrize("http", [httpx, httpx2])
def test_what_was_set_up_in_the_http_client_stays(guard, echo, http):
    upstream, seen = echo("hi"), []
    hooks = {
        "request": [lambda r: seen.append(r.read())],
        "response": [lambda r: seen.append(r.status_code)],
    }
    auth = type("Auth", (http.Auth,), {"auth_flow": Token.auth_flow})()
    inner = http.Client(headers={"x-team": "red"}, event_hooks=hooks, auth=auth, cookies={"a": "b"})
    with openai.OpenAI(**settings(upstream, http_client=inner)) as made:
        one = guard().wrap(made)
        said = one.chat.completions.create(**asking(MAIL), extra_headers={"x-one": "1"})
        events = list(one.chat.completions.create(**asking(MAIL), stream=True))
    assert said.choices[0].message.content == "hi"
    assert "".join(e.choices[0].delta.content or "" for e in events) == "hi"
    sent = upstream.headers[0]
    assert [sent[name] for name in ("x-team", "x-token", "cookie", "x-one")] == [
        "red",
        "t",
        "a=b",
        "1",
    ]
    assert b"mail1234" not in seen[0]
    assert seen[1::2] == [200, 200]


def test_a_transport_of_ones_own_stays(guard):
    """A proxy is a transport, too."""
    seen = []

    def answer(request):
        seen.append(request.url)
        return httpx2.Response(200, json={"choices": [{"index": 0, "message": {"content": MAIL}}]})

    inner = httpx2.Client(transport=httpx2.MockTransport(answer))
    with openai.OpenAI(
        base_url="http://model.test/gate/v7", api_key="k", http_client=inner
    ) as made:
        said = guard().wrap(made).chat.completions.create(**asking("x"))
    assert said.choices[0].message.content == "<mail>"
    assert seen == ["http://model.test/gate/v7/chat/completions"]


def test_redirects_are_followed_with_the_guarded_body(guard, echo):
    upstream = echo("hi")
    moved = Answer(
        status=307, body=b"{}", headers=[("location", f"{upstream.url}/v1/chat/completions")]
    )
    with openai.OpenAI(**settings(echo(moved))) as made:
        guard().wrap(made).chat.completions.create(**asking(MAIL))
    assert upstream.requests == [asking("<mail>")]


def test_azure_clients_are_guarded(guard, echo):
    upstream = echo(MAIL)
    with openai.AzureOpenAI(azure_endpoint=upstream.url, api_key="k", api_version="1") as made:
        one = guard().wrap(made)
        assert type(one) is openai.AzureOpenAI
        assert one.chat.completions.create(**asking(MAIL)).choices[0].message.content == "<mail>"
    assert upstream.requests == [asking("<mail>")]


# -- sessions and records -------------------------------------------------------------------

PRIVATE = {"name": "private", "rules": [
    rule("in", ["input"], {"marks": "mail"}, {"redact": {"style": "tag", "restore": True}}),
    rule("out", ["output", "tool_call"], {"marks": "mail"}, {"redact": "tag"}),
]}  # fmt: skip


def repeat(body):
    return Answer(f"to {body['messages'][-1]['content']} and #mail9999#", chunk=3)


def test_what_is_taken_out_of_a_prompt_comes_back_in_its_answer(talk, guard, echo):
    upstream = echo(repeat)
    said = talk(guard(PRIVATE), upstream).chat(MAIL).choices[0].message.content
    assert said == f"to {MAIL} and <mail>"
    events = talk(guard(PRIVATE), upstream).chat(MAIL, stream=True)
    assert "".join(e.choices[0].delta.content or "" for e in events) == f"to {MAIL} and <mail>"
    assert "mail1234" not in str(upstream.requests)


def test_a_session_gives_back_what_an_earlier_call_took_out(guard, client, echo):
    upstream, made = echo(repeat), guard(PRIVATE)
    with made.session() as session:
        one = client(upstream, of=made, wrapping={"session": session})
        one.chat.completions.create(**asking(MAIL))
        issued = upstream.requests[0]["messages"][0]["content"]
        said = one.chat.completions.create(**asking(issued)).choices[0].message.content
        assert said == f"to {MAIL} and <mail>"
    other = client(upstream, of=made).chat.completions.create(**asking(issued))
    assert MAIL not in other.choices[0].message.content


def rows(store):
    with Store.open(store) as opened:
        return list(opened.interactions())


def test_calls_leave_records(talk, guard, echo, tmp_path):
    url = f"sqlite:///{tmp_path / 'r.db'}"
    made = guard(store=url, model_label="int8")
    names = {"x-tokenward-route": "desk", "x-tokenward-session": "s"}
    upstream = echo(Answer(f"is {MAIL}", chunk=2))
    talk(made, upstream).chat(temperature=0.5, extra_headers=names)
    talk(made, upstream).chat(stream=True, stream_options={"include_usage": True})
    talk(made, upstream).chat("#stop1234#")
    made.close()
    assert not any(name.startswith("x-tokenward") for name in upstream.headers[0])
    whole, streamed, blocked = rows(url)
    assert (whole.route, whole.action, whole.model, whole.model_label) == (
        "desk",
        "redact",
        "m",
        "int8",
    )
    assert whole.parameters == {"temperature": 0.5}
    assert (whole.prompt_tokens, whole.labels) == (7, {"outcome": "answered", "status": "200"})
    assert {one.stage for one in whole.decisions} == {"input", "output"}
    assert (streamed.completion_tokens, streamed.action) == (7, "redact")
    assert {"total", "guard", "ttft"} <= set(streamed.timings)
    assert (blocked.action, blocked.labels["outcome"]) == ("block", "blocked")
    assert "mail1234" not in (tmp_path / "r.db").read_bytes().decode("latin-1")


def test_calls_that_fail_leave_records(guard, echo, tmp_path):
    url = f"sqlite:///{tmp_path / 'r.db'}"
    made, upstream = (
        guard(store=url),
        echo(Answer("so it is", cut_after=3), Answer(body=b"[]"), "hi"),
    )
    with openai.OpenAI(**settings(upstream)) as one:
        chat = made.wrap(one).chat.completions
        with pytest.raises(Exception, match=r"peer closed|onnection"):
            list(chat.create(**asking("x"), stream=True))
        with pytest.raises(openai.InternalServerError):
            chat.create(**asking("x"))
        with chat.create(**asking("x"), stream=True):
            pass  # nothing of it is read
    made.close()
    assert [one.labels["outcome"] for one in rows(url)] == [
        "upstream_broke",
        "bad_upstream",
        "client_left",
    ]


def test_rules_that_only_look_on_are_recorded_whole(talk, guard, echo, tmp_path):
    url = f"sqlite:///{tmp_path / 'r.db'}"
    watch = rule("civil", ["output"], {"slow": "rude"}, "block", mode="monitor")
    made = guard({"name": "w", "rules": [*RULES, watch]}, store=url)
    talk(made, echo(Answer("How rude.", chunk=2))).chat(stream=True)
    talk(made, echo("How rude.")).chat()
    made.close()
    assert [[r.id for d in one.decisions for r in d.rules] for one in rows(url)] == [["civil"]] * 2


def test_a_guard_that_fails_lets_nothing_out(client, echo, monkeypatch):
    def failing(self, *_args, **_more):
        raise RuntimeError("out of order")

    upstream = echo(f"is {MAIL}")
    made = client(upstream)
    stream = made.chat.completions.create(**asking("x"), stream=True)
    monkeypatch.setattr("tokenward.wire.scan.Scanner.feed", failing)
    with pytest.raises(RuntimeError, match="out of order"):
        list(stream)
    with pytest.raises(RuntimeError, match="out of order"):
        made.chat.completions.create(**asking(MAIL))
    assert len(upstream.requests) == 1


def test_a_refusal_to_send_is_an_error_of_tokenward(client, echo):
    with pytest.raises(TokenwardError):
        client(echo("hi")).embeddings.create(model="m", input="x")
