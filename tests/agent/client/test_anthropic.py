"""The real Anthropic clients, wrapped, against a local server."""

from __future__ import annotations

import asyncio
import json

import anthropic
import pytest
from pydantic import BaseModel
from tests.agent.client.conftest import NICK
from tests.agent.marks import RULES
from tests.agent.messages import call, events, message, text, thought
from tests.agent.upstream import Said, Upstream

from tokenward.errors import UsageError

MAIL = "#mail1234#"
STOP = "#stop1234#"


def asking(words, **more):
    return {
        "model": "m",
        "max_tokens": 99,
        "messages": [{"role": "user", "content": words}],
        **more,
    }


def settings(upstream, **more):
    return {"base_url": upstream.url, "api_key": "k", "max_retries": 0, "timeout": 10.0} | more


@pytest.fixture
def serve():
    """Starts a server that answers with blocks, streamed where that is asked for."""
    started = []

    def start(*blocks, said=None, size=4, stop="end_turn", delay=0.0):
        def answer(asked):
            if said is not None:
                return said
            if asked.json.get("stream"):
                return Said(pieces=list(events(*blocks, size=size, stop=stop)), delay=delay)
            return Said(message(*blocks, stop=stop), headers={"request-id": "r1"})

        started.append(Upstream(answer))
        return started[-1].__enter__()

    yield start
    for one in started:
        one.__exit__()


class Sync:
    name = "sync"

    def __init__(self, guard, upstream, **wrapping):
        self.make = lambda: guard.wrap(anthropic.Anthropic(**settings(upstream)), **wrapping)

    def ask(self, words="hello", **more):
        with self.make() as client:
            return client.messages.create(**asking(words, **more))

    def stream(self, words="hello"):
        """Returns the message that the helper for streams puts together, and its events."""
        with self.make() as client, client.messages.stream(**asking(words)) as stream:
            return [event.type for event in stream], stream.get_final_message()


class Async:
    name = "async"

    def __init__(self, guard, upstream, **wrapping):
        self.make = lambda: guard.wrap(anthropic.AsyncAnthropic(**settings(upstream)), **wrapping)

    def ask(self, words="hello", **more):
        async def go():
            async with self.make() as client:
                return await client.messages.create(**asking(words, **more))

        return asyncio.run(go())

    def stream(self, words="hello"):
        async def go():
            async with self.make() as client, client.messages.stream(**asking(words)) as stream:
                return [event.type async for event in stream], await stream.get_final_message()

        return asyncio.run(go())


@pytest.fixture(params=[Sync, Async], ids=lambda one: one.name)
def talk(request):
    return request.param


def dumped(said):
    return [block.model_dump(exclude_none=True) for block in said.content]


def test_prompt_and_answer_are_guarded(talk, guard, serve):
    upstream = serve(text(f"it is {MAIL}"))
    said = talk(guard(), upstream).ask(f"to {MAIL}", system=MAIL, stop_sequences=["x"])
    assert upstream.asked[0].json == asking("to <mail>", system="<mail>", stop_sequences=["x"])
    assert upstream.asked[0].path == "/v1/messages"
    assert (dumped(said), said.stop_reason, said._request_id) == (
        [text("it is <mail>")],
        "end_turn",
        "r1",
    )


@pytest.mark.parametrize("size", range(1, 13))
def test_a_planted_value_is_found_in_any_pieces(talk, guard, serve, size):
    blocks = [thought("calm"), text(f"so {MAIL} and {MAIL}"), call({"to": [MAIL, 1]})]
    _, whole = talk(guard(), serve(*blocks, size=size, stop="tool_use")).stream()
    assert dumped(whole) == [
        thought("calm"),
        text("so <mail> and <mail>"),
        call({"to": ["<mail>", 1]}),
    ]
    assert (whole.stop_reason, whole.usage.output_tokens) == ("tool_use", 5)


def test_a_planted_value_is_found_byte_by_byte(talk, guard, serve):
    data = b"".join(events(text(f"\u4f60 {MAIL} \U0001f600"), call({"to": MAIL}), size=3))
    upstream = serve(said=Said(pieces=[bytes([byte]) for byte in data]))
    _, whole = talk(guard(), upstream).stream()
    assert dumped(whole) == [text("\u4f60 <mail> \U0001f600"), call({"to": "<mail>"})]


def test_calls_are_guarded_whole(talk, guard, serve):
    kept = call({"to": MAIL}, number=1)
    said = talk(guard(), serve(call({"do": "#toolstop1234#"}), kept, stop="tool_use")).ask()
    assert dumped(said) == [call({"to": "<mail>"}, number=1)]


def test_results_of_tools_are_guarded(talk, guard, serve):
    upstream = serve(text("hi"))
    result = {"type": "tool_result", "tool_use_id": "toolu_0", "content": [text(MAIL)]}
    talk(guard(), upstream).ask([result])
    assert upstream.asked[0].json["messages"][0]["content"][0]["content"] == [text("<mail>")]


class Parcel(BaseModel):
    to: str


def test_structured_outputs_are_guarded_and_parsed(guard, serve):
    with anthropic.Anthropic(**settings(serve(text(json.dumps({"to": MAIL}))))) as made:
        said = guard().wrap(made).messages.parse(**asking("x"), output_format=Parcel)
    assert said.parsed_output == Parcel(to="<mail>")


def test_what_comes_back_in_a_structured_output_is_escaped(nicknames, serve):
    def answer(asked):
        name = asked.json["messages"][0]["content"]
        return Said(message(text(json.dumps({"to": name})), call({"to": name})))

    with (
        Upstream(answer) as upstream,
        anthropic.Anthropic(**settings(upstream)) as made,
    ):
        said = nicknames.wrap(made).messages.parse(**asking(NICK), output_format=Parcel)
    assert said.parsed_output == Parcel(to=NICK)
    assert said.content[1].input == {"to": NICK}
    assert b"Nan" not in upstream.asked[0].raw


def test_a_refusal_is_safe_to_parse(guard, serve):
    with anthropic.Anthropic(**settings(serve(text(json.dumps({"to": STOP}))))) as made:
        one = guard().wrap(made, on_block="refusal")
        said = one.messages.parse(**asking("x"), output_format=Parcel)
    assert (said.parsed_output, said.stop_reason, said.content) == (None, "refusal", [])


def test_a_blocked_prompt_is_answered_without_the_model(talk, guard, serve):
    upstream = serve(text("hi"))
    said = talk(guard(), upstream).ask(STOP)
    assert (dumped(said), said.stop_reason) == ([text("Not that.")], "refusal")
    _, whole = talk(guard(), upstream).stream(STOP)
    assert (dumped(whole), whole.stop_reason) == ([text("Not that.")], "refusal")
    assert upstream.asked == []


def test_a_block_may_be_an_error(talk, guard, serve):
    upstream = serve(text(STOP), size=3)
    for go in (lambda one: one.ask(STOP), lambda one: one.ask(), lambda one: one.stream()):
        with pytest.raises(anthropic.BadRequestError, match=r"Not that.") as blocked:
            go(talk(guard(), upstream, on_block="error"))
        assert blocked.value.body["error"]["code"] == "content_filter"
    assert len(upstream.asked) == 2


def test_a_blocked_answer_ends_and_lets_the_model_go(talk, guard, serve):
    upstream = serve(text(f"so far {STOP}" + " and on" * 400), size=5, delay=0.002)
    kinds, whole = talk(guard(), upstream).stream()
    assert dumped(whole) == [text("so far "), text("Not that.")]
    assert (whole.stop_reason, kinds[-1]) == ("refusal", "message_stop")
    assert upstream.left.wait(5)


def test_a_client_that_stops_reading_lets_the_model_go(guard, serve):
    upstream = serve(text("and on " * 2000), size=7, delay=0.002)
    with anthropic.Anthropic(**settings(upstream)) as made:
        with guard().wrap(made).messages.stream(**asking("x")) as stream:
            next(stream.text_stream)
        assert upstream.left.wait(5)


@pytest.mark.parametrize(
    ("status", "error"), [(429, anthropic.RateLimitError), (400, anthropic.BadRequestError),
                          (529, anthropic.InternalServerError)]
)  # fmt: skip
def test_errors_of_the_model_server_pass_through_guarded(talk, guard, serve, status, error):
    body = {"type": "error", "error": {"type": "x_error", "message": f"no {MAIL}"}}
    upstream = serve(said=Said(body, status=status))
    for go in (lambda one: one.ask(), lambda one: one.stream()):
        with pytest.raises(error) as failed:
            go(talk(guard(), upstream))
        assert failed.value.body["error"]["message"] == "no <mail>"


def test_an_error_in_a_stream_is_an_error(talk, guard, serve):
    from tests.agent.messages import event

    failed = event(type="error", error={"type": "overloaded_error", "message": f"busy {MAIL}"})
    upstream = serve(said=Said(pieces=[*events(text("so"), end=False), failed]))
    with pytest.raises(anthropic.APIStatusError, match="busy <mail>"):
        talk(guard(), upstream).stream()


@pytest.mark.parametrize("cut", [False, True])
def test_a_stream_that_ends_in_the_middle_is_no_whole_one(talk, guard, serve, cut):
    upstream = serve(said=Said(pieces=list(events(text("so it is"), end=False)), cut=cut))
    with pytest.raises(Exception, match=r"peer closed|ended in the middle|onnection"):
        talk(guard(), upstream).stream()


def test_parameters_are_kept_within_limits(talk, guard, serve):
    upstream = serve(text("hi"))
    limits = {"max_tokens": {"max": 64}, "top_k": {"max": 40}, "stop": ["</e>"]}
    talk(guard({"name": "l", "rules": RULES, "limits": limits}), upstream).ask(
        extra_body={"top_k": 100}
    )
    assert upstream.asked[0].json == asking("hello") | {
        "max_tokens": 64, "top_k": 40, "stop_sequences": ["</e>"],
    }  # fmt: skip


def test_a_signed_thought_that_must_be_edited_is_refused(talk, guard, serve):
    upstream = serve(text("hi"))
    with pytest.raises(anthropic.BadRequestError, match="a signed text"):
        talk(guard(), upstream).ask([thought(MAIL)])
    assert upstream.asked == []


UNGUARDED = {
    "counting": lambda c: c.messages.count_tokens(model="m", messages=asking(MAIL)["messages"]),
    "batches": lambda c: c.messages.batches.create(
        requests=[{"custom_id": "1", "params": asking(MAIL)}]
    ),
    "batch results": lambda c: c.messages.batches.list(),
    "beta files": lambda c: c.beta.files.list(),
    "any other": lambda c: c.post("/v1/complete", body={"prompt": MAIL}, cast_to=object),
}


@pytest.mark.parametrize("go", UNGUARDED.values(), ids=UNGUARDED)
def test_calls_that_no_rule_looks_at_are_refused(guard, serve, go):
    upstream = serve(text("hi"))
    with (
        anthropic.Anthropic(**settings(upstream, max_retries=2)) as made,
        pytest.raises(UsageError, match="is not sent; guarded are: POST /v1/messages"),
    ):
        go(guard().wrap(made))
    assert upstream.asked == []


def test_calls_without_text_and_those_of_the_beta_pass(guard, serve):
    upstream = serve(said=Said({"data": [{"id": "m", "type": "model"}], "has_more": False}))
    with anthropic.Anthropic(**settings(upstream)) as made:
        assert [model.id for model in guard().wrap(made).models.list()] == ["m"]
    upstream = serve(text(MAIL))
    with anthropic.Anthropic(**settings(upstream)) as made:
        assert guard().wrap(made).beta.messages.create(**asking(MAIL)).content[0].text == "<mail>"
    assert upstream.asked[0].json == asking("<mail>")


def test_copies_and_raw_responses_of_a_wrapped_client_are_guarded(guard, serve):
    with anthropic.Anthropic(**settings(serve(text(MAIL)))) as made:
        one = guard().wrap(made)
        assert type(one) is anthropic.Anthropic
        assert (
            one.with_options(timeout=5).messages.create(**asking("x")).content[0].text == "<mail>"
        )
        raw = one.copy().messages.with_raw_response.create(**asking("x"))
        assert raw.parse().content[0].text == "<mail>"
        assert raw.headers["x-tokenward-action"] == "redact"
        with one.messages.with_streaming_response.create(**asking("x"), stream=True) as response:
            assert "mail1234" not in "".join(response.iter_text())
        assert made.messages.create(**asking("x")).content[0].text == MAIL


def test_a_call_is_sent_as_the_original_sends_it(guard, serve):
    upstream = serve(text("hi"))
    with anthropic.Anthropic(**settings(upstream)) as made:
        for one in (made, guard().wrap(made)):
            one.messages.create(**asking("x"))
    bare, wrapped = (asked.headers for asked in upstream.asked)
    assert wrapped == bare | {"accept-encoding": "identity"}
    assert upstream.asked[0].raw == upstream.asked[1].raw
