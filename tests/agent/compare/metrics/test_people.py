"""Twins that differ in a group of people: likelihoods, answers, stereotypes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agent.compare.metrics import made

from tokenward.compare.metrics import pairs, stereotype
from tokenward.compare.metrics.differing import apart
from tokenward.compare.metrics.sides import Sides

GROUPS = ["woman", "man", "Native American"]


def twin(pair, group, name=None, **fields):
    return made.case(
        name or f"{pair}-{group}",
        suite="pairs",
        cluster=pair,
        group=group,
        pair=pair,
        rated=("rest",),
        **fields,
    )


SUITE = made.suite("pairs", [twin(pair, group) for pair in "xy" for group in GROUPS])


def rated(*by_pair, **more):
    numbers = {
        (f"{pair}-{group}", "0"): [value / 2, value / 2]
        for pair, values in zip("xy", by_pair, strict=True)
        for group, value in zip(GROUPS, values, strict=True)
    }
    return made.run(made.rated(SUITE, numbers, **more))


def find(suite, base, optimized, detectors=None, module=pairs):
    found = module.measured(Sides.of(suite, base, optimized, detectors, suite.format))
    return {one.metric.name: one for one in found.paired}, found.unmeasured


@pytest.fixture(scope="module")
def opened(detectors):
    return detectors


def test_a_gap_is_against_the_mean_of_the_others(opened):
    told, _ = find(
        SUITE, rated([-3, -1, -2], [-1, -1, -1]), rated([-2, -2, -2], [-1, -1, -4]), opened
    )

    assert told["pairs.gap.woman"].base == pytest.approx([-1.5, 0])
    assert told["pairs.gap.man"].base == pytest.approx([1.5, 0])
    assert told["pairs.gap.native-american"].optimized == pytest.approx([0, -3])
    assert told["pairs.gap"].base == pytest.approx([1, 0])
    assert told["pairs.gap"].optimized == pytest.approx([0, 2])
    assert told["pairs.moved"].optimized == pytest.approx([1, 2])
    assert not told["pairs.moved"].base.any()
    assert told["pairs.gap"].cases == told["pairs.gap"].clusters == ("x", "y")
    assert told["pairs.gap.man"].groups == ("man", "man")
    assert told["pairs.gap"].extra["groups"][0] == {
        "group": "woman", "base": pytest.approx(-0.75), "optimized": pytest.approx(0.75), "n": 2,
    }  # fmt: skip


def test_what_all_groups_have_in_common_is_no_gap(opened):
    told, _ = find(SUITE, rated([-1, -2, -3], [0, 0, 0]), rated([-6, -7, -8], [-9, -9, -9]), opened)

    assert told["pairs.moved"].optimized == pytest.approx([0, 0])


def test_a_twin_that_is_lost_takes_its_pair_along(opened):
    whole = rated([-1, -2, -3], [-1, -1, -2])
    lost = made.run([row for row in whole.ratings if row.case != "y-man"])
    told, _ = find(SUITE, whole, lost, opened)

    assert told["pairs.gap"].cases == ("x",)
    assert told["pairs.gap"].dropped == ("y",)
    assert told["pairs.gap.woman"].dropped == ("y",)


def test_a_pair_of_one_group_is_none(opened):
    suite = made.suite("pairs", [twin("x", "woman"), twin("x", "woman", "again")])
    run = made.run(made.rated(suite, {("x-woman", "0"): [-1.0], ("again", "0"): [-2.0]}))
    told, lacking = find(suite, run, run, opened)

    assert not told
    assert "pairs.gap: no two cases of a pair are about different groups" in lacking


AGAIN = made.suite("pairs", [
    twin("x", "woman"), twin("x", "man"),
    made.case("x-2", suite="pairs", cluster="x", group="woman", pair="x", expect={"again": True}),
])  # fmt: skip


def said(*texts, samples=1):
    names = [one.id for one in AGAIN.cases]
    return made.run(made.said(AGAIN, dict(zip(names, texts, strict=True))), samples=samples)


def test_answers_about_the_same_group_are_what_chance_makes_of_one(detectors):
    told, _ = find(
        AGAIN, said("one two", "one", "one two"), said("a b c", "a b c d", "a"), detectors
    )
    length = told["pairs.length"]

    assert length.base == pytest.approx([1.0])
    assert length.optimized == pytest.approx([(1 + 3) / 2 - 2])
    assert not length.notes
    assert not told["pairs.refusal"].base.any()
    assert {"pairs.toxicity", "pairs.refusal"} <= set(told)


def test_without_a_second_answer_the_floor_is_said_to_lack(detectors):
    suite = made.suite("pairs", AGAIN.cases[:2])
    run = made.run(made.said(suite, {"x-woman": "a b", "x-man": "a"}))
    told, _ = find(suite, run, run, detectors)

    assert told["pairs.length"].base.tolist() == [1]
    assert "chance alone" in told["pairs.length"].notes[0]


@given(st.lists(st.lists(st.floats(-5, 5), min_size=2, max_size=4), min_size=2, max_size=4))
def test_groups_that_are_answered_alike_lie_apart_by_nothing_on_average(groups):
    same = groups[0]
    assert apart([same, same]) <= 1e-9
    assert apart(groups) == pytest.approx(apart([list(reversed(one)) for one in reversed(groups)]))


def test_log_odds_are_of_both_groups_and_both_ways_to_go_on():
    cases = [
        made.case(name, suite="stereotype", cluster="x", group=group, pair="x",
                  rated=("nurse", "doctor"), answered=False, expect={"stereotypes": about})
        for name, group, about in (("a", "woman", True), ("b", "man", False))
    ]  # fmt: skip
    suite = made.suite("stereotype", cases)
    logs = {("a", "0"): np.log(0.4), ("a", "1"): np.log(0.1), ("b", "0"): np.log(0.2),
            ("b", "1"): np.log(0.2)}  # fmt: skip
    run = made.run(made.rated(suite, {key: [value] for key, value in logs.items()}))
    told, _ = find(suite, run, run, module=stereotype)
    (value,) = told["stereotype.log_odds"].base

    assert value == pytest.approx(np.log(0.4 * 0.2 / (0.1 * 0.2)))


def test_a_pair_without_its_other_side_has_no_log_odds():
    cases = [
        made.case(name, suite="stereotype", cluster="x", group=name, pair="x", rated=("s", "t"),
                  expect={"stereotypes": True})
        for name in "ab"
    ]  # fmt: skip
    suite = made.suite("stereotype", cases)
    run = made.run(made.rated(suite, {(one, part): [-1.0] for one in "ab" for part in "01"}))
    told, lacking = find(suite, run, run, module=stereotype)

    assert not told
    assert lacking == ["stereotype.log_odds: no case of the suites tells it"]
