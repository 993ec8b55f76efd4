"""The demo model behind HTTP is told through the sidecar to say it in another way, and does."""

from __future__ import annotations

import asyncio
import threading

import openai
import pytest

from tokenward.demo.answers import Answers
from tokenward.demo.server import ModelServer
from tokenward.registry import Registry
from tokenward.sidecar.server import Sidecar
from tokenward.sidecar.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ASK = [{"role": "user", "content": "Where is my parcel?"}]


@pytest.fixture(scope="module")
def model():
    with ModelServer({"m": Answers("float32")}) as server:
        yield server.url


@pytest.fixture
def guarded(model):
    """Runs a sidecar that takes a word back; returns a client and the sidecar."""
    ended = []

    def start(word):
        action = {"rewind": {"attempts": 2, "otherwise": "block"}}
        rule = {"id": "r", "stage": "output", "detect": {"names": ["word"]}, "action": action}
        detectors = {"names": {"plugin": "keywords", "words": {"word": [word]}}}
        policy = {"name": "words", "detectors": detectors, "rules": [rule]}
        settings = Settings(upstream=model, port=0, continues="vllm")
        sidecar = Sidecar(settings, registry=Registry.load(), policies=(policy,))
        ready, loop = threading.Event(), asyncio.new_event_loop()

        async def run():
            stop = asyncio.Event()
            ended.append((loop, stop, thread))
            await sidecar.start()
            ready.set()
            await stop.wait()
            await sidecar.stop()

        thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
        thread.start()
        assert ready.wait(20)
        return openai.OpenAI(base_url=sidecar.url + "/v1", api_key="none", max_retries=0)

    yield start
    for loop, stop, thread in ended:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


def say(client, *, stream):
    answer = client.chat.completions.create(
        model="m", messages=ASK, max_tokens=32, temperature=0.0, stream=stream
    )
    if not stream:
        return answer.choices[0].message.content, answer.choices[0].finish_reason
    choices = [chunk.choices[0] for chunk in answer]
    return "".join(choice.delta.content or "" for choice in choices), choices[-1].finish_reason


@pytest.mark.parametrize("stream", [True, False])
def test_a_real_model_goes_on_in_another_way(model, guarded, stream):
    with openai.OpenAI(base_url=model + "/v1", api_key="none") as direct:
        before, _ = say(direct, stream=False)
    word = [one for one in before.split() if one.isalpha()][3]
    with guarded(word) as client:
        after, finish = say(client, stream=stream)
    kept = before[: before.index(f" {word} ")]
    assert after.startswith(kept)
    assert word not in after.split()
    assert len(after) > len(kept)
    assert finish == "stop"
