"""Guards over the detectors of marks, and real API clients that they wrap."""

from __future__ import annotations

import asyncio

import openai
import pytest
from tests.agent.marks import POLICY, Plugin

from tokenward.guard import Guard
from tokenward.registry import Registry
from tokenward.testing.echo import EchoUpstream

NICK = 'Ann "Nan" Lee'


@pytest.fixture(scope="session")
def registry():
    return Registry([("test", Plugin())])


@pytest.fixture
def guard(registry):
    """Loads a guard; without a policy, that of the marks."""
    made = []

    def load(policy=POLICY, **more):
        made.append(Guard.load(policy, registry=registry, **more))
        return made[-1]

    yield load
    for one in made:
        one.close()


@pytest.fixture
def echo():
    """Starts a server that speaks as OpenAI's."""
    started = []

    def start(*answers):
        started.append(EchoUpstream(*answers).start())
        return started[-1]

    yield start
    for one in started:
        one.stop()


def settings(upstream, **more):
    return {
        "base_url": f"{upstream.url}/v1",
        "api_key": "k",
        "max_retries": 0,
        "timeout": 10.0,
    } | more


@pytest.fixture
def nicknames():
    """A guard that takes out names with signs in them that JSON escapes, and gives them back."""
    rules = [
        {"id": "in", "stage": "input", "action": {"redact": {"style": "tag", "restore": True}}},
        {"id": "out", "stage": ["output", "tool_call"], "action": {"redact": "tag"}},
    ]
    names = {"names": {"plugin": "keywords", "words": {"nick": [NICK]}}}
    with Guard.load({"name": "n", "detectors": names,
                     "rules": [rule | {"detect": {"names": ["nick"]}} for rule in rules]}) as guard:  # fmt: skip
        yield guard


class Sync:
    """Makes one call with the sync client."""

    name = "sync"

    def __init__(self, guard, upstream, wrapping=None, **more):
        self.make = lambda: guard.wrap(
            openai.OpenAI(**settings(upstream, **more)), **(wrapping or {})
        )

    def chat(self, text="hello", **more):
        """Returns the answer; of a stream, its events."""
        with self.make() as client:
            said = client.chat.completions.create(**asking(text), **more)
            return list(said) if more.get("stream") else said

    def parse(self, **more):
        with self.make() as client:
            return client.chat.completions.parse(**asking("x"), **more)


class Async:
    """Makes one call with the async client."""

    name = "async"

    def __init__(self, guard, upstream, wrapping=None, **more):
        self.make = lambda: guard.wrap(
            openai.AsyncOpenAI(**settings(upstream, **more)), **(wrapping or {})
        )

    def chat(self, text="hello", **more):
        async def go():
            async with self.make() as client:
                said = await client.chat.completions.create(**asking(text), **more)
                return [event async for event in said] if more.get("stream") else said

        return asyncio.run(go())

    def parse(self, **more):
        async def go():
            async with self.make() as client:
                return await client.chat.completions.parse(**asking("x"), **more)

        return asyncio.run(go())


def asking(text):
    return {"model": "m", "messages": [{"role": "user", "content": text}]}


@pytest.fixture(params=[Sync, Async], ids=lambda one: one.name)
def talk(request):
    return request.param


@pytest.fixture
def client(guard):
    """Makes wrapped sync clients, and closes them."""
    made = []

    def make(upstream, *, of=None, wrapping=None, **more):
        made.append(openai.OpenAI(**settings(upstream, **more)))
        return (of or guard()).wrap(made[-1], **(wrapping or {}))

    yield make
    for one in made:
        one.close()
