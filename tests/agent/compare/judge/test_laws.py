"""Laws of the judge: mirrors, orders, copies, and a model against itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.agent.compare.judge.made import BOUNDS, gate, reordered, suite, swapped

from tokenward.compare.judge import judge, outcome

SEEDS = st.integers(0, 10**6)
QUOTIENTS = ("ratio", "blocks")


@settings(max_examples=30)
@given(SEEDS, st.sampled_from([1, 4]))
def test_swapped_models_mirror_every_number(seed, fillings):
    values = suite(seed, 80, worse=0.1, fillings=fillings)
    for one, other in zip(
        judge(values, gate(*BOUNDS)), judge(list(map(swapped, values)), gate(*BOUNDS)), strict=True
    ):
        turned = [1 / (1 + end) - 1 if one.kind in QUOTIENTS else -end
                  for end in (other.difference, other.high, other.low)]  # fmt: skip
        # the median of an even number of quotients is no quotient of medians
        near = {"rel": 0.05, "abs": 0.01} if one.kind == "blocks" else {"abs": 1e-9}
        assert turned == pytest.approx([one.difference, one.low, one.high], **near)
        assert (one.base, one.floor) == (other.optimized, other.base_floor)
        assert (one.worse, one.better) == (other.better, other.worse)
        assert one.deff == pytest.approx(other.deff)
        if one.name != "quality.kl":  # which is of one model against the other, never below 0
            assert one.p == pytest.approx(other.p)


@settings(max_examples=30)
@given(SEEDS, st.randoms(use_true_random=False))
def test_the_order_of_cases_does_not_matter(seed, random):
    values = suite(seed % 100, 60, fillings=2)[:-1]
    order = list(range(60))
    random.shuffle(order)
    rows = judge(values, gate(*BOUNDS))
    for one, other in zip(
        rows, judge([reordered(each, order) for each in values], gate(*BOUNDS)), strict=True
    ):
        assert (one.result, one.worst, one.worse) == (other.result, other.worst, other.worse)
        assert [one.low, one.high, one.deff, one.mde] == pytest.approx(
            [other.low, other.high, other.deff, other.mde]
        )


@settings(max_examples=30)
@given(SEEDS, st.integers(2, 5))
def test_copies_of_cases_never_make_a_gate_surer(seed, copies):
    values = suite(seed, 60)[:-1]
    places = np.repeat(np.arange(60), copies)
    for one, other in zip(
        judge(values, gate(*BOUNDS)),
        judge([reordered(each, places) for each in values], gate(*BOUNDS)),
        strict=True,
    ):
        assert other.low <= one.low + 1e-9
        assert other.high >= one.high - 1e-9
        assert one.result == "pass" or other.result != "pass"


@settings(max_examples=30)
@given(SEEDS)
def test_a_wider_margin_never_turns_a_pass_into_anything_else(seed):
    values = suite(seed, 100, flipping=0.1)
    wide = [replace(bound, margin=2 * (bound.margin or 0)) for bound in BOUNDS]
    narrow, wider = (judge(values, gate(*bounds)) for bounds in (BOUNDS, wide))
    for one, other in zip(narrow, wider, strict=True):
        assert one.result != "pass" or other.result == "pass"
        assert one.result == "fail" or other.result != "fail"


@pytest.mark.slow
def test_a_model_against_itself_never_fails_in_a_thousand_runs():
    # as noisy as real ones: 10 % of answers flip between batches, without direction
    told = [judge(suite(seed, 200, flipping=0.1), gate(*BOUNDS)) for seed in range(1000)]
    states = [outcome(rows, (), gate(*BOUNDS)) for rows in told]
    assert states.count("fail") == 0
    assert states.count("pass") > 100


@pytest.mark.slow
def test_a_model_that_lost_a_tenth_of_its_answers_never_passes():
    told = [judge(suite(seed, 200, worse=0.12), gate(*BOUNDS)) for seed in range(100)]
    assert "pass" not in {outcome(rows, (), gate(*BOUNDS)) for rows in told}
