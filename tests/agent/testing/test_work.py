"""Counting: steps, growth, and what hangs on an object."""

from __future__ import annotations

import functools
import re
import sys

import pytest

from tokenward.testing.report import NotMeasuredError
from tokenward.testing.work import (
    growth,
    identities,
    more_steps,
    reachable,
    remembers,
    steps,
    weight,
)


def test_steps_counts_calls_and_restores_the_profiler():
    before = sys.getprofile()
    few = steps(lambda: [len("a") for _ in range(10)])
    many = steps(lambda: [len("a") for _ in range(100)])
    assert 85 <= many - few <= 95
    assert sys.getprofile() is before


def test_linear_work_is_no_growth():
    assert list(growth(lambda size: [len("a") for _ in range(size)])) == []


def test_quadratic_calls_are_growth():
    faults = list(
        more_steps(lambda size: [len("a") for _ in range(size * size // 2000)], (500, 2000))
    )
    assert faults == ["500 characters take 128 calls, 2000 take 2003"]


def test_a_pattern_that_backtracks_is_growth_although_it_is_one_call():
    pattern = re.compile("a+b")
    assert list(growth(lambda size: pattern.search("a" * size)))


class Holder:
    def __init__(self, value):
        self.value = value


def generator(value):
    yield value
    yield value


def closure(value):
    return lambda: value


class Slotted:
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


def started(value):
    running = generator(value)
    next(running)
    return running


def cached(value):
    call = functools.lru_cache(lambda text: 1)
    call(value)
    return call


PLACES = [
    Holder,
    Slotted,
    closure,
    started,
    cached,
    lambda v: [[{v: 1}]],
    lambda v: functools.partial(len, v),
]


@pytest.mark.parametrize("place", PLACES)
def test_text_is_found_wherever_it_hangs(place):
    assert remembers(Holder(place("a marker here")), "marker")
    assert not remembers(Holder(place("something else")), "marker")


def test_modules_classes_and_globals_do_not_hang_on_an_object():
    assert not [
        item for item in reachable(Holder(closure(1))) if item is sys.modules or item is Holder
    ]


def test_weight_counts_text_and_leaves_out_what_is_shared():
    shared = Holder("x" * 1000)
    light, heavy = Holder(["a", shared]), Holder(["a" * 500, shared])
    ignoring = identities(shared)
    assert 499 == weight(heavy, ignoring) - weight(light, ignoring)


def test_an_object_with_too_much_on_it_is_not_measured():
    with pytest.raises(NotMeasuredError, match="more than 300000 objects"):
        weight([object() for _ in range(300_010)], frozenset())
