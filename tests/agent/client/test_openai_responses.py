"""Wrapped clients that ask for OpenAI's responses, whole and streamed, sync and async."""

from __future__ import annotations

import asyncio

import openai
import pytest
from tests.agent.client.conftest import settings
from tests.agent.sidecar.scripted import EVENTS, JSON, ScriptedUpstream
from tests.agent.wire.speeches import dumps
from tests.agent.wire.speeches_responses import OPENAI_RESPONSES, function_call, response

PIECES = ["so #ma", "il1234# ", "x"]
ASKED = "I am #mail1234#."
PATH = "/v1/responses"


@pytest.fixture
def says():
    """Starts a model server that answers in one way."""
    started = []

    def start(kind, pieces):
        started.append(ScriptedUpstream({PATH: (kind, pieces)}))
        return started[-1].__enter__()

    yield start
    for one in started:
        one.__exit__()


def test_a_response_is_guarded(guard, says):
    upstream = says(JSON, [dumps(OPENAI_RESPONSES.whole("".join(PIECES)))])
    with guard().wrap(openai.OpenAI(**settings(upstream))) as client:
        got = client.responses.create(model="m", input=ASKED, instructions=ASKED)

    assert (got.output_text, got.status) == ("so <mail> x", "completed")
    assert [upstream.bodies[0][name] for name in ("input", "instructions")] == ["I am <mail>."] * 2


def test_a_streamed_response_is_guarded(guard, says):
    upstream = says(EVENTS, OPENAI_RESPONSES.streams["text"](PIECES))
    with (
        guard().wrap(openai.OpenAI(**settings(upstream))) as client,
        client.responses.stream(model="m", input=ASKED) as stream,
    ):
        deltas = [one.delta for one in stream if one.type == "response.output_text.delta"]
        final = stream.get_final_response()

    assert "".join(deltas) == final.output_text == "so <mail> x"


def test_an_async_client_streams_a_response(guard, says):
    upstream = says(EVENTS, OPENAI_RESPONSES.streams["text"](PIECES))

    async def talk():
        async with guard().wrap(openai.AsyncOpenAI(**settings(upstream))) as client:
            stream = await client.responses.create(model="m", input=ASKED, stream=True)
            return [one async for one in stream]

    *_, last = asyncio.run(talk())
    assert (last.type, last.response.output_text) == ("response.completed", "so <mail> x")


def test_a_call_in_a_response_is_guarded(guard, says):
    upstream = says(JSON, [dumps(response(function_call(ASKED)))])
    with guard().wrap(openai.OpenAI(**settings(upstream))) as client:
        got = client.responses.create(model="m", input="x")

    assert got.output[0].arguments == '{"a":"I am <mail>."}'


def test_a_blocked_input_is_not_sent(guard, says):
    upstream = says(JSON, [dumps(OPENAI_RESPONSES.whole("x"))])
    with guard().wrap(openai.OpenAI(**settings(upstream))) as client:
        got = client.responses.create(model="m", input="#stop1234#")

    assert (got.status, got.incomplete_details.reason) == ("incomplete", "content_filter")
    assert upstream.requests == []
