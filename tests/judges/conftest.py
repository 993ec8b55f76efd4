"""A sidecar that runs as an operator would run it, before a model server that a judge plays."""

from __future__ import annotations

import http.client
import socket

import pytest
from tests.agent.sidecar.process import Got, ServeProcess, connect
from tests.agent.upstream import Upstream
from tests.agent.wire.speeches import dumps

NOTHING = """\
name: nothing
rules: []
"""
"""A policy that looks for nothing: what a judge must find fault with."""


@pytest.fixture(scope="package")
def free_port():
    """Finds ports that nobody listens on, each another."""

    def find():
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            return one.getsockname()[1]

    return find


@pytest.fixture(scope="package")
def serve(tmp_path_factory):
    """Starts ``tokenward serve`` on free ports, before an upstream."""
    running = []

    def start(upstream, *arguments, policy="private"):
        folder = tmp_path_factory.mktemp("judged")
        (folder / "nothing.yaml").write_text(NOTHING)
        ports = ("--port", "0", "--admin-port", "0")
        process = ServeProcess(
            folder, "--upstream", upstream, "--policy", policy, *ports, *arguments
        )
        running.append(process)
        return process.ready()

    yield start
    for one in running:
        one.kill()


class Told:
    """A running sidecar with the policy ``private``, and the model server that is told what to say."""

    def __init__(self, serve):
        self.say = None
        self.upstream = Upstream(self._answer)
        self._sidecar = serve(self.upstream.url, "--session-ttl", "600")

    def _answer(self, request):
        return self.say(request)

    def ask(self, path, body, say, **headers):
        """Returns what a client gets; ``say`` makes an answer of the request as the model sees it."""
        self.say = say
        client = connect(self._sidecar.url)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        client.request("POST", path, dumps(body), {"content-type": "application/json", **named})
        answer = client.getresponse()
        try:
            data = answer.read()
        except http.client.IncompleteRead as broken:  # it was broken off: that is an end, too
            data = broken.partial
        client.close()
        return Got(answer.status, dict(answer.getheaders()), data)


@pytest.fixture(scope="package")
def told(serve):
    one = Told(serve)
    with one.upstream:
        yield one
