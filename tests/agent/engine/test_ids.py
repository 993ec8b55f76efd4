"""Identifiers are made from random bytes that are asked for many at a time."""

from __future__ import annotations

import multiprocessing
import threading
import time
import uuid

import pytest

from tokenward.engine import ids
from tokenward.engine.ids import AT_ONCE, decision_id

MANY = 4 * AT_ONCE


def made(count=MANY):
    return [decision_id() for _ in range(count)]


def test_identifiers_are_uuids_of_version_7_in_order_of_time():
    before = time.time_ns() // 1_000_000
    parsed = [uuid.UUID(one) for one in made()]

    assert {(7, uuid.RFC_4122)} == {(one.version, one.variant) for one in parsed}
    times = [one.int >> 80 for one in parsed]
    assert sorted(times) == times
    assert before <= times[0] <= times[-1] <= time.time_ns() // 1_000_000


def test_every_random_bit_is_used_and_no_identifier_comes_twice():
    values = [uuid.UUID(one).int & ((1 << 80) - 1) for one in made()]

    assert MANY == len(set(values))
    always, ever = values[0], 0
    for value in values:
        always, ever = always & value, ever | value
    assert always == 0x7 << 76 | 0b10 << 62
    assert ever == (1 << 80) - 1 - (0x8 << 76) - (0b01 << 62)


def test_threads_never_get_the_same():
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.extend(made())) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert 8 * MANY == len(set(found))


def tell(pipe):
    pipe.send(made(AT_ONCE))
    pipe.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forking beside other tests' threads
def test_a_process_that_was_forked_does_not_get_those_of_its_parent():
    decision_id()
    while not ids._random:  # that was the last one of a handful
        decision_id()  # what is left of the next both would go on with
    ours, theirs = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=tell, args=(theirs,))
    child.start()
    told = ours.recv()
    child.join()
    random = {one[14:] for one in (*told, *made(AT_ONCE))}

    assert 2 * AT_ONCE == len(random)
