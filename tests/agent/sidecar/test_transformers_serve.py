"""The sidecar before a real model server with a real, small model."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import openai
import pytest

import tokenward
from tokenward.registry import Registry

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

MODEL = Path(tokenward.__file__).parent / "demo" / "weights"
ASK = [{"role": "user", "content": "Where is my parcel?"}]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Runs ``transformers serve``; returns its URL."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    cache = tmp_path_factory.mktemp("hub")
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_CACHE": str(cache),
        "OMP_NUM_THREADS": "1",
    }
    command = [
        Path(sys.executable).with_name("transformers"),
        "serve",
        MODEL,
        "--port",
        str(port),
        "--device",
        "cpu",
    ]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(process, url)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def wait_for(process, url):
    until = time.monotonic() + 180
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(url + "/health", timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
        else:
            return
    raise AssertionError(f"the model server did not start: {process.poll()}")


@pytest.fixture
def api():
    made = []

    def client(base):
        made.append(openai.OpenAI(base_url=base, api_key="none", max_retries=0))
        return made[-1]

    yield client
    for one in made:
        one.close()


def say(client, *, stream, **more):
    """Returns the text and the finish reason."""
    settings = {"model": str(MODEL), "messages": ASK, "temperature": 0.0, "max_tokens": 24, **more}
    answer = client.chat.completions.create(stream=stream, **settings)
    if not stream:
        return answer.choices[0].message.content, answer.choices[0].finish_reason
    choices = [chunk.choices[0] for chunk in answer if chunk.choices]
    finishes = [choice.finish_reason for choice in choices if choice.finish_reason]
    return "".join(choice.delta.content or "" for choice in choices), finishes[-1]


def keywords(words, action):
    rule = {"id": "r", "stage": "output", "detect": {"names": ["word"]}, "action": action}
    detectors = {"names": {"plugin": "keywords", "words": {"word": words}}}
    return {"name": "words", "detectors": detectors, "rules": [rule]}


def test_a_real_server_is_guarded_whole_and_streamed(serve, model, api):
    direct, finish = say(api(model + "/v1"), stream=True)
    assert direct.strip()
    plugins = Registry.load()
    harmless = serve(model, keywords(["xyzzy"], "block"), plugins=plugins).base
    word = max((word for word in direct.split() if word.isalpha()), key=len)
    hiding = serve(model, keywords([word], "redact"), plugins=plugins).base
    blocking = serve(model, keywords([word], "block"), plugins=plugins).base
    for stream in (True, False):
        assert say(api(harmless), stream=stream) == (direct, finish)
        text, reason = say(api(hiding), stream=stream)
        assert (word in text.split(), "<word>" in text, reason) == (False, True, finish)
        text, reason = say(api(blocking), stream=stream)
        assert text.endswith("This answer was stopped by policy.")
        assert (word in text.split(), reason) == (False, "content_filter")


def test_errors_of_a_real_server_pass(serve, model, api):
    client = api(serve(model, keywords(["xyzzy"], "block"), plugins=Registry.load()).base)
    with pytest.raises(openai.APIStatusError) as caught:
        say(client, stream=False, model="another-model")
    assert 400 <= caught.value.status_code < 500
