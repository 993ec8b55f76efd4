"""What is learned of numbers and events for as long as it takes."""

from __future__ import annotations

import tracemalloc
from random import Random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tokenward.online.dependence import BLOCK, FEWEST, LENGTHS, SURE, Dependence, inflation
from tokenward.online.learner import FIRST, NEXT, EventLearner, NumberLearner
from tokenward.online.ranks import RankWatch
from tokenward.online.rates import Base, ValueWatch
from tokenward.online.stream import Stream

MEMORY = 300_000
"""Bytes: what numbers or events take that wait to be counted, and as much again."""


def of_definition(values):
    """The inflation, as its definition says it."""
    row = np.asarray(values, float)
    if not len(row) or row.var() < 1e-12:
        return 1.0
    tails = ((row - row.mean()) ** 4).mean() / row.var() ** 2 - 3
    found = [1.0]
    for length in LENGTHS:
        count = len(row) // length
        if count >= FEWEST:
            means = row[: count * length].reshape(count, length).mean(1)
            ratio = length * means.var(ddof=1) / row.var()
            if ratio > 1 + SURE * ((2 + max(tails, 0.0) / length) / count) ** 0.5:
                found.append(ratio)
    return max(found)


def some_rows(seed, rows, run):
    """Rows in [0, 1] that are alike for ``run`` rows; some of them are nothing but 0."""
    random = np.random.default_rng(seed)
    levels = random.random(rows // run + 1) * (random.random(rows // run + 1) < 0.7)
    return np.repeat(levels, run)[:rows]


# -- dependence -----------------------------------------------------------------------------


@given(st.integers(0, 99), st.integers(0, 12_000), st.sampled_from([1, 7, 40, 900]), st.data())
def test_rows_in_blocks_are_as_alike_as_all_at_once(seed, count, run, data):
    rows = some_rows(seed, count, run)
    taken = Dependence()
    at = 0
    while len(rows) - at >= BLOCK and data.draw(st.booleans()):
        end = at + BLOCK * data.draw(st.integers(1, (len(rows) - at) // BLOCK))
        if rows[at:end].any():
            taken.add(rows[at:end])
        else:
            taken.add_zeros((end - at) // BLOCK)
        at = end
    assert taken.inflation(rows[at:]) == pytest.approx(of_definition(rows))
    assert taken.inflation(rows[at:]) == pytest.approx(inflation(rows)), "the rest is not kept"


# -- numbers --------------------------------------------------------------------------------


def learned(values):
    learner = NumberLearner()
    for value in values:
        learner.take(value, 0.0)
    return learner


def test_numbers_that_are_learned_for_ever_take_no_more_memory():
    random = Random(3)
    learner = learned(random.random() for _ in range(2 * FIRST))
    tracemalloc.start()
    try:
        for _ in range(20 * FIRST):
            learner.take(random.random(), 0.0)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert learner.rows == 22 * FIRST
    assert most < MEMORY


@pytest.mark.parametrize("count", [700, FIRST - 1, FIRST, FIRST + NEXT + 1, 5 * FIRST + 77])
@pytest.mark.parametrize(
    "draw",
    [
        lambda random: random.gauss(0, 1),
        lambda random: float(random.randint(0, 3)),
        lambda random: 0.0 if random.random() < 0.6 else random.random(),
    ],
)
def test_ranks_are_those_of_all_numbers(draw, count):
    random = Random(count)
    values = [draw(random) for _ in range(count)]
    watch = learned(values).made("seed")
    assert isinstance(watch, RankWatch)
    assert watch.rows == count
    ordered = np.sort(values)
    for value in random.sample(values, 50):
        low, high = watch.quantiles.rank(value, 0.0), watch.quantiles.rank(value, 1.0)
        below, upto = (np.searchsorted(ordered, value, side) / count for side in ("left", "right"))
        assert low <= below + 1e-9
        assert high >= upto - 1e-9
        assert high - low <= upto - below + 0.02, "a bin holds about a 256th"


@pytest.mark.parametrize("count", [900, FIRST + 10, 4 * FIRST])
def test_a_number_that_hardly_varies_is_counted(count):
    values = [float(at % 9 == 0) for at in range(count)]
    watch = learned(values).made("seed")
    assert isinstance(watch, ValueWatch)
    assert watch.reference["events"] == sum(values)
    assert watch.rows == count


def test_numbers_that_are_alike_are_so_however_many_there_are():
    few, many = (
        learned(some_rows(1, count, 40)).made("seed").inflations for count in (9_999, 60_000)
    )
    assert few[0] > 10
    assert many[0] == pytest.approx(few[0], rel=0.5)


def test_numbers_that_begin_to_vary_are_learned_anew():
    """Of a constant there is one bin: what comes after it could not be told apart."""
    learner = learned([0.0] * FIRST)
    random = Random(1)
    for _ in range(2 * FIRST):
        learner.take(random.random(), 0.0)
    assert learner.rows < 2 * FIRST
    watch = learner.made("seed")
    assert isinstance(watch, RankWatch)
    assert len(watch.quantiles.edges) > 200


def test_zeros_before_the_first_number_count():
    learner = NumberLearner(zeros=3 * FIRST)
    learner.take(1.0, 0.0)
    assert learner.rows == 3 * FIRST + 1
    assert learner.made("seed").reference["events"] == 1


# -- events ---------------------------------------------------------------------------------


@given(st.integers(0, 99), st.integers(600, 9_000), st.sampled_from([1, 30]), st.floats(0.001, 0.9))
@example(1, 9_000, 30, 0.9)
def test_events_are_as_alike_as_all_at_once(seed, count, run, share):
    had = some_rows(seed, count, run) > 1 - share
    base = Base()
    learner = EventLearner(base, 0.0)
    for one in had:
        base.seen += 1.0
        if one:
            learner.take(1.0, 0.0)
    watch = learner.made("seed")
    assert (watch.events, watch.rows) == (had.sum(), count)
    assert watch.inflation == pytest.approx(of_definition(had))
    assert learner.made("seed").inflation == watch.inflation


def test_events_that_are_learned_for_ever_take_no_more_memory():
    base = Base()
    learner = EventLearner(base, 0.0)
    random = Random(3)

    def rows(count):
        for _ in range(count):
            base.seen += 1.0
            if random.random() < 0.5:
                learner.take(1.0, 0.0)

    rows(3 * NEXT)
    tracemalloc.start()
    try:
        rows(300_000)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < MEMORY
    assert learner.made("seed").inflation == 1.0


# -- references -----------------------------------------------------------------------------


def test_a_constant_is_watched_with_the_budget_of_what_hardly_varies():
    """As a number it has a quarter of it, which 10,000 rows are too few for."""
    base = Base()
    stream = Stream("prompt.urls", "", "number", (base, base), 10_000)
    for _ in range(10_000):
        base.seen += 1.0
        stream.take(0.0, 0.0)
    assert stream.finish(26e6, 50.0)
    assert stream.watch is not None
    assert stream.watch.kind == "value"
    stream.allow(26e6, stream.weight / (50.0 - 1.0 + stream.weight))
    assert stream.state == "watching", "it stays so when thresholds are set anew"
