"""Gateways as an operator switches them on."""

from __future__ import annotations

import json
import signal
import socket
import sys
from contextlib import closing

import pytest
from tests.agent.sidecar.envoy import Envoy
from tests.agent.sidecar.process import ServeProcess
from tests.agent.sidecar.test_envoy import asking, streaming

from tokenward.errors import MissingExtra
from tokenward.sidecar.server import Sidecar
from tokenward.sidecar.settings import Settings

KEY = "AKIA" + "Z7QX2M4N8P6R3T5V"
POLICY = """\
name: short
rules:
  - id: no-keys
    stage: [input, output]
    detect: {secrets: all}
    action: {redact: tag}
"""


@pytest.fixture
def start(tmp_path):
    (tmp_path / "short.yaml").write_text(POLICY)
    started = []

    def run(*arguments, **environment):
        usual = ("--port", "0", "--admin-port", "0", "--policy", "short.yaml")
        started.append(ServeProcess(tmp_path, *usual, *arguments, **environment))
        return started[-1]

    yield run
    for one in started:
        one.kill()


def post(served, path, body, **headers):
    got = served.request("POST", served.url + path, json.dumps(body).encode(), headers)
    return got.status, got.json


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_one_command_answers_them_all(start, ask, workers):
    with closing(socket.create_server(("127.0.0.1", 0))) as one:
        port = one.getsockname()[1]
    flags = ("--gateway", "fms,litellm", "--envoy-port", str(port), "--workers", workers)
    served = start(*flags).ready()
    assert served.heard("envoy on").endswith(str(port))
    _, rows = post(
        served,
        "/api/v1/text/contents",
        {"contents": [f"key {KEY}"]},
        **{"detector-id": "short"},
    )
    assert [(row["start"], row["text"]) for row in rows[0]] == [(4, KEY)]
    body = {"input_type": "request", "texts": [f"key {KEY}"], "request_data": {}}
    _, answer = post(served, "/beta/litellm_basic_guardrail_api", body)
    assert answer["action"] == "GUARDRAIL_INTERVENED"
    assert KEY not in answer["texts"][0]
    done = await Envoy(port).run(asking(ask(KEY, stream=True)), streaming(f"key {KEY} end"))
    assert KEY.encode() not in done.asked.body
    assert KEY not in done.answer.text
    assert done.answer.text.endswith(" end")
    status, refused = post(served, "/v1/chat/completions", ask())
    assert (status, refused["error"]["code"]) == (404, "unknown_path")
    served.send(signal.SIGTERM)
    assert served.ended() == 0


def test_the_environment_switches_them_on_too(start):
    served = start(TOKENWARD_GATEWAY="litellm").ready()
    body = {"input_type": "request", "texts": ["x"]}
    assert post(served, "/beta/litellm_basic_guardrail_api", body) == (200, {"action": "NONE"})
    assert post(served, "/api/v1/text/contents", {"contents": ["x"]})[0] == 404


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--gateway", "kong"), "gateway: unknown word 'kong'; use one of: fms, litellm"),
        (("--envoy-port", "70000"), "envoy_port is 70000"),
        (("--envoy-port", "0", "--workers", "2"), "workers: all of them share envoy_port"),
    ],
)
def test_mistakes_are_one_line(start, flags, words):
    served = start(*flags)
    assert served.ended() == 2
    [line] = served.said
    assert words in line


async def test_a_port_that_is_taken_is_told(registry, policy):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        sidecar = Sidecar(
            Settings("", port=0, envoy_port=port), registry=registry, policies=(policy,)
        )
        with pytest.raises(Exception, match=f"envoy_port: cannot listen on 127.0.0.1:{port}"):
            await sidecar.start()
        await sidecar.stop()


async def test_without_the_extra_it_is_named(registry, policy, monkeypatch):
    monkeypatch.setitem(sys.modules, "grpc", None)
    monkeypatch.delitem(sys.modules, "tokenward.sidecar.envoy.server", raising=False)
    sidecar = Sidecar(Settings("", port=0, envoy_port=0), registry=registry, policies=(policy,))
    with pytest.raises(MissingExtra, match=r"pip install 'tokenward\[envoy\]'"):
        await sidecar.start()
    await sidecar.stop()
