"""What broke the metric that decides: looked for on demand, told in the result and in print."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokenward.cli.comparison_told import print_comparisons
from tokenward.compare.asked import Asked, Side
from tokenward.compare.bisect.bisection import Bisection, Part
from tokenward.compare.gate.gate import Gate
from tokenward.compare.result import Comparison, MetricResult
from tokenward.compare.sampling import Sampling
from tokenward.compare.searched import with_bisection
from tokenward.compare.suites.known import load_suites
from tokenward.errors import UsageError

FOUND = Bisection(
    "tasks.correct", "layers", 0.9, 0.4, 0.5, 0.4, 0.6, 60,
    (Part("layer 3", 0.8, 0.4, 0.3, 0.5, 0.8), Part("layer 1", 0.5, 0.1, 0.0, 0.2, 0.2)),
)  # fmt: skip


def result(name, state="fail"):
    return MetricResult(
        name, "", "binary", 60, 60, 1.0, 0.9, 0.4, -0.5, -0.6, -0.4, 0.05, state, side="below"
    )


def asked(*, bisect=True, recorded=False):
    side = Side("base", "models/base", {"threads": "1"}, Sampling(), recorded=recorded)
    suites = tuple(load_suites(["tasks"]))
    return Asked(side, (), suites, Gate((), alpha=0.1), Path("runs"), bisect=bisect)


@pytest.fixture
def searches(monkeypatch):
    """Remembers what was searched for, and finds the same each time."""
    found = []

    def bisect(*arguments, **options):
        found.append((*arguments[:3], arguments[4], options["alpha"], options["folder"]))
        return FOUND

    monkeypatch.setattr("tokenward.compare.searched.bisect", bisect)
    return found


OPTIMIZED = Side("int4", "models/base", {"quantize": "int4"}, Sampling())


def test_the_first_metric_of_cases_that_failed_is_searched_for(searches):
    rows = (result("cost.size"), result("tasks.format", "pass"), result("tasks.correct"))
    told = with_bisection(asked(), OPTIMIZED, rows, lambda line: None)

    assert [
        ("models/base", "models/base", {"quantize": "int4"}, "tasks.correct", 0.1,
         Path("runs/int4/bisect"))
    ] == searches  # fmt: skip
    assert rows[:2] == told[:2]
    assert FOUND.as_dict() == told[2].extra["bisection"]


@pytest.mark.parametrize(
    ("one", "rows"),
    [
        (asked(bisect=False), (result("tasks.correct"),)),
        (asked(), (result("tasks.correct", "inconclusive"),)),
        (asked(), (result("cost.size"),)),
    ],
)
def test_nothing_is_searched_where_nobody_asked_or_no_case_got_worse(searches, one, rows):
    assert rows == with_bisection(one, OPTIMIZED, rows, lambda line: None)
    assert [] == searches


def test_layers_of_a_recorded_run_are_not_there(searches):
    with pytest.raises(UsageError) as raised:
        with_bisection(
            asked(recorded=True), OPTIMIZED, (result("tasks.correct"),), lambda line: None
        )
    assert "--bisect: base is a recorded run, whose layers are not there" == str(raised.value)


def test_what_undoes_the_damage_is_printed(searches, capsys):
    rows = with_bisection(asked(), OPTIMIZED, (result("tasks.correct"),), lambda line: None)
    print_comparisons([
        Comparison("fail", {"name": "base"}, {"name": "int4"}, {}, rows, (), {}, (), {}, {}, 1.0)
    ])  # fmt: skip
    out = capsys.readouterr().out

    assert "tasks.correct: parts of the base put back (layers), and what that undoes" in out
    assert "  layer 3  0.4 (0.3 to 0.5)  80%" in out
