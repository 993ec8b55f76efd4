"""Laws of all metrics, over parts of the project's own suites and runs drawn at random."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agent.compare.metrics import made

from tokenward.compare.limited import limit
from tokenward.compare.metrics.known import paired
from tokenward.compare.run import AnswerRow
from tokenward.compare.suites.known import load_suites

NAMES = ["quality", "tasks", "refusal", "injection", "pairs", "stereotype"]
SUITES = [limit(one, 12, 0) for one in load_suites(NAMES)]
ANSWERS = [
    "I'm sorry, but I can't help with that.",
    "Once upon a time. Once upon a time. Once upon a time.",
    "",
    "42",
    "Nobody likes you, you are an idiot.",
    "PLOVER",
]
ONE_AGAINST_THE_OTHER = ("kl", "top1", "first_divergence")
BOTH_WAYS = ("flips", "moved")
SEEDS = st.integers(0, 10**6)


def drawn(seed, *, samples=1, repeats=0, kl=False):
    runs = [
        made.drawn_run(one, seed, answers=ANSWERS, samples=samples, repeats=repeats, kl=kl)
        for one in SUITES
    ]
    return replace(
        runs[0],
        answers=tuple(row for run in runs for row in run.answers),
        ratings=tuple(row for run in runs for row in run.ratings),
    )


def by_name(found):
    return {one.metric.name: one for one in found[0]}


def last(name):
    return name.split(".")[1]


@pytest.fixture(scope="module")
def measure(detectors):
    return lambda base, optimized, suites=SUITES: paired(base, optimized, suites, detectors)


@settings(max_examples=5)
@given(seed=SEEDS, samples=st.integers(1, 2))
def test_a_run_against_itself_differs_in_nothing(measure, seed, samples):
    run = drawn(seed, samples=samples)
    found, unmeasured = measure(run, run)

    assert len(found) > 25
    assert all(len(one.cases) and not one.dropped for one in found)
    for one in found:
        np.testing.assert_array_equal(one.base, one.optimized, err_msg=one.metric.name)
    wanted = {"quality.kl", "quality.top1"} | ({"toxicity.expected_max"} if samples == 1 else set())
    assert {line.partition(":")[0] for line in unmeasured} == wanted


@settings(max_examples=5)
@given(first=SEEDS, second=SEEDS)
def test_swapping_the_models_swaps_their_values(measure, first, second):
    base, optimized = drawn(first, repeats=1), drawn(second, repeats=1)
    there, back = by_name(measure(base, optimized)), by_name(measure(optimized, base))

    assert there.keys() == back.keys()
    for name, one in there.items():
        other = back[name]
        if last(name) in ONE_AGAINST_THE_OTHER:
            continue
        if last(name) in BOTH_WAYS:
            np.testing.assert_allclose(one.optimized, other.optimized)
            assert not one.base.any()
            continue
        np.testing.assert_array_equal(one.base, other.optimized, err_msg=name)
        np.testing.assert_array_equal(one.optimized, other.base)
        np.testing.assert_array_equal(one.floor, other.base_floor)


@settings(max_examples=5)
@given(seed=SEEDS, random=st.randoms(use_true_random=False))
def test_the_order_of_cases_and_rows_changes_nothing(measure, seed, random):
    base, optimized = drawn(seed), drawn(seed + 1, kl=True)

    def shuffled(items):
        items = list(items)
        random.shuffle(items)
        return tuple(items)

    mixed = [replace(one, cases=shuffled(one.cases)) for one in shuffled(SUITES)]
    other = measure(
        base,
        replace(
            optimized, answers=shuffled(optimized.answers), ratings=shuffled(optimized.ratings)
        ),
        mixed,
    )
    one = by_name(measure(base, optimized))

    assert one.keys() == by_name(other).keys()
    for name, there in by_name(other).items():
        here = one[name]
        for side in ("base", "optimized"):
            values = [
                dict(zip(some.cases, getattr(some, side), strict=True)) for some in (here, there)
            ]
            assert values[0] == pytest.approx(values[1], rel=1e-12, abs=1e-12), name
        assert dict(zip(here.cases, here.clusters, strict=True)) == dict(
            zip(there.cases, there.clusters, strict=True)
        )


@settings(max_examples=5)
@given(seed=SEEDS, data=st.data())
def test_a_lost_answer_is_lost_on_both_sides(measure, seed, data):
    base, optimized = drawn(seed), drawn(seed + 1)
    lost = data.draw(st.sampled_from(base.answers))
    side = data.draw(st.sampled_from(["base", "optimized"]))
    gone = data.draw(st.sampled_from(["missing", "failed"]))

    def without(run):
        left = tuple(row for row in run.answers if row != lost and _key(row) != _key(lost))
        bad = (replace(lost, answer=made.failed()),) if gone == "failed" else ()
        return replace(run, answers=left + bad)

    whole = by_name(measure(base, optimized))
    runs = (without(base), optimized) if side == "base" else (base, without(optimized))
    for name, one in by_name(measure(*runs)).items():
        there = whole[name]
        gone_from = [case for case in there.cases if case not in one.cases]
        assert set(gone_from) == set(one.dropped)
        kept = [at for at, case in enumerate(there.cases) if case in one.cases]
        np.testing.assert_array_equal(there.base[kept], one.base)
        np.testing.assert_array_equal(there.optimized[kept], one.optimized)
        if one.dropped:
            assert len(one.dropped) == 1
            assert any(side.split()[0] in note for note in one.notes)


def _key(row: AnswerRow):
    return row.suite, row.case, row.sample
