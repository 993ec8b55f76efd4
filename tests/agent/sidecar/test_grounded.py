"""Answers are judged by the documents in their requests, through real clients."""

from __future__ import annotations

import anthropic
import openai
import pytest
from tests.agent.messages import message, text
from tests.agent.upstream import Said, Upstream

from tokenward import Guard
from tokenward.registry import Registry
from tokenward.testing.echo import Answer, EchoUpstream

DOCUMENT = "The Harbour Museum opened on 5 March 1912 and has 1,250 paintings."
POLICY = {
    "name": "grounded",
    "rules": [
        {
            "id": "facts",
            "stage": "output",
            "detect": {"groundedness": ["UNSUPPORTED_NUMBER", "UNSUPPORTED_DATE"]},
            "action": {"redact": "mask"},
            "deadline_ms": 60_000,
        }
    ],
}
ANSWER = "It has 1250 paintings. It opened with 77 of them."
MASKED = "It has 1250 paintings. It opened with ** of them."
ASKED = f"<document>{DOCUMENT}</document>\nWhat is there?"


@pytest.fixture(scope="module")
def registry():
    return Registry.load()


@pytest.fixture
def upstream():
    with EchoUpstream(Answer(text=ANSWER)) as started:
        yield started


@pytest.fixture
def client(serve, upstream):
    running = serve(upstream.url, POLICY)
    with openai.OpenAI(base_url=running.base, api_key="none", max_retries=0) as opened:
        yield opened


def said(client, *messages, stream=False, **more):
    answer = client.chat.completions.create(
        model="m", messages=list(messages), stream=stream, **more
    )
    if not stream:
        return answer.choices[0].message.content
    return "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)


@pytest.mark.parametrize("stream", [False, True])
def test_a_number_that_the_passages_lack_is_masked(client, stream):
    assert said(client, {"role": "user", "content": ASKED}, stream=stream) == MASKED


@pytest.mark.parametrize("stream", [False, True])
def test_without_passages_nothing_is_judged(client, stream):
    asked = {"role": "user", "content": "What is there?"}
    assert said(client, asked, stream=stream) == ANSWER


def test_documents_beside_the_messages_and_results_of_tools_count(client):
    asked = {"role": "user", "content": "What is there?"}
    assert said(client, asked, extra_body={"documents": [{"text": DOCUMENT}]}) == MASKED
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    calls = {"role": "assistant", "tool_calls": [call]}
    told = {"role": "tool", "tool_call_id": "c", "content": DOCUMENT}
    assert said(client, asked, calls, told) == MASKED


def test_an_openai_client_that_is_wrapped_is_judged_alike(upstream):
    own = openai.OpenAI(base_url=f"{upstream.url}/v1", api_key="none")
    with Guard.load(POLICY) as guard, own:
        client = guard.wrap(own)
        assert said(client, {"role": "user", "content": ASKED}) == MASKED


def test_document_blocks_of_anthropic_count(serve):
    source = {"type": "text", "media_type": "text/plain", "data": DOCUMENT}
    parts = [{"type": "document", "source": source}, {"type": "text", "text": "What is there?"}]
    with Upstream(lambda _: Said(message(text(ANSWER)))) as server:
        url = serve(server.url, POLICY).url
        with anthropic.Anthropic(base_url=url, api_key="none", max_retries=0) as client:
            answer = client.messages.create(
                model="m", max_tokens=99, messages=[{"role": "user", "content": parts}]
            )

    assert answer.content[0].text == MASKED


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/api/v1/text/generation",
            {
                "prompt": f"<document>{DOCUMENT}</document>\nWhat is there?",
                "generated_text": ANSWER,
            },
        ),
        (
            "/api/v1/text/context/doc",
            {"content": ANSWER, "context_type": "docs", "context": [DOCUMENT]},
        ),
        (
            "/api/v1/text/context/doc",
            {"prompt": ANSWER, "context_type": "chunks", "context": ["Else.", DOCUMENT]},
        ),
        (
            "/api/v1/text/context/chat",
            {
                "messages": [
                    {"role": "tool", "content": DOCUMENT},
                    {"role": "user", "content": "What is there?"},
                    {"role": "assistant", "content": ANSWER},
                ]
            },
        ),
        (
            "/api/v1/text/context/chat",
            {
                "chat_history": [
                    {"author": "user", "content": f"Context: {DOCUMENT}\nQuestion: What?"},
                    {"author": "assistant", "content": ANSWER},
                ]
            },
        ),
    ],
)
def test_an_orchestrators_calls_are_judged_by_what_stands_beside_the_answer(serve, path, body):
    reply = serve("", POLICY, gateway=("fms",)).post(body, path, detector_id="grounded")
    assert reply.status == 200, reply.body
    [row] = reply.json
    place = row.pop("metadata")
    assert row == {
        "detection": "UNSUPPORTED_NUMBER",
        "detection_type": "groundedness",
        "score": row["score"],
    }
    assert (place["text"], ANSWER[place["start"] : place["end"]]) == ("77", "77")
    assert place["rules"] == [{"id": "facts", "action": "redact", "mode": "enforce"}]


def test_other_passages_of_an_orchestrator_give_another_answer(serve):
    running = serve("", POLICY, gateway=("fms",))
    body = {"content": ANSWER, "context_type": "docs"}
    for context, found in (([DOCUMENT, "It began with 77 paintings."], 0), ([DOCUMENT], 1)):
        reply = running.post(
            {**body, "context": context}, "/api/v1/text/context/doc", detector_id="grounded"
        )
        assert len(reply.json) == found
