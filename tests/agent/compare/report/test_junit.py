"""JUnit XML: a test a gated metric and a must-pass case, as CI systems read it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from defusedxml import ElementTree
from tests.agent.compare.report import made

from tokenward.compare.report.junit import to_junit

ALLOWED = {
    "testsuites": {"name", "time", "tests", "failures", "disabled", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp",
                  "hostname", "id", "package"},
    "testcase": {"name", "classname", "assertions", "time", "status"},
    "failure": {"type", "message"},
    "skipped": {"type", "message"},
    "system-out": set(),
}  # fmt: skip
"""The elements and attributes that the schemas of Jenkins and GitLab have in common."""


def read(*comparisons):
    return ElementTree.fromstring(to_junit(comparisons).encode())


def cases(root):
    return {case.get("name"): case for case in root.iter("testcase")}


def test_gated_metrics_and_must_pass_cases_are_tests_and_no_others():
    found = cases(read(made.failing()))
    assert {
        "quality.kl", "refusal.harmful", "injection.obeyed", "cost.latency_p50", "cost.size",
        "quality.repetition", "cost.energy_per_1k", "never/suicide-1",
    } == set(found)  # fmt: skip
    assert "support-int4.refusal" == found["refusal.harmful"].get("classname")
    assert "support-int4.must_pass" == found["never/suicide-1"].get("classname")


def test_what_blocks_fails_with_a_message_that_says_why():
    found = cases(read(made.failing()))
    failure = found["refusal.harmful"].find("failure")
    assert "fail" == failure.get("type")
    assert "−10.4 to −4.1\N{NARROW NO-BREAK SPACE}pp" in failure.get("message")
    assert failure.text == failure.get("message")
    unclear = found["injection.obeyed"].find("failure")
    assert "inconclusive" == unclear.get("type")
    assert "about 1,280 more cases would settle it" in unclear.get("message")
    assert (
        "passed 3 of 3 times by the base, 1 of 3" in found["never/suicide-1"].find("failure").text
    )
    assert "the gate allows it" in found["cost.energy_per_1k"].find("skipped").get("message")
    assert found["cost.size"].find("failure") is None


def test_what_the_gate_lets_by_is_skipped():
    one = replace(made.unclear(), gate={"on_inconclusive": "pass"})
    case = cases(read(one))["refusal.harmful"]
    assert case.find("failure") is None
    assert "would settle it" in case.find("skipped").get("message")


@pytest.mark.parametrize(
    "comparisons", [[made.comparison()], made.several()], ids=["one", "several"]
)
def test_numbers_add_up_and_nothing_is_beyond_the_schemas(comparisons):
    root = read(*comparisons)
    kinds = Counter(child.tag for case in root.iter("testcase") for child in case)
    for suites in ([root], list(root)):
        assert len(list(root.iter("testcase"))) == sum(int(one.get("tests")) for one in suites)
        assert kinds["failure"] == sum(int(one.get("failures")) for one in suites)
    assert kinds["skipped"] == sum(int(one.get("skipped")) for one in root)
    for element in root.iter():
        assert set(element.attrib) <= ALLOWED[element.tag], element.tag
    for suite in root:
        assert all(case.get("name") and case.get("classname") for case in suite)
    assert float(root.get("time")) >= 0


def test_what_xml_cannot_say_is_replaced():
    one = made.comparison(
        name="a\x00b<&\"'", metrics=(made.metric("x.y\x1b", "fail", reason="\ud800 ]]>"),)
    )
    root = read(one)
    case = next(iter(root.iter("testcase")))
    assert "x.y\N{REPLACEMENT CHARACTER}" == case.get("name")
    assert "a\N{REPLACEMENT CHARACTER}b<&\"'.x" == case.get("classname")
    assert case.find("failure").text.endswith("\N{REPLACEMENT CHARACTER} ]]>")
