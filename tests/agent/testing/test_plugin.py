"""The battery of a whole plugin: hooks, detectors, features, policies with cases."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from tokenward import Feature, hookimpl
from tokenward.testing.plugin import examine_feature, examine_plugin
from tokenward.types import Detection, DetectorPlugin


@dataclass(frozen=True)
class Word:
    word: str


class Finder:
    """Finds a word that its settings give, between white space."""

    types = frozenset({"WORD"})
    hold_back = 1000

    def __init__(self, settings):
        self.pattern = re.compile(rf"\b{settings.word}\b")

    def open(self, context):
        return FinderScan(self.pattern, context.detector)


class FinderScan:
    def __init__(self, pattern, name):
        self.pattern, self.name, self.text, self.start = pattern, name, "", 0

    def feed(self, text):
        self.text += text
        at = re.search(r"\S*\Z", self.text[-1000:]).start() + max(0, len(self.text) - 1000)
        found, self.text = self.find(self.text[:at]), self.text[at:]
        self.start += at
        return found, self.start

    def find(self, text):
        return [
            Detection(self.name, "WORD", self.start + m.start(), self.start + m.end(), 1.0)
            for m in self.pattern.finditer(text)
        ]

    def finish(self):
        return self.find(self.text)


def plugin(folder=None, **hooks):
    finder = DetectorPlugin("finder", lambda s, _: Finder(s), Word, Finder.types, "Finds a word.")
    module = {"register_detectors": hookimpl(lambda: [finder])}
    if folder is not None:
        module["register_policies"] = hookimpl(lambda: folder)
    return SimpleNamespace(**(module | hooks))


@pytest.fixture
def pack(tmp_path):
    (tmp_path / "no-fig.yaml").write_text(
        "name: no-fig\n"
        "detectors: {figs: {plugin: finder, word: fig}}\n"
        "rules: [{id: fig, stage: output, detect: {figs: all}, action: redact}]\n"
    )
    (tmp_path / "no-fig.test.yaml").write_text(
        "cases:\n"
        "  - {name: fires, stage: output, text: one fig, action: redact, rules: [fig]}\n"
        "  - {name: spares, stage: output, text: one pear, action: allow, rules: []}\n"
    )
    return tmp_path


@pytest.fixture(autouse=True)
def _nothing_installed(monkeypatch):
    """Only the plugin under test: what is installed here is no part of these tests."""
    monkeypatch.setattr("tokenward.testing.plugin.metadata.entry_points", lambda group: [])


def by_subject(reports):
    return {report.subject: report for report in reports}


def test_detectors_are_tried_with_the_settings_and_cases_of_the_plugins_own_policies(pack):
    reports = by_subject(examine_plugin("figs", plugin(pack)))
    assert ["plugin 'figs'", "detector 'finder'", "policy 'no-fig'"] == list(reports)
    assert {"passed"} == {c.outcome for r in reports.values() for c in r.checks}


def test_without_settings_a_detector_that_needs_some_is_not_measured():
    report = by_subject(examine_plugin("figs", plugin()))["detector 'finder'"]
    assert [check.outcome for check in report.checks] == ["passed", "not measured"]


def test_settings_and_samples_that_are_given_come_first(pack):
    report = examine_plugin("figs", plugin(pack), ["a kiwi"], {"word": "kiwi"})[1]
    assert report.passed


def test_a_case_that_fails_and_a_policy_that_does_not_load_are_reported(pack):
    (pack / "no-fig.test.yaml").write_text(
        "cases: [{name: wrong, stage: output, text: one fig, action: allow}]"
    )
    (pack / "broken.yaml").write_text("name: broken\nrules: 3\n")
    reports = by_subject(examine_plugin("figs", plugin(pack)))
    assert "wrong" in {check.name for check in reports["policy 'no-fig'"].failures}
    (failure,) = reports["policy 'broken'"].failures
    assert "expected a list of rules" in failure.detail


def test_a_module_without_hooks_fails():
    (report,) = examine_plugin("empty", SimpleNamespace())
    assert ["registers with its hooks"] == [check.name for check in report.failures]
    assert "implements no hook" in report.failures[0].detail


def test_a_breach_of_the_registry_is_a_failed_check():
    @hookimpl
    def register_detector():
        return []

    (report,) = examine_plugin("typo", plugin(register_detector=register_detector))
    (failure,) = report.failures
    assert "implements an unknown hook" in failure.detail


def feature(of, kind="number"):
    return Feature("f", kind, of, "a feature")


def prepared(prepare, of=len):
    return Feature("f", "number", of, "a feature", prepare=prepare)


def several(many):
    return Feature("f", "number", len, "a feature", many=many)


MANY = "gives the same values of many texts at once"
TICKS = itertools.count()
FEATURES = [
    (feature(len), set()),
    (feature(lambda text: "long" if len(text) > 9 else "short", "category"), set()),
    (feature(str.lower), {"gives a value of its kind for any text"}),
    (feature(lambda text: 1 / len(text)), {"gives a value of its kind for any text"}),
    (feature(lambda text: float("nan")), {"gives a value of its kind for any text"}),
    (feature(len, "amount"), {"has a kind"}),
    (feature(lambda text: next(TICKS)), {"gives the same value again"}),
    (
        feature(lambda text: sum(text[:n].count("a") for n in range(0, len(text), 3))),
        {"work is linear in the text"},
    ),
    (prepared(str.split), set()),
    (prepared(len, lambda size: 1 / size), {"gives a value of its kind for any text"}),
    (several(lambda texts: list(map(len, texts))), set()),
    (several(lambda texts: sorted(map(len, texts))), {MANY}),
    (several(lambda texts: list(map(len, texts[1:]))), {MANY}),
]


@pytest.mark.parametrize(("of", "failures"), FEATURES)
def test_features_are_checked(of, failures):
    assert failures == {check.name for check in examine_feature(of).failures}
