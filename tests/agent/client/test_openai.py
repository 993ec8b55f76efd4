"""The real OpenAI clients, wrapped, against a local server."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from pydantic import BaseModel
from tests.agent.client.conftest import NICK, asking
from tests.agent.marks import RUDE, RULES, rule
from tests.agent.upstream import Said, Upstream

from tokenward.store.store import Store
from tokenward.testing.echo import Answer

MAIL = "#mail1234#"
STOP = "#stop1234#"
CALL = ("send", json.dumps({"to": MAIL, "n": [1, {"a": f"x {MAIL}"}]}))


def text_of(events):
    return "".join(e.choices[0].delta.content or "" for e in events if e.choices)


def finishes(events):
    return [c.finish_reason for e in events for c in e.choices if c.finish_reason]


# -- both ways ------------------------------------------------------------------------------


def test_prompt_and_answer_are_guarded(talk, guard, echo):
    upstream = echo(f"it is {MAIL}")
    said = talk(guard(), upstream).chat(f"to {MAIL}", temperature=0.5)
    assert upstream.requests == [asking("to <mail>") | {"temperature": 0.5}]
    assert said.choices[0].message.content == "it is <mail>"
    assert said.usage.prompt_tokens == 7


def test_an_untouched_body_goes_on_byte_for_byte_and_asks_for_no_compression(client, echo):
    upstream = echo("hi")
    client(upstream).chat.completions.create(**asking("h\u00fc"), seed=3)
    assert json.loads(upstream.raw_requests[0]) == asking("h\u00fc") | {"seed": 3}
    assert upstream.headers[0]["accept-encoding"] == "identity"
    assert upstream.headers[0]["authorization"] == "Bearer k"


@pytest.mark.parametrize("size", range(1, 13))
def test_a_planted_value_is_found_in_any_pieces(talk, guard, echo, size):
    words = f"so {MAIL}, #swap1234# and {MAIL}"
    events = talk(guard(), echo(Answer(words, chunk=size))).chat(stream=True)
    assert text_of(events) == "so <mail>, [gone] and <mail>"
    assert finishes(events) == ["stop"]


def test_a_planted_value_is_found_byte_by_byte(talk, guard):
    words = [f"\u4f60 {MAIL[:5]}", f"{MAIL[5:]} \U0001f600", None]
    data = "".join(
        "data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": one} if one else {},
                                            "finish_reason": None if one else "stop"}]},
                              ensure_ascii=False) + "\r\n\r\n"
        for one in words
    )  # fmt: skip
    pieces = [bytes([byte]) for byte in f"{data}data: [DONE]\n\n".encode()]
    with Upstream(Said(pieces=pieces)) as upstream:
        said = text_of(talk(guard(), upstream).chat(stream=True))
    assert said == "\u4f60 <mail> \U0001f600"


def test_rules_that_wait_for_a_classifier_hold_the_text(talk, guard, echo):
    made = guard({"name": "slow", "rules": [*RULES, *RUDE]})
    upstream = echo(Answer("Good day. How rude. Bye.", chunk=3))
    assert text_of(talk(made, upstream).chat(stream=True)) == "Good day. Be civil."
    assert talk(made, upstream).chat().choices[0].message.content == "Be civil."
    assert talk(made, upstream).chat("How rude.").choices[0].message.content == "Be civil."
    assert len(upstream.requests) == 2


@pytest.mark.parametrize("stream", [False, True])
def test_arguments_of_a_call_stay_json(talk, guard, echo, stream):
    said = talk(guard(), echo(Answer(tool_calls=[CALL], chunk=3))).chat(stream=stream)
    calls = [c for e in said for c in e.choices[0].delta.tool_calls or ()] if stream else None
    calls = calls or said.choices[0].message.tool_calls
    assert json.loads(calls[0].function.arguments) == {"to": "<mail>", "n": [1, {"a": "x <mail>"}]}
    assert (len(calls), calls[0].function.name, calls[0].id) == (1, "send", "call_0")


def test_the_helper_for_streams_and_the_one_for_tools_work(client, echo):
    upstream = echo(Answer(f"so {MAIL}", tool_calls=[CALL], chunk=2))
    with client(upstream).chat.completions.stream(**asking("x")) as stream:
        whole = stream.get_final_completion().choices[0].message
    assert whole.content == "so <mail>"
    assert json.loads(whole.tool_calls[0].function.arguments)["to"] == "<mail>"


class Parcel(BaseModel):
    to: str
    weight: int


def test_structured_outputs_are_guarded_and_parsed(talk, guard, echo):
    upstream = echo(json.dumps({"to": MAIL, "weight": 3}))
    parsed = talk(guard(), upstream).parse(response_format=Parcel).choices[0].message.parsed
    assert parsed == Parcel(to="<mail>", weight=3)
    assert upstream.requests[0]["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize("stream", [False, True])
def test_what_comes_back_in_a_structured_output_is_escaped(talk, nicknames, echo, stream):
    def answer(body):
        return Answer(json.dumps({"to": body["messages"][0]["content"], "weight": 3}), chunk=3)

    upstream = echo(answer)
    wanted = {"type": "json_schema", "json_schema": {"name": "p", "schema": {}}}
    said = talk(nicknames, upstream).chat(NICK, stream=stream, response_format=wanted)
    words = text_of(said) if stream else said.choices[0].message.content
    assert Parcel.model_validate_json(words).to == NICK
    assert "Nan" not in str(upstream.requests)


def test_a_refusal_is_safe_to_parse(talk, guard, echo):
    one = talk(guard(), echo(json.dumps({"to": STOP})), {"on_block": "refusal"})
    message = one.parse(response_format=Parcel).choices[0].message
    assert (message.parsed, message.refusal) == (None, "Not that.")


def test_text_completions_are_guarded(client, echo):
    upstream = echo(Answer(f"is {MAIL}", chunk=2))
    made = client(upstream).completions
    assert made.create(model="m", prompt=MAIL).choices[0].text == "is <mail>"
    assert upstream.requests[0]["prompt"] == "<mail>"
    events = made.create(model="m", prompt="x", stream=True)
    assert "".join(e.choices[0].text for e in events) == "is <mail>"


# -- blocks ---------------------------------------------------------------------------------


def test_a_blocked_prompt_is_answered_without_the_model(talk, guard, echo):
    upstream = echo("hi")
    choice = talk(guard(), upstream).chat(STOP).choices[0]
    assert (choice.message.content, choice.finish_reason) == ("Not that.", "content_filter")
    events = talk(guard(), upstream).chat(STOP, stream=True)
    assert (text_of(events), finishes(events)) == ("Not that.", ["content_filter"])
    assert upstream.requests == []


def test_a_block_may_be_an_error(talk, guard, echo):
    upstream = echo(Answer(f"so {STOP}"))
    for text, stream in ((STOP, False), (STOP, True), ("x", False)):
        with pytest.raises(openai.BadRequestError) as blocked:
            talk(guard(), upstream, {"on_block": "error"}, max_retries=2).chat(text, stream=stream)
        assert (blocked.value.code, blocked.value.body["message"]) == (
            "content_filter",
            "Not that.",
        )
    assert len(upstream.requests) == 1


def test_a_stream_that_said_nothing_yet_becomes_an_error(talk, guard, echo):
    one = talk(guard(), echo(Answer(STOP, chunk=3)), {"on_block": "error"})
    with pytest.raises(openai.BadRequestError):
        one.chat(stream=True)


def test_a_stream_that_said_something_ends_with_the_error(talk, guard, echo):
    one = talk(guard(), echo(Answer(f"so far {STOP}", chunk=3)), {"on_block": "error"})
    with pytest.raises(openai.APIError, match="Not that"):
        one.chat(stream=True)


def test_a_blocked_answer_ends_and_lets_the_model_go(talk, guard, echo):
    upstream = echo(Answer(f"so far {STOP}" + " and on" * 400, chunk=5, delay=0.002))
    events = talk(guard(), upstream).chat(stream=True)
    assert text_of(events) == "so far Not that."
    assert finishes(events) == ["content_filter"]
    wait_for(lambda: upstream.left == 1)


def wait_for(true):
    ended = threading.Event()
    for _ in range(1000):
        if true():
            return
        ended.wait(0.005)
    raise AssertionError("it did not come to be")


def test_a_rewind_falls_back(talk, guard, echo):
    action = {"rewind": {"attempts": 2, "otherwise": "block"}}
    made = guard({"name": "r", "rules": [
        rule("again", ["output"], {"marks": "mail"}, action, message="Once more."),
    ]})  # fmt: skip
    one = talk(made, echo(Answer(f"so {MAIL} x", chunk=2)))
    assert text_of(one.chat(stream=True)) == "so Once more."
    assert one.chat().choices[0].message.content == "Once more."


def test_parameters_are_kept_within_limits(talk, guard, echo):
    limits = {
        "temperature": {"max": 1.0},
        "max_tokens": {"max": 64, "default": 32},
        "stop": ["</e>"],
    }
    upstream = echo("hi")
    talk(guard({"name": "l", "rules": RULES, "limits": limits}), upstream).chat(temperature=1.9)
    assert upstream.requests[0] == asking("hello") | {
        "temperature": 1, "max_tokens": 32, "stop": ["</e>"],
    }  # fmt: skip


def test_what_cannot_be_guarded_in_a_request_is_refused(client, echo):
    upstream = echo("hi")
    with pytest.raises(openai.BadRequestError, match="prompt_token_ids is not allowed"):
        client(upstream).chat.completions.create(
            **asking("x"), extra_body={"prompt_token_ids": [1]}
        )
    assert upstream.requests == []


# -- the model server -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error"), [(429, openai.RateLimitError), (400, openai.BadRequestError),
                          (401, openai.AuthenticationError), (503, openai.InternalServerError)]
)  # fmt: skip
@pytest.mark.parametrize("stream", [False, True])
def test_errors_of_the_model_server_pass_through_guarded(talk, guard, echo, status, error, stream):
    body = json.dumps({"error": {"message": f"no {MAIL}", "code": "c"}}).encode()
    upstream = echo(Answer(status=status, body=body, headers=[("x-request-id", "r1")]))
    with pytest.raises(error) as failed:
        talk(guard(), upstream).chat(stream=stream)
    assert (failed.value.body["message"], failed.value.code) == ("no <mail>", "c")
    assert failed.value.request_id == "r1"


def test_the_client_tries_again_as_it_does_unwrapped(talk, guard, echo):
    busy = Answer(status=429, body=b"{}", headers=[("retry-after-ms", "1")])
    upstream = echo(busy, "hi")
    said = talk(guard(), upstream, max_retries=2).chat("x")
    assert (said.choices[0].message.content, len(upstream.requests)) == ("hi", 2)


def test_no_server_is_a_connection_error(talk, guard, echo):
    upstream = echo("hi")
    upstream.stop()
    upstream.stop = lambda: None
    with pytest.raises(openai.APIConnectionError):
        talk(guard(), upstream).chat()


@pytest.mark.parametrize(
    "answer",
    [Answer("so it is", cut_after=3), Answer(raw=[b'data: {"choices": [{"index": 0, "delta": {"content": "x"}}]}\n\n'])],
    ids=["cut", "unfinished"],
)  # fmt: skip
def test_a_stream_that_ends_in_the_middle_is_no_whole_one(talk, guard, echo, answer):
    with pytest.raises(Exception, match=r"peer closed|ended in the middle|onnection"):
        talk(guard(), echo(answer)).chat(stream=True)


@pytest.mark.parametrize("raw", [b"data: {\n\n", b"data: [7]\n\n"])
def test_a_stream_that_cannot_be_guarded_is_broken_off(talk, guard, echo, raw):
    with pytest.raises(Exception, match=r"onnection|the upstream sent an event"):
        talk(guard(), echo(Answer(raw=[raw]))).chat(stream=True)


def test_an_answer_that_cannot_be_guarded_is_an_error(talk, guard, echo):
    with pytest.raises(openai.InternalServerError, match="the upstream sent an answer that is no"):
        talk(guard(), echo(Answer(body=b"[1]"))).chat()
    page = Answer(body=b"<html>", headers=[("content-type", "text/html")])
    with pytest.raises(openai.InternalServerError, match="neither JSON nor events"):
        talk(guard(), echo(page)).chat()


def test_a_compressed_answer_is_guarded(talk, guard):
    body = {"choices": [{"index": 0, "message": {"content": MAIL}, "finish_reason": "stop"}]}
    event = b'data: {"choices":[{"index":0,"delta":{"content":"#mail1234#"},"finish_reason":"stop"}]}\n\n'
    packed = {"content-encoding": "gzip"}
    whole = Said(gzip.compress(json.dumps(body).encode()), headers=packed)
    with Upstream(whole, Said(pieces=[gzip.compress(event)], headers=packed)) as upstream:
        assert talk(guard(), upstream).chat().choices[0].message.content == "<mail>"
        assert text_of(talk(guard(), upstream).chat(stream=True)) == "<mail>"


# -- clients --------------------------------------------------------------------------------


def test_a_client_that_stops_reading_lets_the_model_go(client, echo):
    upstream = echo(Answer("and on " * 2000, chunk=7, delay=0.002))
    with client(upstream).chat.completions.create(**asking("x"), stream=True) as stream:
        for event in stream:
            if event.choices[0].delta.content:
                break
    wait_for(lambda: upstream.left == 1)


async def test_an_async_client_that_stops_reading_lets_the_model_go(guard, echo):
    upstream = echo(Answer("and on " * 2000, chunk=7, delay=0.002))
    made = openai.AsyncOpenAI(base_url=f"{upstream.url}/v1", api_key="k")
    async with guard().wrap(made) as one:
        stream = await one.chat.completions.create(**asking("x"), stream=True)
        async for event in stream:
            if event.choices[0].delta.content:
                break
        await stream.close()
        wait_for(lambda: upstream.left == 1)


async def test_a_task_that_is_cancelled_lets_the_model_go(guard, echo, tmp_path):
    url = f"sqlite:///{tmp_path / 'r.db'}"
    upstream = echo(Answer("and on " * 2000, chunk=7, delay=0.002))
    wrapped, said = guard(store=url), asyncio.Event()
    made = openai.AsyncOpenAI(base_url=f"{upstream.url}/v1", api_key="k")

    async def read(one):
        async for _ in await one.chat.completions.create(**asking("x"), stream=True):
            said.set()

    async with wrapped.wrap(made) as one:
        task = asyncio.create_task(read(one))
        await said.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        wait_for(lambda: upstream.left == 1)
    wrapped.close()
    with Store.open(url) as store:
        assert [row.labels["outcome"] for row in store.interactions()] == ["client_left"]


async def test_tasks_share_a_wrapped_client(guard, echo):
    upstream = echo()
    made = openai.AsyncOpenAI(base_url=f"{upstream.url}/v1", api_key="k")
    async with guard({"name": "slow", "rules": [*RULES, *RUDE]}).wrap(made) as one:

        async def ask(number):
            stream = await one.chat.completions.create(**asking(f"{number} {MAIL}."), stream=True)
            return text_of([event async for event in stream])

        said = await asyncio.gather(*map(ask, range(16)))
    assert said == [f"{number} <mail>." for number in range(16)]


def test_threads_share_a_wrapped_client(client, echo):
    upstream = echo()
    made = client(upstream)

    def one(number):
        words = f"{number} {MAIL} {number}"
        if number % 2:
            return made.chat.completions.create(**asking(words)).choices[0].message.content
        return text_of(made.chat.completions.create(**asking(words), stream=True))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(24))) == [f"{n} <mail> {n}" for n in range(24)]


def test_raw_and_streamed_responses_are_guarded(client, echo):
    upstream = echo(Answer(f"is {MAIL}", headers=[("x-request-id", "r1"), ("x-said", MAIL)]))
    chat = client(upstream).chat.completions
    raw = chat.with_raw_response.create(**asking("x"))
    assert raw.parse().choices[0].message.content == "is <mail>"
    assert raw.headers["x-request-id"] == "r1"
    assert raw.headers["x-tokenward-action"] == "redact"
    assert "x-said" not in raw.headers
    assert raw.elapsed.total_seconds() > 0
    with chat.with_streaming_response.create(**asking("x"), stream=True) as response:
        lines = "".join(response.iter_lines())
        assert response.headers["content-type"].startswith("text/event-stream")
    assert "mail1234" not in lines
    assert "[DONE]" in lines
    assert response.elapsed.total_seconds() > 0


def test_copies_of_a_wrapped_client_are_guarded(client, echo):
    upstream = echo(MAIL)
    made = client(upstream)
    for one in (made.with_options(timeout=5), made.copy(), made.with_options(max_retries=1).copy()):
        said = one.chat.completions.create(**asking("x"))
        assert said.choices[0].message.content == "<mail>"


def test_the_original_stays_as_it_is(guard, echo):
    upstream = echo(MAIL)
    with openai.OpenAI(base_url=f"{upstream.url}/v1", api_key="k") as original:
        before = dict(vars(original))
        wrapped = guard().wrap(original)
        assert type(wrapped) is openai.OpenAI
        assert vars(original) == before
        assert original.chat.completions.create(**asking("x")).choices[0].message.content == MAIL
        assert wrapped.chat.completions.create(**asking("x")).choices[0].message.content == "<mail>"
        wrapped.close()
        assert original.is_closed()
    assert wrapped.is_closed()
