"""The command as a process: start, signals, exit codes."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request

import pytest
from tests.agent.sidecar.process import POLICY

from tokenward.cli.serve import serve
from tokenward.errors import MissingExtra
from tokenward.registry import Registry
from tokenward.sidecar.server import Sidecar
from tokenward.sidecar.settings import Settings
from tokenward.store.store import Store
from tokenward.testing.echo import Answer, EchoUpstream


@pytest.fixture
def start(tmp_path):
    """Starts ``tokenward serve``; returns the process and its two addresses."""
    (tmp_path / "short.yaml").write_text(POLICY)
    processes = []

    def run(*arguments, **environment):
        command = [sys.executable, "-m", "tokenward", "serve", *arguments]
        process = subprocess.Popen(
            command,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, **environment},
        )
        processes.append(process)
        lines = []
        while sum(" on http://" in line for line in lines) < 2 and (
            line := process.stderr.readline()
        ):
            lines.append(line.strip())
        process.said = lines
        return process, *(line.rpartition(" ")[2] for line in lines if " on http://" in line)

    yield run
    for process in processes:
        process.kill()
        process.wait()
        process.stderr.close()


def post(url, **more):
    body = json.dumps({"messages": [{"role": "user", "content": "hi"}], **more}).encode()
    request = urllib.request.Request(
        url + "/v1/chat/completions", body, {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


USUAL = ("--port", "0", "--policy", "short.yaml")


def test_it_serves_and_ends_with_sigterm(start):
    with EchoUpstream("hello") as upstream:
        process, url, admin = start("--upstream", upstream.url, *USUAL)
        assert b"hello" in post(url)
        with urllib.request.urlopen(admin + "/readyz", timeout=5) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_settings_come_from_the_environment(start):
    with EchoUpstream("hello") as upstream:
        environment = {
            "TOKENWARD_UPSTREAM": upstream.url,
            "TOKENWARD_POLICY": "short.yaml",
            "TOKENWARD_PORT": "0",
        }
        _, url, _ = start(**environment)
        assert b"hello" in post(url)


def test_settings_come_from_a_file(start, tmp_path):
    with EchoUpstream("hello") as upstream:
        (tmp_path / "serve.yaml").write_text(
            f"upstream: {upstream.url}\nport: 0\npolicy: short.yaml\n"
        )
        _, url, _ = start("--config", "serve.yaml")
        assert b"hello" in post(url)


def test_open_streams_are_drained_and_records_are_written(start, tmp_path):
    with EchoUpstream(Answer(text="word " * 20, delay=0.02)) as upstream:
        process, url, _ = start("--upstream", upstream.url, "--store", "sqlite:///r.db", *USUAL)
        got = []
        reader = threading.Thread(target=lambda: got.append(post(url, stream=True)))
        reader.start()
        while not upstream.requests:
            pass
        process.send_signal(signal.SIGTERM)
        reader.join()
        assert got[0].endswith(b"data: [DONE]\n\n")
        assert process.wait(10) == 0
    with Store.open(f"sqlite:///{tmp_path}/r.db", read_only=True) as store:
        assert store.count() == 1


def test_a_stream_that_does_not_end_is_broken_off(start):
    with EchoUpstream(Answer(text="word " * 2000, delay=0.02)) as upstream:
        process, url, _ = start("--upstream", upstream.url, "--drain-timeout", "0.2", *USUAL)
        host, port = url.removeprefix("http://").split(":")
        body = b'{"stream": true, "messages": [{"role": "user", "content": "x"}]}'
        with socket.create_connection((host, int(port))) as client:
            head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
            client.sendall(head % len(body) + body)
            received = client.recv(1000)
            process.send_signal(signal.SIGINT)
            while piece := client.recv(65536):
                received += piece
        assert process.wait(10) == 0
    assert not received.endswith(b"0\r\n\r\n")
    assert b"[DONE]" not in received


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "no upstream"),
        (("--upstream", "gpu:80"), "write http://HOST:PORT"),
        (("--upstream", "http://x", "--policy", "nobodys"), "no policy is called 'nobodys'"),
        (("--upstream", "http://x", "--on-block", "shout"), "use one of: filter, refusal, error"),
        (("--upstream", "http://x", "--policy", "short.yaml", "--store", "mysql://x"), "store"),
        (("--upstream", "http://x", "--config", "none.yaml"), "config: cannot read"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(start, arguments, words):
    process, *_ = start(*arguments)
    assert process.wait(10) == 2
    [line] = process.said
    assert line.startswith("tokenward: ")
    assert words in line


def test_a_taken_port_is_a_mistake(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process, *_ = start("--upstream", "http://x", "--policy", "short.yaml", "--port", port)
        assert process.wait(10) == 2


@pytest.mark.parametrize("module", ["uvloop", "httptools", "orjson"])
def test_a_missing_package_names_the_extra(monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=rf"needs '{module}'.*tokenward\[sidecar\]"):
        serve(upstream="http://x")


def test_a_store_without_its_package_names_the_extra(monkeypatch):
    for name in [
        n for n in sys.modules if n.startswith(("tokenward.decisions.", "tokenward.store."))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(MissingExtra, match="a store needs 'sqlalchemy'"):
        Sidecar(Settings("http://x", store="sqlite:///x.db"), registry=Registry([]))
