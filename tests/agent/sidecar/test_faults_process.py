"""The real process told to end at the worst moment, without files or memory, and with clocks that jump."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import threading
import time
from contextlib import ExitStack, closing, suppress
from http.client import HTTPException
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.agent.sidecar.faults import (
    GOOD,
    PLANTED,
    POLICY,
    STREAM,
    FaultyUpstream,
    ask,
    chunk,
    event_of,
    says,
    serves_on,
    stall,
)
from tests.agent.sidecar.process import CHAT, ServeProcess, until

from tokenward.sidecar.running import allow_files
from tokenward.sidecar.settings import Settings
from tokenward.store.store import Store

USUAL = ("--port", "0", "--policy", "short.yaml", "--store", "sqlite:///r.db")
FAULTS = {
    "waits": stall,
    "never ends": says(STREAM + chunk(event_of(f"so {PLANTED} far {PLANTED[:4]}")), then=stall),
}


@pytest.fixture(scope="module")
def upstream():
    with FaultyUpstream(FAULTS) as server:
        yield server


@pytest.fixture
def start(tmp_path, upstream):
    (tmp_path / "short.yaml").write_text(POLICY)
    with ExitStack() as runs:

        def run(*arguments, **environment) -> ServeProcess:
            usual = ("--upstream", upstream.url, *USUAL, *arguments)
            served = ServeProcess(tmp_path, *usual, **environment)
            runs.callback(served.kill)
            return served.ready()

        yield run


def records(folder):
    with Store.open(f"sqlite:///{folder}/r.db", read_only=True) as one:
        return list(one.interactions())


# -- told to end ----------------------------------------------------------------------------


def open_requests(served) -> int:
    return served.get("/tokenward/api/now").json["open"]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_does_not_end_in_time_is_ended_and_recorded(start, tmp_path, workers):
    served = start("--drain-timeout", "0.3", "--workers", str(workers))
    seen = []

    def client(text, *, stream):
        seen.append(ask(served, text, stream=stream))

    clients = [
        threading.Thread(target=client, args=(text,), kwargs={"stream": stream})
        for text, stream in (("never ends", True), ("waits", True), ("waits", False))
        for _ in range(33)
    ]
    for one in clients:
        one.start()
    until(lambda: open_requests(served) == 99)
    assert served.end() == 0
    for one in clients:
        one.join()

    begun = [one for one in seen if one.status == 200]
    assert len(begun) == 33
    assert {(one.text, one.whole) for one in begun} == {("so [gone] far ", False)}
    rest = [one for one in seen if one.status != 200]
    assert {(one.status, one.code, one.whole) for one in rest} == {(503, "shut_down", True)}
    assert {one.headers["retry-after"] for one in rest} == {"1"}
    told = records(tmp_path)
    assert [one.labels["outcome"] for one in told] == ["shut_down"] * 99
    assert {one.decision_id for one in told} == {one.id for one in seen}


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(start, tmp_path, workers, number):
    served = start("--drain-timeout", "600", "--workers", str(workers))
    client = threading.Thread(target=ask, args=(served, "waits"))
    client.start()
    until(lambda: open_requests(served) == 1)
    served.send(signal.SIGTERM)
    served.heard("draining")
    with suppress(ConnectionError):  # no more is taken, while it waits for the answer
        assert ask(served, GOOD).status == 503
    assert served.end(number) == 0
    client.join()
    assert [one.labels["outcome"] for one in records(tmp_path)] == ["shut_down"]


# -- without files --------------------------------------------------------------------------


def files_of(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def limit_files(pid: int, number: int) -> None:
    hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (number, hard))


def connected(served) -> socket.socket:
    parts = urlsplit(served.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def request_of(text: str) -> bytes:
    body = json.dumps({"messages": [{"role": "user", "content": text}]}).encode()
    head = f"POST {CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def test_it_allows_itself_the_files_that_it_may_need(start):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (2048, before[1]))
    try:
        served = start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    allowed = resource.prlimit(served.process.pid, resource.RLIMIT_NOFILE)[0]
    assert allowed == min(before[1], 2 * 2000 + 256)


def test_too_few_files_are_said(monkeypatch, caplog):
    allowed = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (100, 1000))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: allowed.append(limits))
    allow_files(Settings("http://x"))
    assert allowed == [(1000, 1000)]
    assert "only 1000 files may be open, and max_connections needs 4256" in caplog.text


def test_without_files_it_waits_quietly_and_goes_on(start, tmp_path):
    served = start()
    pid = served.process.pid
    serves_on(served)
    with ExitStack() as clients:
        # two that are there already: one gets the connection that was kept, none is left to be had
        first, second = [clients.enter_context(connected(served)) for _ in range(2)]
        until(lambda: served.get("/tokenward/api/now").json["connections"] == 2)
        first.sendall(request_of("waits"))
        until(lambda: open_requests(served) == 1)
        until(lambda: is_settled(pid))  # what we asked of it is closed on its side too
        limit_files(pid, next_file(pid))
        crowd = [clients.enter_context(connected(served)) for _ in range(20)]
        second.sendall(request_of(GOOD))
        answer = second.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b'"overloaded"' in answer

        used = cpu_seconds(pid)
        time.sleep(1.0)
        assert cpu_seconds(pid) - used < 0.5  # it does not try again and again
        limit_files(pid, 4096)
        for one in (first, *crowd):
            one.close()
    until(lambda: answers(served))
    serves_on(served)
    assert served.end() == 0
    told = {one.labels["outcome"]: one.labels.get("reason") for one in records(tmp_path)}
    assert set(told) >= {"answered", "overloaded", "client_left"}
    assert told["overloaded"] == "no more connections can be opened here; try again"


def numbers_of_files(pid: int) -> set[int]:
    return {int(one.name) for one in Path(f"/proc/{pid}/fd").iterdir()}


def next_file(pid: int) -> int:
    """Returns the number that the next file a process opens would have."""
    used = numbers_of_files(pid)
    return next(number for number in count() if number not in used)


def is_settled(pid: int) -> bool:
    """Tells whether a process has the same open files for a while."""
    before = numbers_of_files(pid)
    time.sleep(0.3)
    return numbers_of_files(pid) == before


def answers(served) -> bool:
    try:
        return ask(served, GOOD).status == 200
    except (OSError, HTTPException):
        return False


def test_a_process_that_cannot_be_started_now_is_started_later(start):
    served = start("--workers", "2")
    pid = served.process.pid
    [first, *_] = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    limit_files(pid, files_of(pid))
    os.kill(int(first), signal.SIGKILL)
    assert "Too many open files" in served.heard("cannot be started")
    limit_files(pid, 4096)
    until(lambda: served.get("/readyz").json["workers"]["ready"] == 2)
    for _ in range(8):
        serves_on(served)


# -- clocks that jump -----------------------------------------------------------------------

JUMPS = '''\
"""Makes the wall clock of its process jump, forth and back, whenever it is read."""

import itertools
import time

DAY = 86_400
OFFSETS = itertools.cycle([0, 400 * DAY, -3 * DAY, 7200, -30, 10_000 * DAY, -400 * DAY])
SINCE = time.monotonic()
NOW = time.time


def jumping():
    return NOW() + next(OFFSETS)


time.time = jumping
'''


@pytest.fixture
def jumping(tmp_path):
    """The environment of a process whose wall clock jumps, from its very start."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(JUMPS)
    paths = [str(site), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def test_only_time_that_passes_counts(start, tmp_path, jumping):
    served = start("--drain-timeout", "0.3", "--upstream-timeout", "30", **jumping)
    for _ in range(10):
        serves_on(served)
    long = threading.Thread(target=ask, args=(served, "never ends"), kwargs={"stream": True})
    long.start()
    until(lambda: open_requests(served) == 1)

    # what is kept for a time is kept, and files that change are seen
    (tmp_path / "short.yaml").write_text(POLICY.replace("[gone]", "[away]"))
    until(lambda: ask(served, GOOD).text == "say [away] now")
    assert ask(served, GOOD, stream=True).text == "say [away] now"
    now = served.get("/tokenward/api/now").json
    assert 0 <= now["uptime_seconds"] < 600
    assert now["open"] == 1  # no timeout has ended the one that waits
    assert served.get("/readyz").status == served.get("/healthz").status == 200
    assert served.end() == 0
    long.join()

    told = records(tmp_path)
    assert len(told) > 20
    assert {one.labels["outcome"] for one in told} == {"answered", "shut_down"}
    assert all(0 <= seconds < 60 for one in told for seconds in one.timings.values())
    with closing(Store.open(f"sqlite:///{tmp_path}/r.db", read_only=True)) as one:
        times = [row.time for row in one.interactions()]
    assert times == sorted(times)
    assert times[-1] - times[0] > 86_400  # as the clock said
