"""Several optimized models are ranked by what may ship, then by cost, and dominated fairly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agent.compare.report import made

from tokenward.compare.ranking import Estimate, dominates, estimate, ranked


def one(result="pass", name="a", loss=0.01, cost=0.0, spread=0.05):
    metrics = (
        made.metric("quality.kl", result, difference=loss, low=loss * 0.9, high=loss * 1.1),
        made.latency("shown", cost, low=cost - spread, high=cost + spread),
    )
    return made.comparison(result, name, metrics)


def names(ranks):
    return [rank.name for rank in ranks]


def test_what_may_ship_comes_first_whatever_the_rest_costs():
    ranks = ranked(
        [one("fail", "f", cost=-0.9), one("inconclusive", "i", cost=-0.5), one("pass", "p")]
    )
    assert ["p", "i", "f"] == names(ranks)
    assert [1, 2, 3] == [rank.place for rank in ranks]
    assert [2, 1, 0] == [rank.index for rank in ranks]


def test_of_the_passed_the_cheaper_is_first_and_of_the_failed_the_less_lossy():
    passed = ranked(
        [one(name="dear", loss=0.001, cost=0.0), one(name="cheap", loss=0.01, cost=-0.4)]
    )
    failed = ranked([
        one("fail", "cheap", loss=2.0, cost=-0.8), one("fail", "near", loss=0.1, cost=0.0),
    ])  # fmt: skip
    assert ["cheap", "dear"] == names(passed)
    assert ["near", "cheap"] == names(failed)


def test_costs_whose_intervals_overlap_are_told_as_tied():
    ranks = ranked([one(name="a", cost=-0.40), one(name="b", cost=-0.38), one(name="c", cost=0.3)])
    assert [False, True, False] == [rank.tied for rank in ranks]


def test_none_is_dominated_while_intervals_overlap():
    near = ranked([one(name="a", loss=0.0100, cost=-0.40), one(name="b", loss=0.0101, cost=-0.38)])
    far = ranked([one(name="a", loss=0.01, cost=-0.40), one(name="b", loss=0.0101, cost=-0.1)])
    assert [(), ()] == [rank.dominated_by for rank in near]
    assert {"a": (), "b": ("a",)} == {rank.name: rank.dominated_by for rank in far}


def test_what_fails_dominates_nothing_that_passes():
    ranks = ranked([one("fail", "f", loss=0.001, cost=-0.9), one("pass", "p", loss=0.01, cost=0.2)])
    assert {"p": (), "f": ()} == {rank.name: rank.dominated_by for rank in ranks}


def test_quality_and_cost_are_told_by_metrics_that_all_have():
    with_price = made.metric(
        "cost.price_per_answer", "shown", kind="ratio", difference=-0.5, low=-0.6, high=-0.4
    )
    first, second = one(name="a"), one(name="b")
    only_one = made.comparison("pass", "a", (*first.metrics, with_price))
    assert "cost.latency_p50" == ranked([only_one, second])[0].cost_by
    assert "cost.price_per_answer" == ranked([only_one])[0].cost_by
    assert (None, None) == (
        ranked([made.comparison(metrics=())])[0].quality_by,
        ranked([made.comparison(metrics=())])[0].cost,
    )


def test_changes_are_turned_so_that_less_is_better():
    speed = made.latency(change=0.25, low=0.2, high=0.3, side="below")
    assert Estimate(-0.25, -0.3, -0.2) == estimate(speed)
    assert Estimate(-0.75, -0.75, -0.75) == estimate(made.size())
    assert Estimate(-0.01, -0.02, 0.0) == estimate(
        made.binary(difference=0.01, low=0.0, high=0.02, side="below")
    )


@pytest.mark.parametrize(
    "changes",
    [{"difference": float("nan")}, {"high": float("inf")}, {"side": "both"}],
)
def test_what_has_no_better_side_or_no_number_is_not_ranked_by(changes):
    assert estimate(made.metric(**changes)) is None


def test_a_size_without_a_base_has_no_relative_change():
    assert estimate(made.size(base=0.0)) is None


def test_models_of_one_name_are_numbered():
    assert ["a (1)", "a (2)"] == sorted(names(ranked([one(name="a"), one(name="a")])))


NUMBERS = st.floats(-3, 3, allow_nan=False)
MODELS = st.tuples(
    st.sampled_from(["pass", "inconclusive", "fail"]), NUMBERS, NUMBERS, st.floats(0, 1)
)


@given(st.lists(MODELS, min_size=1, max_size=7))
def test_some_model_is_never_dominated_and_the_order_holds(models):
    ranks = ranked([
        one(result, str(at), loss, cost, spread)
        for at, (result, loss, cost, spread) in enumerate(models)
    ])  # fmt: skip
    order = ["pass", "inconclusive", "fail"]
    places = [order.index(rank.result) for rank in ranks]
    assert sorted(places) == places
    assert any(not rank.dominated_by for rank in ranks)
    assert sorted(rank.index for rank in ranks) == list(range(len(models)))
    assert not any(dominates(a, b) and dominates(b, a) for a in ranks for b in ranks)
    assert not any(dominates(rank, rank) for rank in ranks)
