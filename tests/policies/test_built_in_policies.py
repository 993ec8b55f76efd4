from __future__ import annotations

from importlib.resources import files

import pytest

import tokenward_policies
from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.engine.find import find_policy, installed
from tokenward.engine.trial import run_cases, untested
from tokenward.policy.cases import load_cases

GENERAL = ["default", "monitor-only", "pii-secrets", "private", "rewind", "strict"]
PACKS = [
    "coding-assistant",
    "e-commerce",
    "education",
    "eu-ai-act-logging",
    "finance",
    "healthcare",
    "legal",
    "search-rag",
    "support",
]
NAMES = sorted(GENERAL + PACKS)
EXTRAS = {"encoder", "classifier", "judge", "presidio", "remote"}
"""Detectors that need an optional extra, a model or a service."""


@pytest.fixture(scope="module")
def engines(registry):
    return {name: Engine(compile_policy(find_policy(name, registry), registry)) for name in NAMES}


def cases_of(name):
    file = files(tokenward_policies).joinpath(f"{name}.test.yaml")
    return load_cases(file.read_text(), file.name)


def test_the_built_in_policies_are_those_of_the_contract(registry):
    assert set(NAMES) <= set(installed(registry))


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_needs_no_extra_and_has_ten_cases_of_both_kinds(engines, name):
    policy = engines[name].compiled.policy
    named = {detector for rule in policy.rules for detector in rule.detect}
    used = {policy.detectors[one].plugin if one in policy.detectors else one for one in named}
    cases = cases_of(name)

    assert used and not used & EXTRAS
    assert len(cases) >= 10
    assert sum(not case.rules for case in cases) >= 4


@pytest.mark.parametrize("name", NAMES)
def test_every_case_holds_whole_and_character_by_character(engines, name):
    failed = [(t.case.name, t.faults) for t in run_cases(engines[name], cases_of(name)) if t.faults]

    assert [] == failed


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_has_a_case_that_fires_and_one_that_does_not(engines, name):
    assert {} == untested(engines[name], cases_of(name))


@pytest.mark.parametrize("name", NAMES)
def test_every_hold_back_is_bounded(engines, name):
    compiled = engines[name].compiled

    assert all(
        compiled.hold_back(stage).characters is not None for stage in compiled.policy.stages()
    )


def test_every_rule_says_what_happens_when_its_detector_fails(registry):
    for name in NAMES:
        text = files(tokenward_policies).joinpath(f"{name}.yaml").read_text()
        assert text.count("- id:") == text.count("on_error:"), name
