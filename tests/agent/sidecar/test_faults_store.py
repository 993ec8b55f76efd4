"""A store that is full, locked, or taken away under the real process: answers go on, and it is said."""

from __future__ import annotations

import resource
import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.agent.sidecar.faults import (
    GOOD,
    POLICY,
    FaultyUpstream,
    ask,
    record_of,
    running,
    serves_on,
)
from tests.agent.sidecar.process import ServeProcess, until

from tokenward.decisions.record import Interaction
from tokenward.decisions.recorder import Recorder
from tokenward.store.database import open_engine
from tokenward.store.shards import shard_path
from tokenward.store.store import Store

USUAL = ("--port", "0", "--policy", "short.yaml", "--store", "sqlite:///r.db")


@pytest.fixture
def start(tmp_path):
    (tmp_path / "short.yaml").write_text(POLICY)
    with ExitStack() as runs, FaultyUpstream({}) as upstream:

        def run(*arguments):
            one = running(tmp_path, "--upstream", upstream.url, *USUAL, *arguments)
            runs.callback(one.close)
            return next(one).ready()

        yield run


@pytest.fixture
def store(tmp_path):
    return tmp_path / "r.db"


def lost(served, reason="store"):
    return served.metrics().get(f'tokenward_records_dropped_total{{reason="{reason}"}}', 0)


def files_of(store):
    """The file of each worker with its log and its index, but not the key."""
    files = [store, shard_path(store, 1)]
    return [file.with_name(file.name + end) for file in files for end in ("", "-wal", "-shm")]


# -- what happens to it, and how it ends ----------------------------------------------------


def no_room(served, store: Path) -> Callable[[], None]:
    """Lets the process write no file, as a full disk would."""
    before = resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (1, before[1]))
    return lambda: resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, before) and None


def no_file(served, store: Path) -> Callable[[], None]:
    """Puts a folder where the file was."""
    for file in files_of(store):
        file.unlink(missing_ok=True)
    store.mkdir()
    return store.rmdir


def no_folder(served, store: Path) -> Callable[[], None]:
    """Takes the folder of the file away."""
    folder, aside = store.parent, store.parent.with_name("aside")
    folder.rename(aside)
    return lambda: aside.rename(folder) and None


def another_store(served, store: Path) -> Callable[[], None]:
    """Puts the file of another program in its place."""
    for file in files_of(store):
        file.unlink(missing_ok=True)
    with closing(sqlite3.connect(store)) as other:
        other.execute("CREATE TABLE theirs (x)")
    return store.unlink


OUTAGES = [
    (no_room, "records not written: "),
    (no_file, "the store is not a file"),
    (no_folder, "no such folder"),
    (another_store, "an SQLite file, but no tokenward store"),
]


@pytest.mark.parametrize(("begins", "words"), OUTAGES, ids=lambda one: getattr(one, "__name__", ""))
def test_answers_go_on_while_records_cannot_be_written(start, tmp_path, begins, words):
    (tmp_path / "records").mkdir()
    store = tmp_path / "records" / "r.db"
    served = start("--store", "sqlite:///records/r.db")
    first = ask(served, GOOD)
    record_of(store, first.id)
    time.sleep(0.5)  # the writer looks once more whether the file is where it was

    heal = begins(served, store)
    missing = [ask(served, GOOD, stream=stream) for stream in (False, True, False, True)]
    assert {(seen.status, seen.whole, seen.text) for seen in missing} == {
        (200, True, "say [gone] now")
    }
    until(lambda: lost(served) == 4)
    assert words in served.heard("records not written")
    assert len([line for line in served.said if "records not written" in line]) == 1  # once
    assert served.get("/readyz").status == 200

    heal()
    last = ask(served, GOOD)
    assert record_of(store, last.id).labels["outcome"] == "answered"
    assert "records are written again; 4 were not" in served.heard("written again")
    assert lost(served) == 4
    assert served.end() == 0
    with Store.open(f"sqlite:///{store}", read_only=True) as one:
        assert all(one.get(seen.id) is None for seen in missing)  # none of them is half there


@pytest.mark.parametrize("all_files", [True, False])
def test_a_file_that_is_deleted_or_moved_is_begun_again(start, store, tmp_path, all_files):
    served = start("--workers", "2")
    subject = {"x-tokenward-subject": "ann"}
    before = served.ask(GOOD, headers=subject).headers["x-tokenward-decision-id"]
    hashed = record_of(store, before).subject
    (tmp_path / "old").mkdir()
    for file in files_of(store) if all_files else [store]:
        if file.exists():
            file.rename(tmp_path / "old" / file.name)

    ids = [served.ask(GOOD, headers=subject).headers["x-tokenward-decision-id"] for _ in range(20)]
    until(store.exists)
    assert {record_of(store, one).subject for one in ids} == {hashed}  # the key is the same
    assert "the store's file was taken away" in served.heard("taken away")
    assert lost(served) == 0
    assert served.end() == 0
    if all_files:
        with Store.open(f"sqlite:///{tmp_path}/old/r.db", read_only=True) as one:
            assert one.get(before) is not None


def test_a_lock_is_waited_for_and_no_answer_waits_with_it(start, store):
    served = start()
    serves_on(served)
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        waiting = [ask(served, GOOD) for _ in range(30)]
        assert {seen.text for seen in waiting} == {"say [gone] now"}
        with Store.open(f"sqlite:///{store}", read_only=True) as one:
            assert all(one.get(seen.id) is None for seen in waiting)
        assert served.get("/healthz").status == 200
        other.execute("ROLLBACK")
    for seen in waiting:
        record_of(store, seen.id)
    assert lost(served) == 0


def test_the_end_does_not_wait_for_ever_for_a_locked_store(start, store):
    served = start("--drain-timeout", "1")
    record_of(store, ask(served, GOOD).id)
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for _ in range(3):
            assert ask(served, GOOD).status == 200
        assert served.end() == 0
        other.execute("ROLLBACK")
    assert any(
        "3 records not written: the store did not take them in time" in line for line in served.said
    )


def test_a_file_of_something_else_stops_the_start(tmp_path, store):
    (tmp_path / "short.yaml").write_text(POLICY)
    store.write_bytes(b"no store at all, and longer than the header of one" * 20)
    served = ServeProcess(tmp_path, "--upstream", "http://x", *USUAL)
    assert served.ended() == 3
    assert "not a tokenward store" in served.said[-1]
    served.kill()


# -- the same, where the disk says it ---------------------------------------------------------


@pytest.fixture
def bounded(store):
    """A store of so many pages, and what is changed to give it more."""
    pages = [2**30]
    engine = open_engine(store, create=True, read_only=False, busy=0.05)

    @event.listens_for(engine, "checkout")
    def _bound(connection, *_):
        connection.execute(f"PRAGMA max_page_count = {pages[0]}")

    with Store(store, engine) as one:
        yield one, pages


def rows(count):
    label = {"note": "x" * 150}
    return [Interaction(decision_id=f"d{at}", source="cli", labels=label) for at in range(count)]


def test_a_full_disk_is_said_and_nothing_is_half_there(bounded, caplog):
    one, pages = bounded
    pages[0] = 1
    with Recorder(one) as recorder:
        for row in rows(50):
            recorder.record(row)
        assert not recorder.flush()
        assert recorder.dropped == {"store": 50}
        assert one.count() == 0
        pages[0] = 2**30
        recorder.record(Interaction(decision_id="late", source="cli"))
        assert recorder.flush()
    assert one.get("late") is not None
    assert "no space left for the store; free some" in caplog.text


def test_a_lock_that_lasts_is_said(bounded, caplog):
    one, _ = bounded
    with closing(sqlite3.connect(one.path, isolation_level=None)) as other, Recorder(one) as kept:
        other.execute("BEGIN IMMEDIATE")
        kept.record(rows(1)[0])
        assert not kept.flush()
        other.execute("ROLLBACK")
        kept.record(rows(2)[1])
        assert kept.flush()
    assert kept.dropped == {"store": 1}
    assert "locked by another process" in caplog.text
