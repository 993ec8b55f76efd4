"""Several processes on one port."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
from http.client import HTTPException
from pathlib import Path

import pytest
import uvloop
from tests.agent.sidecar.process import POLICY, ServeProcess, until

from tokenward.sidecar.settings import Settings
from tokenward.sidecar.totals import added, together
from tokenward.sidecar.workers import Worker, cancelled
from tokenward.store.store import Store
from tokenward.testing.echo import Answer, EchoUpstream

USUAL = ("--port", "0", "--policy", "short.yaml", "--workers", "2")


@pytest.fixture
def upstream():
    def answer(body):
        words = 4000 if body["messages"][-1]["content"] == "long" else 100
        return Answer(text="word " * words, delay=0.03) if body.get("stream") else "hello"

    with EchoUpstream(answer) as server:
        yield server


@pytest.fixture
def start(tmp_path, upstream):
    (tmp_path / "short.yaml").write_text(POLICY)
    processes = []

    def run(*arguments):
        processes.append(ServeProcess(tmp_path, "--upstream", upstream.url, *USUAL, *arguments))
        return processes[-1]

    yield run
    for process in processes:
        process.kill()


def children(served):
    """The processes that it started."""
    return children_of(served.process.pid)


def children_of(pid):
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = status.read_text()
        except OSError:  # it ended while we looked
            continue
        if text.rpartition(")")[2].split()[1] == str(pid):
            found.append(int(status.parent.name))
    return sorted(found)


ASKED = 'tokenward_requests_total{action="allow",route="/v1/chat/completions",stage="input"}'


def test_all_answer_on_one_port_and_their_figures_are_added_up(start, tmp_path):
    served = start("--store", "sqlite:///r.db").ready()
    assert len(children(served)) == 2
    ready = served.get("/readyz")
    assert (ready.status, ready.json["upstream"], ready.json["reload"]) == (200, True, "ok")
    assert ready.json["workers"] == {"ready": 2, "of": 2}
    assert list(ready.json["policies"]) == ["short"]
    for _ in range(40):
        assert served.ask().text == "hello"
    until(lambda: served.metrics()[ASKED] == 40)
    seen = served.metrics()
    assert seen["tokenward_workers"] == 2
    assert seen['tokenward_guard_seconds_count{stage="input"}'] == 40
    assert (
        sum(value for name, value in seen.items() if name.startswith("tokenward_policy_info")) == 1
    )
    assert 0 <= seen['tokenward_pressure{resource="memory"}'] <= 1
    now = served.get("/tokenward/api/now").json
    assert now["actions"]["input allow"] == 40
    assert served.get("/tokenward/").status == served.get("/healthz").status == 200
    assert served.end() == 0
    with Store.open(f"sqlite:///{tmp_path}/r.db", read_only=True) as store:
        assert store.count() == 40


@pytest.mark.parametrize("workers", [1, 2])
def test_a_hundred_streams_end_properly_when_it_is_told_to_end(start, upstream, tmp_path, workers):
    served = start("--workers", str(workers), "--store", "sqlite:///r.db").ready()
    got = []
    readers = [
        threading.Thread(target=lambda: got.append(served.ask(stream=True).body))
        for _ in range(100)
    ]
    mine = children(served)
    for reader in readers:
        reader.start()
    until(lambda: len(upstream.requests) == 100)
    assert served.end() == 0
    for reader in readers:
        reader.join()
    assert len(got) == 100
    assert all(body.endswith(b"data: [DONE]\n\n") for body in got)
    assert not any(Path(f"/proc/{pid}").exists() for pid in mine)
    with Store.open(f"sqlite:///{tmp_path}/r.db", read_only=True) as store:
        rows = list(store.interactions())
    assert [row.labels["outcome"] for row in rows] == ["answered"] * 100


def test_a_second_signal_ends_the_waiting(start):
    served = start("--drain-timeout", "60").ready()
    got = []

    def read():
        try:
            got.append(served.ask("long", stream=True).status)
        except (OSError, HTTPException) as error:
            got.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    until(lambda: served.get("/tokenward/api/now").json["open"] == 1)
    served.send(signal.SIGINT)
    served.heard("draining")
    assert served.end() == 0
    reader.join()
    # broken off, so that it shows; or told so, where nothing was said yet
    assert isinstance(got[0], Exception) or got == [503]


def test_one_that_dies_is_started_again_and_its_figures_stay(start):
    served = start().ready()
    for _ in range(20):
        served.ask()
    until(lambda: served.metrics()[ASKED] == 20)
    before = children(served)
    os.kill(before[0], signal.SIGKILL)
    line = served.heard("ended with status -9; another is started")
    assert "worker 0" in line or "worker 1" in line
    until(lambda: served.get("/readyz").json["workers"]["ready"] == 2)
    assert len(set(children(served)) - set(before)) == 1
    seen = served.metrics()
    assert seen[ASKED] == 20
    assert seen["tokenward_worker_restarts_total"] == 1
    for _ in range(10):
        assert served.ask().text == "hello"


def test_none_outlives_the_one_that_started_them(start):
    served = start().ready()
    mine = children(served)
    served.process.kill()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in mine))


def test_all_load_a_changed_policy(start, tmp_path):
    served = start().ready()
    before = served.get("/readyz").json["policies"]
    (tmp_path / "short.yaml").write_text(POLICY + "description: changed\n")
    served.send(signal.SIGHUP)
    until(lambda: served.metrics().get('tokenward_policy_reloads_total{result="loaded"}', 0) >= 2)
    after = served.get("/readyz").json
    assert after["policies"] != before
    assert after["reload"] == "ok"
    names = [name for name in served.metrics() if name.startswith("tokenward_policy_info")]
    assert len(names) == 1

    (tmp_path / "short.yaml").write_text("nothing: 1\n")
    until(lambda: served.metrics()["tokenward_policy_last_reload_successful"] == 0)
    assert served.get("/readyz").json["reload"] == "failed"
    assert served.ask().text == "hello"


def test_nobody_waits_for_a_start_that_is_not_wanted_any_more(start):
    served = start()
    [first] = until(lambda: children(served))
    os.kill(first, signal.SIGSTOP)  # as one that loads for long
    served.send(signal.SIGTERM)
    os.kill(first, signal.SIGCONT)
    assert served.ended() == 0
    assert not Path(f"/proc/{first}").exists()
    assert not any("listening" in line for line in served.said)


@pytest.mark.parametrize("steps", range(8))
def test_a_process_whose_start_is_broken_off_is_known(steps):
    worker = Worker(Settings("http://127.0.0.1:9"), "0")

    async def broken_off():
        starting = asyncio.ensure_future(worker.start())
        for _ in range(steps):
            await asyncio.sleep(0)
        await cancelled(starting)
        begun = set(children_of(os.getpid())) - before
        worker.signal(signal.SIGTERM)
        await worker.ended()
        return begun

    before = set(children_of(os.getpid()))
    begun = uvloop.run(broken_off())
    assert begun == ({worker.process.pid} if worker.process is not None else set())
    assert set(children_of(os.getpid())) <= before


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--policy", "nobodys"), "no policy is called 'nobodys'"),
        (("--session-ttl", "60"), "workers: the values of a session"),
        (("--workers", "0"), "workers is 0"),
    ],
)
def test_mistakes_are_said_once_and_exit_2(start, more, words):
    served = start(*more)
    assert served.ended() == 2
    [line] = served.said
    assert line.startswith("tokenward: ")
    assert words in line


def test_a_port_of_another_program_is_not_shared(start):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        served = start("--port", str(taken.getsockname()[1]))
        assert served.ended() == 2
        assert "cannot listen" in served.said[0]


METRICS = """\
# HELP s Time.
# TYPE s histogram
s_bucket{{le="1.0"}} 1.0
s_bucket{{le="+Inf"}} 3.0
s_count 3.0
s_sum 4.5
# HELP last_successful Worst.
# TYPE last_successful gauge
last_successful {}
"""


def test_histograms_are_added_up_and_a_failure_shows():
    texts = [METRICS.format(value).encode() for value in ("1.0", "0.0", "1.0")]
    lines = added(texts).decode().splitlines()
    assert dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#")) == {
        's_bucket{le="1.0"}': "3.0",
        's_bucket{le="+Inf"}': "9.0",
        "s_count": "9.0",
        "s_sum": "13.5",
        "last_successful": "0.0",
    }
    assert b"successful" not in added(texts, lasting=True)


def test_what_is_told_is_the_worst_of_all():
    one = {"reload": {"time": 1, "error": ""}, "overload": {"pressure": {"a": 0.2}, "sheds": False}}
    other = {
        "reload": {"time": 5, "error": "x:1:1"},
        "overload": {"pressure": {"a": 0.1}, "sheds": True},
    }
    assert together([one, other]) == {
        "reload": {"time": 5, "error": "x:1:1"},
        "overload": {"pressure": {"a": 0.2}, "sheds": True},
    }
    assert together([]) == {}
