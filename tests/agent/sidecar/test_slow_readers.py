"""Clients that do not read, and model servers that say more than anybody can take."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.agent.sidecar.process import CHAT, ServeProcess, streaming, until

from tokenward.sidecar.settings import Limits

POLICY = """\
name: two
detectors:
  ours: {plugin: keywords, words: {rival: [first]}}
rules:
  - id: no-rivals
    stage: output
    detect: {ours: [rival]}
    action: {replace: "[gone]"}
"""


@pytest.fixture
def start(tmp_path):
    """Starts the process before a model server."""
    (tmp_path / "two.yaml").write_text(POLICY)
    processes = []

    def run(upstream):
        usual = ("--upstream", upstream, "--port", "0", "--policy", "two.yaml")
        processes.append(ServeProcess(tmp_path, *usual))
        return processes[-1].ready()

    yield run
    for process in processes:
        process.kill()


class Endless:
    """A model server whose answer never ends; ``sent`` counts what it could write of it."""

    def __init__(self):
        self.sent = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._write, args=(client,), daemon=True).start()

    def _write(self, client):
        delta = {"choices": [{"index": 0, "delta": {"content": "word " * 800}}]}
        event = b"data: %b\n\n" % json.dumps(delta).encode()
        piece = b"%x\r\n%b\r\n" % (len(event), event)
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
        with client, suppress(OSError):
            client.recv(65536)
            client.sendall(head + b"transfer-encoding: chunked\r\n\r\n")
            while True:
                client.sendall(piece)
                self.sent += len(piece)

    def rests(self):
        """Waits until nothing more can be written."""
        before = -1
        while before != self.sent:
            before = self.sent
            time.sleep(0.5)
        return before

    def close(self):
        self._server.close()


@pytest.fixture
def endless():
    server = Endless()
    yield server
    server.close()


def unread(url):
    """A client that asked for a stream and does not read it."""
    parts = urlsplit(url)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    client.connect((parts.hostname, parts.port))
    body = b'{"stream":true,"messages":[{"role":"user","content":"x"}]}'
    head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
    client.sendall(head.encode() + body)
    return client


MIB = 2**20


def room():
    """Bytes of one answer that may be under way: what the kernel takes, and a little of ours."""
    ends = [Path(f"/proc/sys/net/ipv4/tcp_{side}mem").read_text().split()[2] for side in "rw"]
    return sum(map(int, ends)) + 8 * MIB


def test_memory_stays_bounded_where_clients_do_not_read(start, endless):
    served = start(endless.url)
    pid = served.process.pid

    def resident():
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    before = resident()
    with ExitStack() as stack:
        clients = [stack.enter_context(unread(served.url)) for _ in range(4)]
        sent = endless.rests()
        assert 0 < sent < 4 * room()
        assert resident() - before < 24 * MIB
        # once one reads, it goes on where it stood
        until(lambda: clients[0].recv(MIB) and endless.sent > sent)
    until(lambda: served.get("/tokenward/api/now").json["open"] == 0)


def test_a_fast_upstream_leaves_others_their_turn(start, endless):
    served = start(endless.url)
    with unread(served.url) as client:

        def read():
            with suppress(OSError):
                while client.recv(MIB):
                    pass

        threading.Thread(target=read, daemon=True).start()
        until(lambda: endless.sent > 2 * MIB)
        begun = endless.sent
        for _ in range(5):
            assert served.get("/healthz").status == 200
        assert endless.sent - begun < 5 * 3 * MIB


def test_the_upstream_waits_for_the_reader_where_classifiers_are_waited_for(
    serve, endless, slow_policy
):
    sidecar = serve(endless.url, slow_policy)
    with unread(sidecar.url):
        assert 0 < endless.rests() < room()
    sidecar.settle()


def test_requests_sent_ahead_are_not_read_without_end(serve, endless):
    sidecar = serve(endless.url, limits=Limits(body_bytes=MIB))
    with streaming(sidecar.url) as client:
        client.settimeout(1)
        body = b" " * (MIB - 1)
        head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
        with pytest.raises(TimeoutError):
            for _ in range(30):
                client.sendall(head.encode() + body)
        [connection] = sidecar.sidecar.service.connections
        assert 1 <= len(connection._queue) < 4
