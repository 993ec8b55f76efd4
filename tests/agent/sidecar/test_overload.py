"""What happens when more is asked of the sidecar than it can do."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from tests.agent.sidecar.process import CHAT, ServeProcess, streaming, until

from tokenward.hookspecs import hookimpl
from tokenward.registry import Registry
from tokenward.sidecar import memory
from tokenward.sidecar.overload import Overload, Threshold
from tokenward.sidecar.policies import lightened
from tokenward.sidecar.settings import Bounds
from tokenward.telemetry import Telemetry
from tokenward.testing.echo import Answer, EchoUpstream
from tokenward.types import DetectorPlugin

POLICY = """\
name: two
detectors:
  ours: {plugin: keywords, words: {rival: [first]}}
  seen: {plugin: keywords, words: {odd: [second]}}
rules:
  - id: no-rivals
    stage: output
    detect: {ours: [rival]}
    action: {replace: "[gone]"}
  - id: look
    stage: [input, output]
    detect: {seen: [odd]}
    action: flag
"""


@pytest.fixture
def start(tmp_path):
    """Starts the process with settings of a file."""
    (tmp_path / "two.yaml").write_text(POLICY)
    processes = []

    def run(upstream, **settings):
        values = {"upstream": upstream, "port": 0, "policy": "two.yaml", **settings}
        (tmp_path / "serve.yaml").write_text(json.dumps(values))
        processes.append(ServeProcess(tmp_path, "--config", "serve.yaml"))
        return processes[-1].ready()

    yield run
    for process in processes:
        process.kill()


@pytest.fixture
def upstream():
    """Streams take long, whole answers none."""

    def answer(body):
        text = "first second"
        return Answer(text=text * 400, delay=0.05) if body.get("stream") else text

    with EchoUpstream(answer) as server:
        yield server


def refused(served, reason):
    return served.metrics().get(f'tokenward_requests_refused_total{{reason="{reason}"}}', 0)


def test_no_more_requests_are_taken_than_are_allowed(start, upstream):
    served = start(upstream.url, max_streams=2)
    with streaming(served.url), streaming(served.url):
        got = served.ask()
        assert (got.status, got.headers["retry-after"]) == (503, "1")
        assert got.json["error"]["code"] == "overloaded"
        anthropic = served.request("POST", served.url + "/v1/messages", b"{}")
        assert (anthropic.status, anthropic.json["type"]) == (503, "error")
        assert served.metrics()['tokenward_pressure{resource="streams"}'] == 1
        assert served.get("/healthz").status == 200
    until(lambda: served.ask().status == 200)
    assert refused(served, "streams") >= 2


def test_rules_that_only_flag_go_first_and_it_is_said(start, upstream):
    served = start(upstream.url, max_streams=4, shed_at=0.5, refuse_at=1)
    calm = served.ask("second")
    assert calm.text == "[gone] second"
    assert "x-tokenward-degraded" not in calm.headers
    assert until(lambda: served.metrics().get(FLAGGED)) == 2  # once a stage
    with streaming(served.url), streaming(served.url):  # half of what may be at work, all the time
        got = served.ask("second")
        assert (got.status, got.text) == (200, "[gone] second")
        assert got.headers["x-tokenward-degraded"] == "seen"
        assert got.headers["x-tokenward-action"] == "replace"
        seen = until(lambda: (m := served.metrics()).get(SHED) == 2 and m)
        assert seen[FLAGGED] == 2
        assert seen['tokenward_overload_active{action="shed"}'] == 1
        assert served.get("/tokenward/api/now").json["overload"]["sheds"] is True
    until(lambda: "x-tokenward-degraded" not in served.ask().headers)


SHED = 'tokenward_degraded_total{detector="seen",on_error="allow",reason="shed"}'
FLAGGED = 'tokenward_rule_fired_total{action="flag",mode="enforce",rule="look"}'


def test_a_client_has_no_more_than_its_share(start, upstream):
    served = start(upstream.url, max_client_streams=1)
    mine = {"authorization": "Bearer mine"}
    with streaming(served.url, **mine):
        got = served.ask(headers=mine)
        assert (got.status, got.headers["retry-after"]) == (429, "1")
        assert got.json["error"]["code"] == "too_many_requests"
        assert served.ask(headers={"authorization": "Bearer other"}).status == 200
        assert served.ask().status == 200
        assert refused(served, "client_streams") == 1
    until(lambda: served.ask(headers=mine).status == 200)


def test_without_memory_nothing_is_taken_and_no_long_body_is_read(start, upstream):
    served = start(upstream.url, max_memory_bytes=1)
    until(lambda: served.ask().status == 503)
    assert refused(served, "memory") >= 1
    parts = urlsplit(served.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as client:
        head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n"
        client.sendall(head.encode() + b" " * 100_000)
        assert client.recv(1000).startswith(b"HTTP/1.1 503 ")
    assert served.get("/readyz").json["upstream"] is True


def test_bounds_must_be_in_order(tmp_path):
    (tmp_path / "serve.yaml").write_text("upstream: http://x\nshed_at: 0.9\nrefuse_at: 0.8\n")
    served = ServeProcess(tmp_path, "--config", "serve.yaml")
    assert served.ended() == 2
    assert "shed_at is 0.9 and refuse_at 0.8" in served.said[-1]
    served.kill()


# -- classifiers that cannot follow ---------------------------------------------------------


@dataclass(frozen=True)
class NoSettings:
    pass


class Stuck:
    """A classifier that works on once it is told to."""

    types = frozenset({"bad"})
    unit = "sentence"
    inline = False

    def __init__(self):
        self.free = threading.Event()

    def score(self, texts):
        self.free.wait(20)
        return [{"bad": 0.0} for _ in texts]


@pytest.fixture
def stuck():
    detector = Stuck()
    yield detector
    detector.free.set()


@pytest.fixture
def stuck_registry(stuck):
    class Plugin:
        @hookimpl
        def register_detectors(self):
            return [DetectorPlugin("stuck", lambda s, d: stuck, NoSettings, None, "waits")]

    return Registry([("test", Plugin())])


def test_requests_are_refused_before_classifiers_are_late(
    serve, stuck, stuck_registry, make_rule, ask
):
    slow = make_rule("r", ["input"], {"stuck": "bad"}, "block", deadline_ms=9000, on_error="allow")
    with EchoUpstream("fine") as upstream:
        sidecar = serve(
            upstream.url,
            {"name": "s", "rules": [slow]},
            plugins=stuck_registry,
            bounds=Bounds(shed_at=0.1, refuse_at=0.2),
        )
        replies = []
        threads = [
            threading.Thread(target=lambda: replies.append(sidecar.post(ask()))) for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        until(lambda: sidecar.sidecar.service.overload.refuses == "detectors")
        refused = sidecar.post(ask("late"))
        assert refused.status == 503
        assert refused.headers["retry-after"] == "1"
        assert "detectors" in refused.error["message"]
        stuck.free.set()
        for thread in threads:
            thread.join()
        assert 200 in {reply.status for reply in replies}
        until(lambda: sidecar.post(ask()).status == 200)


# -- what is shed ----------------------------------------------------------------------------


@pytest.mark.parametrize("stream", [False, True])
def test_a_policy_that_only_watches_never_claims_a_check_that_did_not_run(
    serve, make_rule, ask, stream
):
    rules = [
        make_rule("see", ["input", "output"], {"marks": "watch"}, "flag"),
        make_rule("try", ["output"], {"rude": "rude"}, "block", mode="monitor"),
    ]
    with EchoUpstream("rude #watch1234# words") as upstream:
        sidecar = serve(upstream.url, {"name": "w", "rules": rules})
        seen = []
        sidecar.sidecar.service._recorder = Kept(seen)
        sidecar.sidecar.service.overload.sheds = True
        sidecar.sidecar.service.overload._shed = Threshold(0.0)
        reply = sidecar.post(ask("#watch1234#", stream=stream))
        sidecar.settle()
    assert reply.text() == "rude #watch1234# words"
    assert reply.headers["x-tokenward-degraded"].startswith("marks")
    decided = {one.stage: one for one in seen[0].decisions}
    assert decided["input"].degraded == ("marks",)
    assert set(decided["output"].degraded) == {"marks", "rude"}
    assert decided["input"].scores == decided["output"].scores == {}
    assert set(seen[0].degraded) == {"marks", "rude"}


class Kept:
    """Keeps the records."""

    def __init__(self, rows):
        self.rows = rows

    def record_later(self, make, size):
        return False

    def record(self, row, prompt=None, answer=None, probe=None):
        self.rows.append(row)


def test_enforcing_rules_stay_as_they_were(load, policy):
    whole = load(policy)
    light = lightened(whole)
    for stage, use in whole.stages.items():
        left = light.stages[stage].plan
        assert all(part.enforcing for part in (*left.spans, *left.units))
        kept = [part for part in (*use.plan.spans, *use.plan.units) if part.enforcing]
        assert [*left.spans, *left.units] == kept
        assert left.rules == use.plan.rules
    assert lightened(light) is light


# -- the measure ----------------------------------------------------------------------------


def overload(streams=0, **bounds):
    return Overload(Bounds(**bounds), Telemetry(), detectors=lambda: 0.0, streams=lambda: streams)


def test_one_pause_of_the_event_loop_is_forgotten_and_a_lasting_lag_is_not():
    one = overload(loop_lag=0.5)
    one.look(0.4)
    assert (one.sheds, one.refusal()) == (False, None)
    for _ in range(6):
        one.look(0.6)
    assert one.refuses == "event_loop"
    refusal = one.refusal()
    assert (refusal.status, refusal.headers) == (503, [(b"retry-after", b"1")])
    for _ in range(6):
        one.look(0.0)
    assert (one.sheds, one.refusal()) == (False, None)


async def test_the_lag_of_the_event_loop_is_seen():
    one = overload(loop_lag=0.2)
    loop = asyncio.get_running_loop()
    watching = asyncio.create_task(one.watch(lambda error: None))
    for _ in range(50):
        loop.call_later(0.05, time.sleep, 0.4)  # as work that is too long for one turn does
        await asyncio.sleep(0.11)
        if one.refuses == "event_loop":
            break
    watching.cancel()
    assert one.refuses == "event_loop"


async def test_a_failing_measure_is_told_and_tried_again():
    told, twice = [], asyncio.Event()

    def failed(error):
        told.append(error)
        if len(told) == 2:
            twice.set()

    one = overload()
    one._detectors = lambda: 1 / 0
    watching = asyncio.create_task(one.watch(failed))
    await asyncio.wait_for(twice.wait(), 20)
    watching.cancel()
    assert isinstance(told[0], ZeroDivisionError)


def test_pressures_lie_between_0_and_1():
    one = overload(streams=7, loop_lag=0.1)
    one._detectors = lambda: 1.0
    one.look(5.0)
    one.look(-1.0)
    one._weigh_memory()
    assert all(0 <= share <= 1 for share in one.pressure.values())
    assert 0 < one.pressure["memory"] < 1


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"memory.max": "max\n"}, None),
        ({"memory.max": "1000000\n"}, 1_000_000),
        ({"memory/memory.limit_in_bytes": "2000000"}, 2_000_000),
        ({"memory.max": "max", "a/memory.max": "5000", "a/b/memory.max": "7000"}, 5000),
        ({}, None),
    ],
)
def test_what_memory_is_allowed(tmp_path, monkeypatch, files, expected):
    monkeypatch.setattr(memory, "GROUPS", tmp_path)
    monkeypatch.setattr(memory, "PROC", tmp_path / "self")
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "cgroup").write_text("0::/a/b\n")
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert memory.allowed() == (expected or machine)
    assert memory.resident() is None


def test_memory_in_use_is_measured():
    held = bytearray(64 * 2**20)
    held[::4096] = b"x" * len(held[::4096])
    assert memory.resident() > len(held)
