"""The judge: three outcomes, by which end of which interval, and what a row tells beside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.agent.compare.judge.made import BOUNDS, flips, gate, paired, pp, suite

from tokenward.compare.gate.gate import Bound
from tokenward.compare.judge import judge
from tokenward.errors import UpstreamError
from tokenward.statistics.clustered import difference
from tokenward.statistics.signs import mcnemar_exact


def one(values, *bounds, **more):
    (row,) = judge([values], gate(*bounds, **more))
    return row


@pytest.mark.parametrize(
    ("worse", "better", "margin", "state"),
    [
        (2, 2, 0.05, "pass"),
        (2, 2, 0.02, "inconclusive"),  # equal, and yet not shown to be within
        (20, 2, 0.02, "fail"),
        (12, 2, 0.05, "inconclusive"),
        (2, 20, 0.02, "pass"),  # better by far
    ],
)
def test_the_worse_end_passes_the_better_end_fails_and_all_else_is_open(
    worse, better, margin, state
):
    row = one(flips("a.b", worse=worse, better=better), pp("a.b", margin))
    assert state == row.result
    assert (row.high < margin) == (state == "pass")
    assert (row.worse, row.better) == (worse, better)


def test_a_row_is_the_interval_of_the_differences():
    values = flips("a.b", worse=5, better=3)
    row, interval = one(values, pp("a.b", 0.05)), difference(
        values.optimized - values.base, None, 0.05, "binary"
    )  # fmt: skip
    assert (interval.value, interval.low, interval.high) == (row.difference, row.low, row.high)
    assert (row.base, row.optimized) == (13 / 200, 15 / 200)
    assert (200, 200, 1.0, 0.05, "above") == (row.n, row.clusters, row.deff, row.margin, row.side)


def test_where_higher_is_better_less_is_worse():
    values = flips("a.b", worse=3, better=20)  # these count 1 for worse
    row = one(replace(values, metric=replace(values.metric, better="higher")), pp("a.b", 0.02))
    assert ("fail", "below", 20, 3) == (row.result, row.side, row.worse, row.better)


def test_a_metric_that_no_bound_names_is_shown():
    row = one(flips("a.b", worse=50), pp("a.c", 0.02))
    assert ("shown", None, "") == (row.result, row.margin, row.reason)


def test_a_name_with_a_star_bounds_all_that_it_matches_and_its_own_name_counts_more():
    rows = judge(
        [flips("pairs.gap.a", worse=3), flips("pairs.gap.b", worse=3)],
        gate(pp("pairs.gap.*", 0.005), pp("pairs.gap.b", 0.08)),
    )
    assert [("inconclusive", 0.005), ("pass", 0.08)] == [(r.result, r.margin) for r in rows]


@pytest.mark.parametrize(("worse", "better"), [(25, 2), (2, 25)])
def test_both_directions_fail_a_metric_of_which_neither_is_better(worse, better):
    values = flips("a.b", worse=worse, better=better)
    both = one(values, pp("a.b", 0.03, direction="both"))
    assert ("fail", "both") == (both.result, both.side)
    assert one(values, pp("a.b", 0.03)).result == ("fail" if worse > better else "pass")


def test_both_directions_pass_only_within_both_margins():
    row = one(flips("a.b", worse=1, better=1), pp("a.b", 0.05, direction="both"))
    assert row.result == "pass"
    assert -0.05 < row.low < row.high < 0.05


def test_holms_steps_over_the_gate_fail_what_a_single_test_would_not_be_trusted_with():
    weak = flips("a.0", worse=16, better=4)  # p of being beyond 2 pp is about .035
    alone = one(weak, pp("a.*", 0.02))
    assert alone.result == "fail"
    crowd = [weak, *(flips(f"a.{at}", worse=1, better=1) for at in range(1, 10))]
    first = judge(crowd, gate(pp("a.*", 0.02)))[0]
    assert first.result == "inconclusive"
    assert "beyond the margin 2 pp by itself, but not among 10 tests" in first.reason
    assert (alone.low, alone.high) == (first.low, first.high)  # what is drawn is of one metric


def test_holms_later_steps_are_easier_than_a_division_by_all_tests():
    strong, weak = flips("a.0", worse=60), flips("a.1", worse=16, better=4)
    rest = [flips(f"a.{at}", worse=1, better=1) for at in (2,)]
    both = [row.result for row in judge([strong, weak, *rest], gate(pp("a.*", 0.014)))]
    assert ["fail", "fail", "inconclusive"] == both
    swarm = [weak, *rest, flips("a.3", worse=1, better=1)]
    assert judge(swarm, gate(pp("a.*", 0.014)))[0].result == "inconclusive"


def test_metrics_that_are_only_shown_do_not_count_among_the_tests():
    weak = flips("a.0", worse=16, better=4)
    crowd = [weak, *(flips(f"b.{at}", worse=1) for at in range(30))]
    assert judge(crowd, gate(pp("a.0", 0.02)))[0].result == "fail"


def test_an_inconclusive_row_says_how_many_cases_would_settle_it():
    row = one(flips("a.b", worse=2, better=2), pp("a.b", 0.02))
    assert row.needed_n is not None
    assert f"about {row.needed_n} cases would settle it" in row.reason
    enough = flips("a.b", n=row.needed_n, worse=row.needed_n // 100, better=row.needed_n // 100)
    assert one(enough, pp("a.b", 0.02)).result == "pass"


def test_where_the_truth_seems_to_be_the_margin_no_number_would():
    row = one(flips("a.b", worse=6, better=2), pp("a.b", 0.02))
    assert (None, True) == (row.needed_n, "would hardly settle it" in row.reason)


def test_what_never_changes_needs_at_least_its_floor():
    row = one(flips("a.b", n=40), pp("a.b", 0.02))
    assert ("inconclusive", 135) == (row.result, row.needed_n)


def test_fillings_of_one_skeleton_do_not_pass_for_skeletons():
    values = flips("a.b", n=240)
    assert one(values, pp("a.b", 0.02)).result == "pass"
    filled = flips("a.b", n=240, clusters=np.arange(240) // 4)
    row = one(filled, pp("a.b", 0.02))
    assert ("inconclusive", 60, 4.0, 540) == (row.result, row.clusters, row.deff, row.needed_n)


@pytest.mark.parametrize(
    ("bound", "bad", "state", "words"),
    [
        ({"most": 0.2}, 10, "pass", ""),
        ({"most": 0.2}, 40, "inconclusive", "both sides of max 0.2"),
        ({"most": 0.2}, 90, "fail", "beyond max 0.2"),
        ({"least": 0.4}, 20, "fail", "beyond min 0.4"),
        ({"least": 0.01}, 60, "pass", ""),
    ],
)
def test_the_optimized_model_alone_must_keep_absolute_bounds(bound, bad, state, words):
    row = one(flips("a.b", bad=bad), Bound("a.b", None, **bound))
    assert (state, None) == (row.result, row.margin)
    assert words in row.reason


def test_as_good_as_a_bad_base_is_bad():
    row = one(flips("a.b", bad=90), pp("a.b", 0.05, most=0.2))
    assert ("fail", "beyond max 0.2") == (row.result, row.reason)


def test_a_margin_of_a_part_of_the_base_counts_the_noise_of_the_base():
    source = np.random.default_rng(1)
    base = source.normal(100, 10, 200)
    values = paired("a.length", base, base * 1.05 + source.normal(0, 1, 200), "mean", "none")
    row = one(values, Bound("a.length", 0.1, "%", "both"))
    assert (row.result, row.margin) == ("pass", pytest.approx(10, rel=0.02))
    assert one(values, Bound("a.length", 0.04, "%", "both")).result == "fail"


def test_a_part_of_a_share_is_judged_too():
    row = one(flips("a.b", n=400, bad=200, worse=2, better=2), Bound("a.b", 0.1, "%"))
    assert (row.result, row.margin) == ("pass", pytest.approx(0.1 * 202 / 400))
    assert one(flips("a.b", n=400, bad=200, worse=60), Bound("a.b", 0.1, "%")).result == "fail"


def test_a_perplexity_is_judged_as_a_quotient_and_told_as_itself():
    tokens = np.full(60, 50.0)
    noise = np.random.default_rng(2).normal(0, 0.5, 60)
    values = paired("a.ppl", tokens * 2, tokens * 2.1 + noise, "ratio", log=True, weights=tokens)
    row = one(values, Bound("a.ppl", 0.02, "%", most=9.0))
    assert ("fail", pytest.approx(np.exp(2.0))) == (row.result, row.base)
    assert row.difference == pytest.approx(np.exp(0.1) - 1, abs=0.01)
    assert one(values, Bound("a.ppl", 0.12, "%", most=9.0)).result == "pass"
    assert one(values, Bound("a.ppl", 0.12, "%", most=8.0)).reason == "beyond max 8"


def test_a_quotient_of_nothing_is_open():
    row = one(paired("a.b", np.zeros(40), np.ones(40), "ratio"), Bound("a.b", 0.1, "%"))
    assert ("inconclusive", "no quotient: a side adds up to 0 or less") == (row.result, row.reason)


@pytest.mark.parametrize(("by", "state"), [(1.0, "pass"), (1.5, "fail"), (1.1, "inconclusive")])
def test_blocks_are_judged_by_their_median(by, state):
    base, noise = np.random.default_rng(3).lognormal(0, 0.05, (2, 12))
    row = one(paired("cost.p50", base, by * base * noise, "blocks"), Bound("cost.p50", 0.1, "%"))
    assert (state, 12) == (row.result, row.n)
    assert row.extra["blocks"]["base"] == list(base)


def test_fewer_than_eight_blocks_are_open_with_that_as_the_reason():
    row = one(paired("cost.p50", np.ones(7), np.ones(7), "blocks"), Bound("cost.p50", 0.1, "%"))
    assert row.result == "inconclusive"
    assert row.reason == "7 blocks; 8 are needed for an interval"
    assert np.isnan(row.low)


@pytest.mark.parametrize(("optimized", "state"), [(90, "pass"), (100, "pass"), (101, "fail")])
def test_a_value_without_noise_keeps_its_margin_or_does_not(optimized, state):
    row = one(paired("cost.size", [100], [optimized], "value"), Bound("cost.size", 0.0, "%"))
    assert (state, 1, None) == (row.result, row.n, row.p)


def test_values_without_noise_do_not_make_the_others_harder_to_fail():
    sizes = [paired(f"cost.{at}", [1], [1], "value") for at in range(20)]
    rows = judge(
        [flips("a.0", worse=16, better=4), *sizes], gate(pp("a.0", 0.02), Bound("cost.*", 0.0, "%"))
    )
    assert rows[0].result == "fail"


@pytest.mark.parametrize("clusters", [1, 9])
def test_fewer_than_ten_clusters_are_refused(clusters):
    row = one(flips("a.b", worse=100, clusters=np.arange(200) % clusters), pp("a.b", 0.3))
    assert row.result == "inconclusive"
    assert f"{clusters} clusters; a gated metric needs at least 10" == row.reason


def test_few_clusters_come_with_a_warning():
    row = one(flips("a.b", clusters=np.arange(200) % 30), pp("a.b", 0.3))
    assert ("pass", ("30 clusters: fewer than 40",)) == (row.result, row.warnings)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("side", ["base", "optimized"])
def test_a_value_that_is_no_number_is_refused_with_its_case(value, side):
    values = flips("quality.kl")
    getattr(values, side)[7] = value
    word = "optimized model" if side == "optimized" else side
    with pytest.raises(
        UpstreamError, match=rf"quality.kl: case 'case-0007' is {value} for the {word}"
    ):
        one(values)


def test_where_all_cases_are_dropped_nothing_is_decided():
    row = one(paired("a.b", [], [], dropped=("x", "y")), pp("a.b", 0.02))
    assert ("inconclusive", "all 2 cases were dropped", 0) == (row.result, row.reason, row.n)


def test_dropped_cases_and_notes_are_told():
    row = one(flips("a.b", n=98, dropped=("x", "y"), notes=("one answer was empty",)))
    assert ("one answer was empty", "2 of 100 cases dropped on both sides") == row.warnings


def test_the_floors_are_mean_sizes_and_one_beyond_the_margin_is_told():
    floors = {"floor": np.array([0.1, -0.1]), "base_floor": np.array([0.2, 0.0])}
    row = one(flips("a.b", **floors), pp("a.b", 0.05))
    assert (0.1, 0.1) == (row.floor, row.base_floor)
    assert ("the base model differs from itself by +0.1, beyond the margin",) == row.warnings


def test_a_detectors_errors_widen_the_margin_of_the_truth():
    told = {"tested": "toxicity", "sensitivity": 0.6, "specificity": 0.97}
    row = one(flips("a.b", **told), pp("a.b", 0.02))
    assert row.implied_margin == pytest.approx(0.02 / 0.57)
    assert row.extra["detector"] == {"name": "toxicity", "sensitivity": 0.6, "specificity": 0.97}


def test_a_detector_that_tells_nothing_has_no_such_margin():
    row = one(flips("a.b", tested="coin", sensitivity=0.5, specificity=0.5), pp("a.b", 0.05))
    assert (None, ("the detector coin tells no more than chance",)) == (
        row.implied_margin, row.warnings,
    )  # fmt: skip


def test_churn_is_counted_in_the_words_of_good_and_bad():
    values = flips("a.b", worse=5, better=3, bad=10)
    row = one(values)
    assert {"both_good": 182, "worse": 5, "better": 3, "both_bad": 10} == row.extra["churn"]
    assert row.extra["mcnemar_exact"] == mcnemar_exact(5, 3)
    good = one(replace(values, metric=replace(values.metric, better="higher")))
    assert {"both_good": 10, "worse": 3, "better": 5, "both_bad": 182} == good.extra["churn"]


def test_the_worst_cases_are_those_that_got_worse_most():
    x = np.zeros(60)
    x[[4, 9, 30]] = [0.5, 0.9, -0.7]
    values = paired("a.b", np.zeros(60), x, "mean")
    assert ("case-0009", "case-0004") == one(values).worst
    both = one(values, Bound("a.b", 1.0, direction="both")).worst
    assert ("case-0009", "case-0030", "case-0004") == both


def test_the_chance_to_pass_grows_with_cases_and_is_none_below_the_floor():
    rows = one(flips("a.b", worse=3, better=3), pp("a.b", 0.03)).extra["power"]
    chances = [row["pass"] for row in rows]
    assert chances == sorted(chances)
    assert (25, 0.0) == (rows[0]["n"], chances[0])
    assert chances[-1] > 0.9


def test_p_and_q_are_printed_of_all_and_decide_nothing():
    rows = judge(suite(1, worse=0.3), gate(*BOUNDS))
    told = [row for row in rows if row.p is not None]
    assert all(row.p <= row.q <= 1 for row in told)
    assert [None] == [row.p for row in rows if row.name == "quality.kl"]  # it only moves away
    assert min(told, key=lambda row: row.p).q < 0.01


def test_what_changed_surely_but_within_the_margin_passes():
    row = one(flips("a.b", n=3000, worse=40), pp("a.b", 0.05))
    assert (row.result, row.p < 1e-6) == ("pass", True)


@pytest.mark.parametrize("kind", ["binary", "bounded", "mean", "ratio", "blocks"])
def test_models_that_are_equal_to_the_last_bit_are_no_surprise(kind):
    same = np.random.default_rng(4).choice([0.25, 1.0, 1.0], 60)
    row = one(paired("a.b", same, same, kind), Bound("a.b", 0.1, "%"))
    assert ("pass", 0.0, 1.0) == (row.result, row.difference, row.p)
    assert (row.mde is None) == (kind in ("mean", "ratio", "blocks"))


def test_groups_have_intervals_that_hold_for_all():
    source = np.random.default_rng(5)
    names = tuple("abcd"[at % 4] for at in range(240))
    x = source.normal(0, 0.2, 240) + np.where(np.array(names) == "c", 0.5, 0.0)
    row = one(paired("a.b", np.zeros(240), x, "mean", clusters=np.arange(240) // 4, groups=names))
    groups = {told["group"]: told for told in row.extra["groups"]}
    assert (60, True, True) == (
        groups["c"]["n"], groups["c"]["low"] > 0.3, groups["c"]["q"] < 0.001,
    )  # fmt: skip
    assert groups["a"]["optimized"] - groups["a"]["base"] == pytest.approx(
        groups["a"]["difference"]
    )


def test_a_metric_for_each_group_gives_its_interval_to_the_whole():
    source = np.random.default_rng(6)
    whole = paired("pairs.gap", np.ones(60), np.ones(60), "mean",
                   extra={"groups": [{"group": "x"}, {"group": "y"}, {"group": "z"}]})  # fmt: skip
    parts = [
        paired(f"pairs.gap.{name}", np.zeros(60), source.normal(by, 0.1, 60), "mean",
               groups=(name,) * 60)
        for name, by in (("x", 0.0), ("y", 1.0))
    ]  # fmt: skip
    told = judge([whole, *parts], gate())[0].extra["groups"]
    assert ["x", "y", "z"] == [row["group"] for row in told]
    assert told[1]["low"] < 1 < told[1]["high"]
    assert "low" not in told[2]


def test_shares_that_leave_their_limits_are_plain_means():
    row = one(paired("a.b", np.zeros(50), np.linspace(-2, 2, 50), "bounded"))
    assert row.method == "cluster t"


def test_a_group_of_one_cluster_has_no_interval():
    source = np.random.default_rng(7)
    names = ("a",) * 4 + tuple("bc"[at % 2] for at in range(116))
    row = one(paired("a.b", np.zeros(120), source.normal(0, 0.2, 120), "mean",
                     clusters=np.arange(120) // 4, groups=names))  # fmt: skip
    told = {row["group"]: row for row in row.extra["groups"]}
    assert (None, None, None) == tuple(told["a"][key] for key in ("low", "high", "q"))
    assert told["b"]["low"] < told["b"]["difference"] < told["b"]["high"]


@pytest.mark.parametrize(
    ("kind", "unit", "bound", "words"),
    [
        ("mean", "nat", Bound("a.b", 0.02), "beyond the margin 0.02 nat"),
        ("mean", "word", Bound("a.b", None, most=0.5), "beyond max 0.5 word"),
        ("mean", "", Bound("a.b", 0.02), "beyond the margin 0.02"),
        ("bounded", "share", Bound("a.b", 0.02), "beyond the margin 0.02"),
        ("ratio", "bit", Bound("a.b", 0.02), "beyond the margin 0.02"),
        ("mean", "nat", Bound("a.b", 0.02, "%"), "beyond the margin 2 %"),
    ],
)
def test_a_reason_has_the_unit_in_which_the_bound_is_judged(kind, unit, bound, words):
    values = paired("a.b", np.full(50, 0.1), np.full(50, 0.9), kind)
    values = replace(values, metric=replace(values.metric, unit=unit))
    if kind == "ratio":
        values = replace(values, weights=np.ones(50))
    assert words == one(values, bound).reason
