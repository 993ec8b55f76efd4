"""The wall clock may jump: it dates what happens, and never measures how long."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

import tokenward

ROOT = Path(tokenward.__file__).parent
DATES = {
    "cli/alerts.py": "until when alerts are silenced",
    "cli/canary.py": "the period that a user asks about",
    "cli/policy_replay.py": "the period that a user asks about",
    "cli/report.py": "the period that a user asks about",
    "client/call.py": "when the record's request came",
    "dashboard/alarms.py": "until when an alarm is silenced",
    "dashboard/filters.py": "the period that somebody looks at",
    "store/beside/alarms.py": "when an alarm was raised, and when somebody saw it",
    "store/beside/alerts.py": "since when a state is so, and leases that several machines share",
    "store/beside/feedback.py": "when it was given",
    "store/beside/texts.py": "until when a text is kept",
    "store/beside/runs.py": "leases that several machines share",
    "decisions/record.py": "when the record's request came",
    "demo/run.py": "the period of a report",
    "engine/ids.py": "the order of identifiers, which are random beside it",
    "engine/text.py": "when the record's text came",
    "monitor/alerts.py": "since when a state is so, and when to send again",
    "monitor/schedule.py": "when a report is due, by a calendar",
    "monitor/ways.py": "the date in a signature, and that until which a receiver wants rest",
    "sidecar/exchange.py": "when the record's request came",
    "sidecar/reload.py": "when the last reload was, for an operator",
    "sidecar/tracing.py": "when a span began",
    "wire/protocols/ollama.py": "the date of an answer",
    "wire/protocols/openai_shape.py": "the date of an answer",
    "wire/protocols/responses_form.py": "the date of an answer",
}
"""Who reads the wall clock, and for what."""
COUNTS = {"engine/ids.py", "sidecar/tracing.py"}
"""Who may count with it: to milliseconds, and back to a beginning."""
CLOCKS = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "date.today"}


def reads(node: ast.AST) -> bool:
    """Tells whether a piece of source names the wall clock."""
    return isinstance(node, ast.Attribute) and ast.unparse(node) in CLOCKS


@cache
def readers() -> dict[str, ast.Module]:
    """The modules that read the wall clock."""
    trees = {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8"))
        for path in ROOT.rglob("*.py")
    }
    return {name: tree for name, tree in trees.items() if any(map(reads, ast.walk(tree)))}


def test_only_dates_are_read_from_the_wall_clock():
    assert set(readers()) == set(DATES)


@pytest.mark.parametrize("name", sorted(set(DATES) - COUNTS))
def test_no_time_is_measured_with_it(name):
    tree = readers().get(name, ast.Module(body=[], type_ignores=[]))
    sums = (one for one in ast.walk(tree) if isinstance(one, ast.BinOp | ast.Compare))
    assert not any(reads(part) for one in sums for part in ast.walk(one))


def test_it_is_not_imported_under_another_name():
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "time":
                assert "time" not in {one.name for one in node.names}, path
