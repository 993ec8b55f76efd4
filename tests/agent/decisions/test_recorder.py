from __future__ import annotations

import logging
import threading
import time

import pytest

from tokenward.decisions.recorder import BATCH, LATER, Recorder
from tokenward.errors import StoreError
from tokenward.types import Feature

WORDS = Feature("words", "number", lambda text: len(text.split()), "Words.")
CASE = Feature("case", "category", lambda text: "upper" if text.isupper() else "mixed", "Case.")


class Slow:
    """A store that waits until it may go on."""

    def __init__(self):
        self.rows, self.batches, self.may_go_on = [], [], threading.Event()

    def append(self, rows):
        assert self.may_go_on.wait(10)
        self.batches.append(len(rows))
        self.rows.extend(rows)
        return len(rows)


class Broken:
    def append(self, rows):
        raise StoreError("no space left for the store")


def test_features_of_both_texts_are_written_and_the_texts_are_not(store, tmp_path, interaction):
    with Recorder(store, [WORDS, CASE]) as recorder:
        assert recorder.record(interaction(features={"given": 1.0}), "tell me a secret", "NEVER")
        assert recorder.flush()

    (one,) = store.interactions()
    assert {
        "given": 1.0,
        "prompt.words": 4.0,
        "prompt.case": "mixed",
        "answer.words": 1.0,
        "answer.case": "upper",
    } == one.features
    assert b"tell me a secret" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_an_empty_text_is_a_text_and_a_missing_one_is_none(store, interaction):
    with Recorder(store, [WORDS]) as recorder:
        recorder.record(interaction(), "", None)

    assert {"prompt.words": 0.0} == next(store.interactions()).features


def test_a_feature_that_fails_is_left_out_and_counted(store, interaction, caplog):
    def fail(text):
        raise RuntimeError(text)

    features = [
        Feature("bad", "number", fail, ""),
        Feature("endless", "number", lambda text: float("inf"), ""),
        Feature("text", "category", lambda text: text * 9, ""),
        Feature("kind", "category", len, ""),
        WORDS,
    ]
    with Recorder(store, features) as recorder:
        recorder.record(interaction(), "the hidden prompt of a user")

    assert {"prompt.words": 6.0} == next(store.interactions()).features
    assert {"bad": 1, "endless": 1, "text": 1, "kind": 1} == recorder.feature_errors
    assert "hidden" not in caplog.text


def test_a_full_queue_drops_and_counts_and_does_not_wait(interaction):
    slow = Slow()
    recorder = Recorder(slow, capacity=10)
    recorder.record(interaction(0))
    deadline = time.monotonic() + 5
    while recorder.waiting and time.monotonic() < deadline:
        time.sleep(0.01)  # until the writer has the first record in hand
    started = time.monotonic()
    taken = [recorder.record(interaction(number)) for number in range(1, 16)]
    waited = time.monotonic() - started
    slow.may_go_on.set()
    recorder.close()

    assert [True] * 10 + [False] * 5 == taken
    assert {"queue_full": 5} == recorder.dropped
    assert 11 == len(slow.rows) == recorder.written
    assert waited < 0.5


def test_too_much_waiting_text_costs_the_features_not_the_record(interaction):
    slow = Slow()
    recorder = Recorder(slow, [WORDS], max_characters=100)
    for number in range(3):
        recorder.record(interaction(number), "word " * 12)
    slow.may_go_on.set()
    recorder.close()

    assert {"text_full": 2} == recorder.dropped
    assert [{"prompt.words": 12.0}, {}, {}] == [one.features for one in slow.rows]


def test_records_are_committed_in_groups(interaction):
    slow = Slow()
    recorder = Recorder(slow)
    recorder.record(interaction(0))
    deadline = time.monotonic() + 5
    while recorder.waiting and time.monotonic() < deadline:
        time.sleep(0.01)  # until the writer has the first record in hand
    for number in range(1, 250):
        recorder.record(interaction(number))
    slow.may_go_on.set()
    recorder.close()

    assert (250, 2) == (len(slow.rows), len(slow.batches))


def test_a_failing_store_is_counted_and_told_once_without_text(interaction, caplog):
    recorder = Recorder(Broken(), [WORDS])
    assert recorder.record(interaction(), "a hidden prompt")
    assert not recorder.flush()
    recorder.record(interaction(1), "another hidden prompt")
    recorder.close()

    told = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert ({"store": 2}, 1) == (recorder.dropped, len(told))
    assert "1 records not written: no space left for the store" == told[0].getMessage()


def test_a_record_that_is_no_data_does_not_cost_its_neighbours(store, interaction):
    with Recorder(store) as recorder:
        recorder.record(interaction(0))
        recorder.record(interaction(1, labels={"bad": object()}))
        recorder.record(interaction(2, features={"bad": object()}))
        recorder.record(interaction(3, features=None))
        recorder.record(interaction(4))
        recorder.record(interaction(5, time=float("nan")))
        recorder.record(interaction(6, sample_weight=float("nan")))

    assert ["id-0", "id-4"] == [one.decision_id for one in store.interactions()]
    assert {"invalid": 5} == recorder.dropped


def test_closing_drains_and_refuses_what_comes_later(store, interaction):
    recorder = Recorder(store)
    for number in range(50):
        recorder.record(interaction(number))
    recorder.close()

    assert 50 == store.count()
    assert not recorder.record(interaction(99))
    assert {"closed": 1} == recorder.dropped


def test_flush_gives_up_in_time(interaction):
    slow = Slow()
    recorder = Recorder(slow)
    recorder.record(interaction())
    assert not recorder.flush(timeout=0.05)
    slow.may_go_on.set()
    assert recorder.flush()
    recorder.close()


@pytest.mark.parametrize("threads", [4])
def test_many_threads_record_without_loss(store, interaction, threads):
    with Recorder(store) as recorder:

        def work(start):
            for number in range(start, start + 200):
                recorder.record(interaction(number))

        workers = [threading.Thread(target=work, args=(200 * one,)) for one in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    assert 200 * threads == store.count() == recorder.written


def test_features_of_many_and_of_long_texts_are_those_of_each(store, interaction):
    words = [1, 50_000, 2, 50_000, *range(3, 150)]
    with Recorder(store, [WORDS]) as recorder:
        for number, count in enumerate(words):
            recorder.record(
                interaction(number), "word " * count, "an answer" if number % 2 else None
            )

    found = {one.decision_id: one.features for one in store.interactions()}
    for number, count in enumerate(words):
        answer = {"answer.words": 2.0} if number % 2 else {}
        assert {"prompt.words": float(count), **answer} == found[f"id-{number}"]


def test_a_record_that_is_made_later_is_written_as_one_that_was_made_at_once(store, interaction):
    one = interaction()
    with Recorder(store, [WORDS]) as recorder:
        assert recorder.record_later(lambda sink: sink.record(one, "tell me", "no"), 10)
        assert recorder.flush()
    (row,) = store.interactions()
    assert row.decision_id == one.decision_id
    assert {"prompt.words": 2.0, "answer.words": 1.0} == row.features


def test_where_nothing_is_made_nothing_is_written_or_lost(store):
    with Recorder(store) as recorder:
        assert recorder.record_later(lambda sink: None, 0)
        assert recorder.flush()
        assert (recorder.written, dict(recorder.dropped)) == (0, {})


def test_a_record_that_cannot_be_made_is_lost_alone(store, interaction):
    def fail(sink):
        raise RuntimeError("no")

    with Recorder(store) as recorder:
        recorder.record_later(fail, 0)
        recorder.record(interaction())
        recorder.flush()
        assert (recorder.written, recorder.dropped["invalid"]) == (1, 1)


def test_what_cannot_wait_as_it_is_is_not_taken(store, interaction):
    slow = Slow()
    recorder = Recorder(slow, [WORDS], capacity=2, max_characters=100)
    make = lambda sink: sink.record(interaction())  # noqa: E731
    assert not recorder.record_later(make, 101)
    assert recorder.record(interaction(), "x" * 101)
    assert recorder.dropped["text_full"] == 1
    slow.may_go_on.set()
    recorder.close()
    assert not recorder.record_later(make, 0)
    assert not recorder.record(interaction())
    assert recorder.dropped["closed"] == 1


def test_while_the_store_is_slow_few_requests_wait_whole(interaction):
    slow = Slow()
    with Recorder(slow, capacity=4 * LATER) as recorder:
        for _ in range(BATCH):
            recorder.record(interaction())
        while recorder.waiting:  # until the store has them, and takes its time
            time.sleep(0.001)
        taken = [recorder.record_later(lambda sink: None, 0) for _ in range(LATER + 1)]
        assert taken == [True] * LATER + [False]
        assert recorder.record(interaction())
        slow.may_go_on.set()
    assert recorder.written == BATCH + 1
