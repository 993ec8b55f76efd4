"""Gates that could never be passed are refused before a model runs."""

from __future__ import annotations

import pytest

from tokenward.compare.case import Case
from tokenward.compare.enough import check_enough, planned
from tokenward.compare.gate.gate import Bound, Gate
from tokenward.compare.gate.read import DEFAULT as DEFAULT_GATE
from tokenward.compare.gate.read import read_gate
from tokenward.compare.metrics.known import names
from tokenward.compare.suites.known import DEFAULT, load_suites
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError


def tasks(clusters, size=1):
    cases = [
        Case(f"{c}-{i}", "tasks", f"c{c}", "p", expect={"exact": "x"})
        for c in range(clusters)
        for i in range(size)
    ]
    return Suite.of("tasks", "tasks", cases, "tasks")


def gate(margin, metric="tasks.correct", unit="pp"):
    return Gate((Bound(metric, margin, unit, where="gate.yaml:2:3"),))


def check(margin, suite, metric="tasks.correct", unit="pp"):
    check_enough(gate(margin, metric, unit), [suite], names())


def test_a_margin_that_no_result_could_show_is_refused_with_what_it_takes():
    with pytest.raises(UsageError) as raised:
        check(0.05, tasks(53))
    assert (
        "gate.yaml:2:3: tasks.correct: 53 clusters (53 cases) cannot keep a margin of 5 pp even if "
        "no case fails; it takes 54 clusters, or 5.1 pp: add cases, or widen what is asked"
    ) == str(raised.value)
    check(0.05, tasks(54))


def test_fillings_of_one_skeleton_are_no_more_cases():
    with pytest.raises(
        UsageError, match=r"30 clusters \(120 cases\) .* it takes 54 clusters, or 8.8 pp"
    ):
        check(0.05, tasks(30, 4))
    check(0.05, tasks(54, 4))


@pytest.mark.parametrize(("margin", "unit"), [(0.05, "%"), (None, ""), (0.1, "pp")])
def test_only_margins_in_points_have_a_floor(margin, unit):
    check(margin, tasks(30), unit=unit)


def test_few_clusters_tell_nothing():
    with pytest.raises(UsageError) as raised:
        check(0.5, tasks(9, 10))
    assert (
        "gate.yaml:2:3: tasks.correct: 9 clusters; a gated metric needs at least 10: add cases, or "
        "widen what is asked"
    ) == str(raised.value)


def test_the_widened_margin_can_be_passed():
    suite = tasks(30, 4)
    with pytest.raises(UsageError, match=r"or 8.8 pp"):
        check(0.05, suite)
    check(0.088, suite)


def test_the_default_gate_can_be_passed_on_the_suites_that_run_by_default():
    suites = load_suites(DEFAULT)
    read = read_gate(None)
    check_enough(read, suites, names())
    assert {one.metric for one in read.bounds} == {
        one.metric.name for one in planned(read, suites, names()) if one.size.clusters >= 40
    }


def test_who_did_not_write_the_gate_is_told_to_write_one():
    one = Gate((Bound("tasks.correct", 0.05, "pp", where="default gate:2:3"),), source=DEFAULT_GATE)
    with pytest.raises(UsageError, match=r"or 8.8 pp: add cases, or give --gate with a wider one$"):
        check_enough(one, [tasks(30)], names())
