"""check_policy: the cases beside a policy, as a test of a policy pack."""

from __future__ import annotations

import pytest

from tokenward.errors import PolicyError, UsageError
from tokenward.testing import ConformanceError, check_policy

POLICY = """
name: pack
rules:
  - {id: no-bad, stage: output, detect: {words: BAD}, action: redact}
"""
FIRES = "{name: fires, stage: output, text: a bad word, action: redact, rules: [no-bad]}"
SPARES = "{name: spares, stage: output, text: a good word, action: allow, rules: []}"


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "pack.yaml"
    path.write_text(POLICY)

    def write(*cases):
        (tmp_path / "pack.test.yaml").write_text("cases:\n" + "".join(f"  - {c}\n" for c in cases))
        return path

    return write


def test_cases_that_hold_pass(pack, sample_registry):
    report = check_policy(pack(FIRES, SPARES), registry=sample_registry)
    assert [("fires", "passed"), ("spares", "passed")] == [
        (c.name, c.outcome) for c in report.checks
    ]


def test_a_case_that_does_not_hold_fails(pack, sample_registry):
    wrong = SPARES.replace("a good word", "badly")
    with pytest.raises(ConformanceError, match="spares: action is 'redact', expected 'allow'"):
        check_policy(pack(FIRES, wrong), registry=sample_registry)


def test_a_rule_without_a_case_that_spares_it_fails(pack, sample_registry):
    with pytest.raises(ConformanceError, match="rule 'no-bad' is tested: it has no case"):
        check_policy(pack(FIRES), registry=sample_registry)


def test_a_policy_without_cases_is_a_mistake(tmp_path, sample_registry):
    path = tmp_path / "bare.yaml"
    path.write_text(POLICY)
    with pytest.raises(UsageError, match=r"no cases beside it; write them in bare\.test\.yaml"):
        check_policy(path, registry=sample_registry)


def test_cases_that_are_not_utf_8_are_a_mistake(pack, sample_registry):
    path = pack(FIRES)
    path.with_name("pack.test.yaml").write_bytes(b"cases: \xff")
    with pytest.raises(PolicyError, match="not UTF-8 at byte 7"):
        check_policy(path, registry=sample_registry)
