"""One outcome of all rows, and gates that could never be passed."""

from __future__ import annotations

import pytest
from tests.agent.compare.judge.made import flips, gate, pp

from tokenward.compare.gate.gate import Bound
from tokenward.compare.judge import Size, impossible, judge, outcome
from tokenward.compare.result import MustPass

PASSED, FAILED = MustPass("never", 3, 3, 3, passed=True), MustPass("never", 3, 1, 3, passed=False)
FINE, OPEN, BAD = (
    flips("a.fine", worse=1, better=1),
    flips("a.open", worse=9),
    flips("a.bad", worse=60),
)


def told(values, bounds, must_pass=()):
    asked = gate(*bounds)
    return outcome(judge(values, asked), must_pass, asked)


@pytest.mark.parametrize(
    ("values", "word"),
    [([FINE], "pass"), ([FINE, OPEN], "inconclusive"), ([FINE, OPEN, BAD], "fail")],
)
def test_one_failure_fails_and_all_must_pass(values, word):
    assert word == told(values, [pp("a.*", 0.05)])


def test_a_case_that_must_pass_fails_whatever_the_rest():
    assert told([FINE], [pp("a.*", 0.05)], [PASSED, FAILED]) == "fail"
    assert told([FINE], [pp("a.*", 0.05)], [PASSED]) == "pass"


def test_cases_that_must_pass_are_a_gate_of_their_own():
    assert (told([BAD], [], [PASSED]), told([BAD], [], [FAILED])) == ("pass", "fail")


def test_a_gate_that_judged_nothing_is_not_passed():
    assert told([BAD], []) == "inconclusive"


@pytest.mark.parametrize("if_unmeasured", ["fail", "skip"])
def test_a_bound_without_a_row_is_never_a_pass(if_unmeasured):
    bounds = [pp("a.fine", 0.05), pp("b.gone", 0.05, if_unmeasured=if_unmeasured)]
    assert told([FINE], bounds) == "inconclusive"


def test_only_what_was_skipped_is_no_pass():
    asked = gate(pp("a.*", 0.05))
    rows = [row.__class__(**{**_fields(row), "result": "skipped"}) for row in judge([FINE], asked)]
    assert outcome(rows, (), asked) == "inconclusive"


def _fields(row):
    return {name: getattr(row, name) for name in row.__slots__}


@pytest.mark.parametrize(
    ("clusters", "bound", "words"),
    [
        (134, pp("a.b", 0.02), "cannot keep a margin of 2 pp even if no case fails; it takes 135"),
        (40, pp("a.b", None, most=0.05), "cannot keep room below max of 5 pp"),
        (40, pp("a.b", None, least=0.95), "cannot keep room above min of 5 pp"),
        (9, pp("a.b", 0.9), "9 clusters; a gated metric needs at least 10"),
    ],
)  # fmt: skip
def test_a_gate_that_equal_models_cannot_pass_is_told_before_they_run(clusters, bound, words):
    (line,) = impossible(gate(bound), {"a.b": Size(200, clusters, "binary")})
    assert line.startswith("gate.yaml:3:5: a.b: ")
    assert words in line


@pytest.mark.parametrize(
    ("kind", "bound"),
    [
        ("mean", Bound("a.b", 0.02)),
        ("value", Bound("a.b", 0.0, "%")),
        ("blocks", Bound("a.b", 0.1, "%")),
        ("binary", pp("a.c", 0.001)),
    ],
)
def test_only_shares_that_are_gated_have_a_floor(kind, bound):
    assert impossible(gate(bound), {"a.b": Size(40, 40, kind)}) == []


@pytest.mark.parametrize("kind", ["binary", "bounded"])
@pytest.mark.parametrize(
    "bound",
    [pp("a.b", 0.05), pp("a.b", 0.02), pp("a.b", None, most=0.06), pp("a.b", 0.9, most=0.04)],
)
def test_what_is_possible_is_passed_by_equal_models(kind, bound):
    for clusters in range(20, 150, 7):
        refused = impossible(gate(bound), {"a.b": Size(clusters, clusters, kind)})
        (row,) = judge([flips("a.b", n=clusters, bad=0, kind=kind)], gate(bound))
        assert (row.result == "pass") == (not refused)
