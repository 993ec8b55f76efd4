"""Comparisons as JUnit XML for CI: a test for each gated metric and each must-pass case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree import ElementTree as ET

from tokenward.compare.named import optimized_names
from tokenward.compare.report.sentences import metric_sentence, must_pass_sentence
from tokenward.compare.result import Comparison, MetricResult, MustPass

MUST_PASS = "must_pass"  # noqa: S105  # no password
UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write."""


@dataclass(frozen=True, slots=True)
class Test:
    """A line of the file: what CI shows of a metric or a case."""

    suite: str
    name: str
    state: Literal["passed", "failure", "skipped"]
    kind: str
    message: str


def to_junit(comparisons: Sequence[Comparison]) -> str:
    """Returns the file; what blocks is a failure, what the gate lets by is skipped."""
    root = ET.Element("testsuites", name="tokenward compare")
    tests = 0
    for comparison, model in zip(comparisons, optimized_names(comparisons), strict=True):
        for suite, listed in _suites(comparison).items():
            root.append(_suite(model, suite, listed))
            tests += len(listed)
    everything = [test for one in comparisons for test in lines(one)]
    failures = sum(test.state == "failure" for test in everything)
    seconds = sum(one.seconds for one in comparisons)
    told = {"tests": tests, "failures": failures, "errors": 0, "time": _time(seconds)}
    for key, value in told.items():
        root.set(key, str(value))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def lines(comparison: Comparison) -> list[Test]:
    """Returns the tests of a comparison; metrics that the gate does not name are none."""
    tests = [_metric(comparison, one) for one in comparison.metrics if one.result != "shown"]
    return [*tests, *map(_must_pass, comparison.must_pass)]


def _suites(comparison: Comparison) -> dict[str, list[Test]]:
    found: dict[str, list[Test]] = {}
    for test in lines(comparison):
        found.setdefault(test.suite, []).append(test)
    return found


def _metric(comparison: Comparison, one: MetricResult) -> Test:
    suite = one.name.partition(".")[0]
    lets_by = comparison.gate.get("on_inconclusive") == "pass"
    states: dict[str, Literal["passed", "failure", "skipped"]] = {
        "pass": "passed",
        "skipped": "skipped",
        "inconclusive": "skipped" if lets_by else "failure",
    }
    state = states.get(one.result, "failure")
    return Test(suite, one.name, state, one.result, metric_sentence(comparison, one))


def _must_pass(one: MustPass) -> Test:
    state: Literal["passed", "failure"] = "passed" if one.passed else "failure"
    return Test(MUST_PASS, one.case, state, "fail", must_pass_sentence(one))


def _suite(model: str, name: str, listed: Sequence[Test]) -> ET.Element:
    suite = ET.Element("testsuite", name=_sayable(f"{model}: {name}"))
    states = [test.state for test in listed]
    suite.set("tests", str(len(listed)))
    suite.set("failures", str(states.count("failure")))
    suite.set("errors", "0")
    suite.set("skipped", str(states.count("skipped")))
    suite.set("time", _time(0.0))
    for test in listed:
        line = ET.SubElement(
            suite,
            "testcase",
            classname=_sayable(f"{model}.{name}"),
            name=_sayable(test.name),
            time=_time(0.0),
        )
        _outcome(line, test)
    return suite


def _outcome(line: ET.Element, test: Test) -> None:
    message = _sayable(test.message)
    if test.state == "failure":
        ET.SubElement(line, "failure", message=message, type=test.kind).text = message
    elif test.state == "skipped":
        ET.SubElement(line, "skipped", message=message)
    else:
        ET.SubElement(line, "system-out").text = message


def _sayable(text: str) -> str:
    """Returns a text without what XML cannot say."""
    return UNSAYABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def _time(seconds: float) -> str:
    return f"{seconds:.3f}" if 0 <= seconds < float("inf") else "0.000"
