"""Envoy itself before a model server, with the guard as its external processor."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from tests.agent.sidecar.conftest import Reply
from tests.agent.sidecar.test_envoy import chunk, completion, events
from tests.agent.upstream import Said, Upstream

MAIL, STOP, SWAP = "#mail1234#", "#stop1234#", "#swap1234#"
EXAMPLE = Path(__file__).parents[3] / "examples" / "sidecar" / "envoy.yaml"
DUPLEX, BUFFERED = "FULL_DUPLEX_STREAMED", "BUFFERED"
MODES = [(BUFFERED, DUPLEX), (DUPLEX, DUPLEX), (BUFFERED, BUFFERED)]
STARTS = 30


def free_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as one:
        return one.getsockname()[1]


def addressed(config, ports):
    """Puts ports of this test in the places of those of the example."""
    if isinstance(config, dict):
        if "port_value" in config:
            config["port_value"] = ports[config["port_value"]]
        for value in config.values():
            addressed(value, ports)
    elif isinstance(config, list):
        for value in config:
            addressed(value, ports)


def moded(config, modes):
    """Sets the body modes; trailers are sent where bodies stream."""
    [chain] = config["static_resources"]["listeners"][0]["filter_chains"]
    filters = chain["filters"][0]["typed_config"]["http_filters"]
    mode = filters[0]["typed_config"]["processing_mode"]
    for side, value in zip(("request", "response"), modes, strict=True):
        mode[f"{side}_body_mode"] = value
        mode[f"{side}_trailer_mode"] = "SEND" if value == DUPLEX else "SKIP"


@pytest.fixture
def envoy(serve, tmp_path):
    """Starts Envoy as the example sets it up, and returns what posts through it."""
    processes = []

    def start(upstream, *policies, modes=MODES[0], **settings):
        running = serve("", *policies, envoy_port=0, **settings)
        config = yaml.safe_load(EXAMPLE.read_text("utf-8"))
        port = free_port()
        model = urlsplit(upstream.url).port
        addressed(config, {8080: port, 8000: model, 9002: running.sidecar.envoy_port})
        moded(config, modes)
        file = tmp_path / "envoy.yaml"
        file.write_text(yaml.safe_dump(config))
        binary = Path(find_spec("envoy").origin).parent / "_bin" / "envoy"
        flags = ["--concurrency", "1", "--base-id", str(port), "-l", "error"]
        start.guard = running
        processes.append(subprocess.Popen([binary, "-c", file, *flags]))
        until = time.monotonic() + STARTS
        while time.monotonic() < until:
            assert processes[-1].poll() is None
            with closing(socket.socket()) as probe:
                if not probe.connect_ex(("127.0.0.1", port)):
                    return lambda body, path="/v1/chat/completions": post(port, path, body)
            time.sleep(0.05)
        raise AssertionError("Envoy did not start")

    yield start
    for one in processes:
        one.terminate()
        one.wait(20)


def post(port, path, body):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    client.request("POST", path, json.dumps(body), {"content-type": "application/json"})
    answer = client.getresponse()
    try:
        data, whole = answer.read(), True
    except http.client.IncompleteRead as broken:
        data, whole = broken.partial, False
    client.close()
    return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, data, whole)


@pytest.mark.parametrize("modes", MODES)
def test_exchanges_through_envoy_are_guarded(envoy, ask, modes):
    text = f"say {MAIL} and {SWAP}!"
    answers = [
        Said(completion(text)),
        Said(pieces=[events(text)[i : i + 40] for i in range(0, len(events(text)), 40)]),
        Said(completion(f"so {STOP}")),
        Said(pieces=[chunk("good "), chunk(f"so {STOP} on"), chunk("and on"), chunk("", "stop")]),
        Said({"error": {"message": f"no {MAIL}"}}, status=429),
        Said(completion("never")),
    ]
    with Upstream(*answers) as upstream:
        send = envoy(upstream, modes=modes)
        whole = send(ask(f"to {MAIL}"))
        assert whole.text() == "say <mail> and [gone]!"
        assert whole.headers["x-tokenward-action"] == "replace"
        assert upstream.asked[0].json["messages"][0]["content"] == "to <mail>"
        streamed = send(ask(f"to {MAIL}", stream=True))
        assert streamed.text() == "say <mail> and [gone]!"
        assert streamed.events[-1] == "[DONE]"
        assert send(ask()).text() == "Not that."
        stopped = send(ask(stream=True))
        assert stopped.text() == "good so Not that."
        assert (stopped.whole, stopped.events[-1]) == (True, "[DONE]")
        failed = send(ask())
        assert failed.status == 429
        assert MAIL.encode() not in failed.body
        count = len(upstream.asked)
        blocked = send(ask(STOP))
        assert (blocked.status, blocked.text()) == (200, "Not that.")
        assert send(ask(), "/v1/other").status == 404
        assert send({"model": "m"}).status == 400
        assert len(upstream.asked) == count


@pytest.mark.parametrize("modes", MODES[:2])
def test_an_answer_that_ends_in_the_middle_is_never_whole(envoy, ask, modes):
    half = events(f"hello {MAIL} there")[:-60]
    with Upstream(Said(pieces=[half])) as upstream:
        reply = envoy(upstream, modes=modes)(ask(stream=True))
    assert reply.status >= 500 or not reply.whole
    assert MAIL.encode() not in reply.body


def test_without_the_guard_nothing_passes(envoy, ask):
    with Upstream(Said(completion(MAIL))) as upstream:
        send = envoy(upstream, drain_timeout=0.1)
        assert send(ask()).text() == "<mail>"
        envoy.guard.end()
        reply = send(ask())
    assert reply.status >= 500
    assert MAIL.encode() not in reply.body
