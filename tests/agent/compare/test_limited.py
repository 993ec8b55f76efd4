"""Fewer cases of a suite: which are drawn, and that too few never pass."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tokenward.compare.case import Case
from tokenward.compare.gate.gate import Bound, Gate
from tokenward.compare.limited import limit, limited
from tokenward.compare.result import MetricResult
from tokenward.compare.suites.suite import Suite


def suite(clusters):
    """Returns a suite of which each cluster has so many pairs of twins."""
    cases = [
        Case(f"{c}-{pair}-{twin}", "s", f"c{c}", "p", pair=f"{c}-{pair}")
        for c, size in enumerate(clusters)
        for pair in range(size)
        for twin in "ab"
    ]
    return Suite.of("s", "pairs", cases, "s")


@given(st.lists(st.integers(1, 4), min_size=1, max_size=12), st.integers(2, 60), st.integers(0, 9))
def test_a_draw_is_as_large_as_asked_keeps_twins_and_order_and_spreads(clusters, most, seed):
    whole = suite(clusters)
    drawn = limit(whole, most, seed)
    places = [whole.cases.index(case) for case in drawn.cases]

    assert len(drawn.cases) == min(len(whole.cases), most - most % 2)
    assert places == sorted(places)
    assert all(sum(c.pair == one.pair for c in drawn.cases) == 2 for one in drawn.cases)
    assert drawn.clusters == min(len(clusters), len(drawn.cases) // 2)
    assert drawn == limit(whole, most, seed)


def test_without_a_limit_a_suite_is_what_it_was():
    whole = suite([2, 2])
    assert (whole, whole) == (limit(whole, None, 0), limit(whole, 8, 0))
    assert whole.sha256 != limit(whole, 4, 0).sha256


def result(n, state="pass"):
    return MetricResult(
        "tasks.correct", "", "binary", n, n, 1.0, 0.5, 0.6, 0.1, 0.05, 0.2, 0.05, state
    )


def test_only_passes_below_the_floor_become_inconclusive():
    gate = Gate((Bound("tasks.correct", 0.05, "pp", where="g:1:1"),))
    results = [result(30), result(30, "fail"), result(54)]
    found = limited(results, gate)

    assert ["inconclusive", "fail", "pass"] == [one.result for one in found]
    assert found[0].reason.startswith("too few with --limit: g:1:1: tasks.correct: 30 clusters")
