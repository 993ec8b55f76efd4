"""Detectors that raise, hang, or take their process with them: the real process goes on."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.agent.sidecar import faulty
from tests.agent.sidecar.faults import (
    END,
    GOOD,
    JSON,
    PLANTED,
    POLICY,
    STREAM,
    FaultyUpstream,
    answer_of,
    ask,
    chunk,
    event_of,
    head,
    record_of,
    says,
    serves_on,
)
from tests.agent.sidecar.process import ServeProcess, until

KINDS = ("span", "inline", "thread")
RULES = "".join(
    f"""\
  - id: no-{kind}
    stage: output
    detect: {{{kind}: [odd]}}
    when: score >= 0.5
    action: block
    deadline_ms: 400
    on_error: ON_ERROR
"""
    for kind in KINDS
)
BOTH = {
    on_error: (POLICY + RULES).replace("name: short", f"name: {on_error}\nmatch: {{model: {on_error}}}").replace("ON_ERROR", on_error)
    for on_error in ("block", "allow")
}  # fmt: skip
STALL = 1.5
"""Seconds; shorter, and a busy machine would do."""
WORDS = [f"{kind}-{fault}" for kind in KINDS for fault in faulty.FAULTS]


@pytest.fixture(scope="module")
def upstream():
    """Says what it is asked to say, with the planted word before and behind it."""

    def answers(word):
        pieces = [
            f"{PLANTED} {word[:4]}",
            f"{word[4:]}. ",
            f"{PLANTED[:4]}",
            f"{PLANTED[4:]} end. ",
        ]
        body = answer_of("".join(pieces))
        whole = head(JSON, f"content-length: {len(body)}") + body
        stream = STREAM + b"".join(chunk(event_of(piece)) for piece in pieces) + END
        return {word: says(whole), f"stream {word}": says(stream)}

    with FaultyUpstream({k: v for word in WORDS for k, v in answers(word).items()}) as server:
        yield server


def installed(folder: Path) -> dict[str, str]:
    """Installs the plugin into a folder; returns the environment in which it is found."""
    site = folder / "site"
    about = site / "faulty-1.0.dist-info"
    about.mkdir(parents=True)
    shutil.copy(faulty.__file__, site / "faulty.py")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[tokenward]\nfaulty = faulty\n")
    paths = [str(site), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


@pytest.fixture(scope="module")
def begin(tmp_path_factory, upstream):
    """Starts the process with settings of a file."""
    with ExitStack() as runs:

        def run(**settings) -> ServeProcess:
            folder = tmp_path_factory.mktemp("detectors")
            for name, text in BOTH.items():
                (folder / f"{name}.yaml").write_text(text)
            values = {"upstream": upstream.url, "port": 0, "store": "sqlite:///r.db", **settings}
            values["policy"] = [f"{name}.yaml" for name in BOTH]
            (folder / "serve.yaml").write_text(json.dumps(values))
            served = ServeProcess(folder, "--config", "serve.yaml", **installed(folder))
            served.folder = folder
            runs.callback(served.kill)
            return served.ready()

        yield run


def counted(served, detector, on_error):
    name = f'detector="{detector}",on_error="{on_error}",reason="failed"'
    return served.metrics().get(f"tokenward_degraded_total{{{name}}}", 0)


# -- those that fail ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served(begin):
    return begin()


FAILS = [f"{kind}-{fault}" for kind in KINDS for fault in ("RAISE", "QUIT", "CANCEL", "NONSENSE")]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("on_error", ["block", "allow"])
@pytest.mark.parametrize("word", [*FAILS, "thread-LATE"])
def test_a_failure_is_a_decision(served, word, on_error, stream):
    detector = word.partition("-")[0]
    before = counted(served, detector, on_error)
    seen = ask(served, f"stream {word}" if stream else word, stream=stream, model=on_error)

    assert (seen.status, seen.whole) == (200, True)
    assert PLANTED.encode() not in seen.body
    if on_error == "block":
        assert b'"content_filter"' in seen.body
        assert b"end." not in seen.body
    else:
        assert seen.text == f"[gone] {word}. [gone] end. "
    if not stream:
        assert seen.headers["x-tokenward-degraded"] == detector
        assert seen.headers["x-tokenward-action"] == ("block" if on_error == "block" else "replace")
    one = record_of(served.folder / "r.db", seen.id)
    assert one.degraded == (detector,)
    assert (one.action == "block") is (on_error == "block")
    assert counted(served, detector, on_error) == before + 1
    assert not any(PLANTED in line for line in served.said)
    if word == "thread-LATE":  # its worker is at work still
        until(lambda: is_free(served, on_error))
    serves_on(served, model=on_error)


def is_free(served, model) -> bool:
    """Tells whether no detector is late, nor near to it."""
    seen = ask(served, GOOD, model=model)
    return seen.status == 200 and "x-tokenward-degraded" not in seen.headers


def test_an_event_loop_that_lags_takes_no_more_until_it_does_not(begin):
    served = begin(max_loop_lag=0.05)
    enough = threading.Event()

    def lag() -> None:
        while not enough.is_set():
            ask(served, "inline-SLEEP", model="allow")

    laggards = [threading.Thread(target=lag) for _ in range(4)]
    for one in laggards:
        one.start()
    refused = until(lambda: (seen := ask(served, GOOD, model="allow")).status == 503 and seen)
    assert (refused.code, refused.headers["retry-after"]) == ("overloaded", "1")
    enough.set()
    for one in laggards:
        one.join()
    until(lambda: ask(served, GOOD, model="allow").status == 200)
    serves_on(served, model="allow")


# -- those that hang ------------------------------------------------------------------------


def cut_off(served, word: str, *, stream: bool) -> bytes:
    """Asks where no proper answer can come; returns what came of it."""
    try:
        seen = ask(served, f"stream {word}" if stream else word, stream=stream, model="allow")
    except (OSError, http.client.HTTPException):
        return b""
    assert not seen.whole
    return seen.body


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("kind", ["span", "inline"])
def test_a_process_whose_event_loop_hangs_ends_and_says_where(begin, kind, stream):
    served = begin(max_stall=STALL)
    serves_on(served, model="allow")
    assert PLANTED.encode() not in cut_off(served, f"{kind}-HANG", stream=stream)
    assert served.ended() == -signal.SIGALRM
    assert "faulty.py" in served.heard("in hangs")
    assert not any(PLANTED in line for line in served.said)


def test_a_loop_that_is_slow_is_not_one_that_hangs(begin):
    served = begin(max_stall=STALL)
    for _ in range(8):
        assert (
            ask(served, "inline-SLEEP", model="allow").text == "[gone] inline-SLEEP. [gone] end. "
        )
    assert served.end() == 0


def alive(served) -> int:
    return served.get("/healthz").status


def test_a_thread_that_hangs_makes_the_process_one_to_start_again(begin):
    served = begin(max_stall=STALL)
    assert alive(served) == 200
    for model in BOTH:  # each policy has detectors of its own
        assert ask(served, "thread-WAIT", model=model).headers["x-tokenward-degraded"] == "thread"
    until(lambda: alive(served) == 503)
    assert "a detector hangs" in served.heard("a detector hangs")
    # on_error still decides about each text, meanwhile
    for model in BOTH:
        seen = until(lambda: (seen := ask(served, GOOD, model=model)).status == 200 and seen)  # noqa: B023
        assert seen.headers["x-tokenward-degraded"] == "thread"
        assert (seen.text == "say [gone] now") is (model == "allow")
    assert served.end() == 0


@pytest.mark.parametrize("seconds", [0.2, -1])
def test_too_short_a_stall_is_a_mistake(tmp_path, seconds):
    (tmp_path / "serve.yaml").write_text(f"upstream: http://x\nmax_stall: {seconds}\n")
    served = ServeProcess(tmp_path, "--config", "serve.yaml")
    assert served.ended() == 2
    assert "max_stall" in served.said[-1]
    served.kill()


# -- those that take their process with them ------------------------------------------------


ENDS = {
    "inline-EXIT": "ended with status 7",
    "span-KILL": f"ended with status {-signal.SIGKILL}",
    "thread-CRASH": f"ended with status {-signal.SIGSEGV}",
    "inline-HANG": f"ended with status {-signal.SIGALRM} (its event loop stood still)",
    "thread-WAIT": "ended with status 0",
}


@pytest.fixture(scope="module")
def workers(begin):
    served = begin(max_stall=STALL, workers=2)
    yield served
    assert served.end() == 0


@pytest.mark.parametrize("word", ENDS)
def test_another_process_takes_the_place_of_one_that_ended(workers, word):
    until(lambda: workers.get("/readyz").json["workers"]["ready"] == 2)
    before = workers.metrics()["tokenward_worker_restarts_total"]
    if word == "thread-WAIT":
        assert PLANTED.encode() not in ask(workers, word, model="allow").body
    else:
        assert PLANTED.encode() not in cut_off(workers, word, stream=False)
    assert "another is started" in workers.heard(ENDS[word])

    def answered() -> bool:
        """The other one goes on; a connection to one that ends may be lost."""
        try:
            seen = ask(workers, GOOD, model="allow")
        except (OSError, http.client.HTTPException):
            return False
        return seen.text == "say [gone] now"

    until(answered)
    until(lambda: workers.get("/readyz").json["workers"]["ready"] == 2)
    assert workers.metrics()["tokenward_worker_restarts_total"] == before + 1
    assert not any(PLANTED in line for line in workers.said)
    for _ in range(8):
        serves_on(workers, model="allow")
