"""The fake model server that users test with."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import urllib.request

import openai
import pytest

from tokenward.testing.echo import Answer, EchoUpstream, cut

SAY = [{"role": "user", "content": "say this back"}]


@pytest.fixture
def client():
    opened = []

    def connect(upstream):
        opened.append(openai.OpenAI(base_url=upstream.url + "/v1", api_key="k", max_retries=0))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


def test_it_says_the_last_message_back(client):
    with EchoUpstream() as upstream:
        answer = client(upstream).chat.completions.create(model="m", messages=SAY)
    assert answer.choices[0].message.content == "say this back"


def test_it_says_what_it_is_told_to(client):
    with EchoUpstream("first", Answer(text="second"), lambda body: body["model"]) as upstream:
        api = client(upstream)
        said = [api.chat.completions.create(model="m", messages=SAY) for _ in range(4)]
    assert [one.choices[0].message.content for one in said] == ["first", "second", "m", "m"]


def test_it_streams_in_chunks(client):
    with EchoUpstream(Answer(text="abcdefg", chunk=3)) as upstream:
        stream = client(upstream).chat.completions.create(model="m", messages=SAY, stream=True)
        assert [c.choices[0].delta.content for c in stream] == ["", "abc", "def", "g", None]


def test_it_makes_tool_calls_and_several_choices(client):
    with EchoUpstream(Answer(tool_calls=[("f", '{"a": 1}')])) as upstream:
        answer = client(upstream).chat.completions.create(model="m", messages=SAY, n=2)
    assert [c.message.tool_calls[0].function.arguments for c in answer.choices] == ['{"a": 1}'] * 2
    assert answer.choices[0].finish_reason == "tool_calls"


def test_it_completes_prompts(client):
    with EchoUpstream() as upstream:
        stream = client(upstream).completions.create(model="m", prompt="words", stream=True)
        assert "".join(chunk.choices[0].text for chunk in stream) == "words"


def test_it_answers_with_errors(client):
    answer = Answer(status=429, body=b'{"error": {"message": "slow"}}')
    with EchoUpstream(answer) as upstream, pytest.raises(openai.RateLimitError):
        client(upstream).chat.completions.create(model="m", messages=SAY)


def test_it_ends_in_the_middle():
    with EchoUpstream(Answer(text="abcdef", cut_after=2)) as upstream:
        body = json.dumps({"messages": SAY, "stream": True}).encode()
        with pytest.raises(http.client.IncompleteRead):
            urllib.request.urlopen(upstream.url + "/v1/chat/completions", body, timeout=5).read()


def test_it_keeps_what_it_was_asked(client):
    with EchoUpstream() as upstream:
        client(upstream).chat.completions.create(model="m", messages=SAY)
        assert upstream.requests == [{"model": "m", "messages": SAY}]
        assert upstream.headers[0]["authorization"] == "Bearer k"


def test_it_lists_its_model(client):
    with EchoUpstream(model="mine") as upstream:
        assert client(upstream).models.list().data[0].id == "mine"


def test_it_runs_by_itself():
    command = [sys.executable, "-m", "tokenward.testing.echo", "--port", "0", "--text", "hi there"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().split()[-1]
        body = json.dumps({"messages": SAY}).encode()
        with urllib.request.urlopen(url + "/v1/chat/completions", body, timeout=5) as answer:
            assert b"hi there" in answer.read()
        process.terminate()


def test_cutting():
    assert cut("", 3) == []
