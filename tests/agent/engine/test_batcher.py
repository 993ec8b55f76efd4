from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.engine import batcher
from tokenward.engine.batcher import (
    ALIKE,
    MAX_BATCH,
    MAX_WAITING,
    SHORT,
    Batcher,
    Waiting,
    next_batch,
)
from tokenward.errors import DetectorError


def soon():
    return time.monotonic() + 20


@pytest.fixture
def busy(held):
    """A batcher whose worker is busy with a first text."""
    batcher = Batcher(held)
    batcher.submit("first", soon())
    assert held.started.wait(5)
    yield batcher
    held.go.set()
    batcher.close()


def test_what_waits_goes_in_one_batch_sorted_by_length(busy, held):
    others = [busy.submit(text, soon()) for text in ("ccc", "idiot a", "b")]
    held.go.set()

    assert [{"rude": 0.0}, {"rude": 1.0}] == [others[0].result(5), others[1].result(5)]
    assert [["first"], ["b", "ccc", "idiot a"]] == held.batches


def test_a_batch_holds_texts_of_like_length(busy, held):
    texts = ["x" * length for length in (300, 45, 310, 50, 290, 1000)]
    futures = [busy.submit(text, soon()) for text in texts]
    held.go.set()
    for future in futures:
        future.result(5)

    assert [[5], [290, 300, 310], [45, 50], [1000]] == [
        [len(text) for text in batch] for batch in held.batches
    ]


def test_a_batch_has_a_limit(busy, held):
    futures = [busy.submit(f"text {i}", soon()) for i in range(MAX_BATCH + 3)]
    held.go.set()
    for future in futures:
        future.result(5)

    assert [1, MAX_BATCH, 3] == [len(batch) for batch in held.batches]


def test_the_most_urgent_text_goes_first(busy, held):
    late = busy.submit("x" * 300, soon() + 5)
    urgent = busy.submit("y", soon())
    held.go.set()
    late.result(5), urgent.result(5)

    assert [["first"], ["y"], ["x" * 300]] == held.batches


def test_a_full_queue_fails_at_once(busy):
    for _ in range(MAX_WAITING):
        busy.submit("waits", soon())

    with pytest.raises(DetectorError, match="units wait already"):
        busy.submit("too many", soon()).result(0)


def test_the_pressure_of_a_queue_is_its_length_or_its_longest_wait(busy, monkeypatch):
    assert busy.pressure == 0
    for _ in range(MAX_WAITING // 2):
        busy.submit("waits", soon())
    assert 0.5 <= busy.pressure < 0.6
    futures = [busy.submit("waits", soon()) for _ in range(MAX_WAITING // 2)]
    assert busy.pressure == 1
    later = time.monotonic() + 1000
    futures[0].cancel()
    monkeypatch.setattr("tokenward.engine.batcher.time.monotonic", lambda: later)
    assert busy.pressure == 1


def test_a_long_wait_is_pressure_until_its_driver_gives_up(busy, monkeypatch):
    now = time.monotonic()
    waiting = busy.submit("waits", now + 100)
    monkeypatch.setattr("tokenward.engine.batcher.time.monotonic", lambda: now + 75)
    assert 0.7 < busy.pressure < 0.8
    waiting.cancel()
    assert busy.pressure < 0.01


def test_a_text_whose_deadline_has_passed_is_not_scored(busy, held):
    late = busy.submit("late", time.monotonic())
    good = busy.submit("good", soon())
    held.go.set()

    assert {"rude": 0.0} == good.result(5)
    with pytest.raises(TimeoutError, match="not free before the deadline"):
        late.result(5)
    assert [["first"], ["good"]] == held.batches


def test_a_text_that_its_driver_gave_up_is_not_scored(busy, held):
    given_up = busy.submit("given up", soon())
    good = busy.submit("good", soon())
    assert given_up.cancel()
    held.go.set()
    good.result(5)

    assert [["first"], ["good"]] == held.batches


def test_closing_fails_what_waits(busy, held):
    waits = busy.submit("waits", soon())
    gone = busy.submit("gone", soon())
    gone.cancel()
    held.go.set()
    busy.close()

    with pytest.raises(DetectorError, match="the guard is closed"):
        waits.result(0)
    with pytest.raises(CancelledError):
        gone.result(0)
    with pytest.raises(DetectorError, match="the guard is closed"):
        busy.submit("after", soon()).result(0)
    assert [["first"]] == held.batches


def test_a_worker_that_hangs_gets_no_more_texts_until_it_is_back(held, monkeypatch):
    monkeypatch.setattr(batcher, "STUCK_SECONDS", 0.0)
    hung = Batcher(held)
    assert hung.stuck == 0
    first = hung.submit("first", time.monotonic() + 0.01)
    assert held.started.wait(5)
    while not hung.stuck:
        time.sleep(0.001)
    with pytest.raises(DetectorError, match="the detector hangs"):
        hung.submit("more", soon()).result(0)
    assert hung.pressure == 0
    held.go.set()
    first.result(5)
    assert hung.submit("idiot", soon()).result(5) == {"rude": 1.0}
    assert hung.stuck == 0
    hung.close()


def test_nobody_waits_at_the_end_for_a_worker_that_hangs(held):
    hung = Batcher(held)
    hung.submit("first", time.monotonic() + 0.01)
    assert held.started.wait(5)
    while not hung.stuck:
        time.sleep(0.001)
    hung.close()
    assert hung._thread.is_alive()


def test_a_worker_that_is_gone_is_replaced(held):
    held.go.set()
    again = Batcher(held)
    again.submit("first", soon()).result(5)
    again._thread = threading.Thread()  # as one that was ended from outside
    assert again.submit("second", soon()).result(5) == {"rude": 0.0}
    again.close()


@pytest.mark.parametrize(
    ("raised", "seen"), [(ValueError, ValueError), (SystemExit, DetectorError)]
)
def test_a_classifier_that_raises_fails_its_batch_only(held, raised, seen):
    def score(texts):
        if "bad" in texts:
            raise raised("no")
        return [{} for _ in texts]

    held.score = score
    batcher = Batcher(held)
    with pytest.raises(seen):
        batcher.submit("bad", soon()).result(5)
    assert {} == batcher.submit("good", soon()).result(5)
    batcher.close()


@pytest.mark.parametrize("rows", [[], [{}, {}], iter([{}])])
def test_rows_that_do_not_match_the_texts_are_a_failure(held, rows):
    held.score = lambda texts: rows
    batcher = Batcher(held)
    with pytest.raises((DetectorError, TypeError)):
        batcher.submit("a", soon()).result(5)
    batcher.close()


WAITING = st.lists(
    st.builds(Waiting, st.integers(1, 400).map("x".__mul__), st.floats(0, 10, allow_nan=False)),
    min_size=1,
    max_size=60,
)


@given(waiting=WAITING)
def test_no_text_starves(waiting):
    """However the lengths lie, the text that is the n-th to be late is in the n-th batch at last."""
    by_deadline = sorted(waiting, key=lambda one: one.deadline)
    batches = []
    while waiting:
        batches.append(next_batch(waiting))
        assert 0 < len(batches[-1]) <= MAX_BATCH
        waiting = [one for one in waiting if not any(one is taken for taken in batches[-1])]
    for place, one in enumerate(by_deadline):
        assert any(one is taken for batch in batches[: place + 1] for taken in batch)


@given(waiting=WAITING)
def test_texts_of_a_batch_are_of_like_length(waiting):
    lengths = [len(one.text) for one in next_batch(waiting)]
    urgent = len(min(waiting, key=lambda one: one.deadline).text)

    assert lengths == sorted(lengths)
    assert lengths[-1] <= ALIKE * max(urgent, SHORT)
    assert urgent <= ALIKE * max(lengths[0], SHORT)
