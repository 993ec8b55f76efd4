"""Small real detectors for tests of the core: words, digit runs, rude sentences."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from importlib import metadata

import pytest
from hypothesis import settings
from tests import browser, spark

from tokenward import hookimpl
from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.guard import Guard
from tokenward.policy.loader import load_mapping
from tokenward.registry import Registry
from tokenward.types import Detection, DetectorPlugin

# small models in several worker processes: more threads would only wait for each other
os.environ.setdefault("OMP_NUM_THREADS", "1")

# the suite tries the same examples every time; new ones are searched for by hand, where a law is in
# doubt: pytest tests/laws --hypothesis-profile=deep
settings.register_profile("settled", derandomize=True, deadline=None)
settings.register_profile("deep", max_examples=2000, deadline=None)
settings.load_profile("settled")


@pytest.fixture
def installed(monkeypatch):
    """Stands in for the plugins of ours that are installed; those of other packages stay theirs."""
    others = metadata.entry_points  # pydantic keeps for good what it finds of its own

    def install(*points):
        monkeypatch.setattr(
            metadata,
            "entry_points",
            lambda group: list(points) if group == "tokenward" else others(group=group),
        )

    return install


def pytest_collection_modifyitems(config, items):
    browser.left_out(config, items)
    spark.left_out(config, items)


def pytest_terminal_summary(terminalreporter, config):
    browser.summary(terminalreporter, config)
    spark.summary(terminalreporter, config)


class RunScan:
    """Finds whole runs of non-space characters that match a pattern; the last run is open."""

    def __init__(self, context, pattern):
        self.context, self.pattern, self.open, self.start = context, pattern, "", 0

    def _find(self, text, offset):
        name = self.context.detector
        return [
            Detection(name, kind, offset + m.start(), offset + m.end(), score)
            for kind, (pattern, score) in self.pattern.items()
            if kind in self.context.types
            for m in re.finditer(pattern, text)
        ]

    def feed(self, text):
        text = self.open + text
        cut = len(text)
        while cut and not text[cut - 1].isspace():
            cut -= 1
        found = self._find(text[:cut], self.start)
        self.open = text[cut:]
        self.start += cut
        return found, self.start

    def finish(self):
        return self._find(self.open, self.start)


class RunDetector:
    hold_back = 1000

    def __init__(self, **patterns):
        self.patterns = patterns
        self.types = frozenset(patterns)

    def open(self, context):
        return RunScan(context, self.patterns)


class RudeClassifier:
    types = frozenset({"rude", "angry"})

    def __init__(self, unit="sentence", inline=True):
        self.unit, self.inline = unit, inline

    def score(self, texts):
        return [
            {"rude": 0.9 if "idiot" in text else 0.1, "angry": min(1.0, text.count("!") / 3)}
            for text in texts
        ]


class BrokenScan:
    def feed(self, text):
        raise RuntimeError("this detector is broken")

    def finish(self):
        raise RuntimeError("this detector is broken")


class BrokenDetector:
    types = frozenset({"ANY"})
    hold_back = 10

    def open(self, context):
        return BrokenScan()


class BrokenClassifier(RudeClassifier):
    def score(self, texts):
        raise RuntimeError("this classifier is broken")


@dataclass(frozen=True)
class NoSettings:
    pass


@dataclass(frozen=True)
class RudeSettings:
    unit: str = "sentence"
    inline: bool = True


class SamplePlugin:
    """Registers the sample detectors, as a third party's module would."""

    @hookimpl
    def register_detectors(self):
        words = RunDetector(BAD=(r"bad\w*", 1.0), SHORT=(r"\bx\b", 0.6))
        digits = RunDetector(NUMBER=(r"[0-9]{3,}", 0.9), MIXED=(r"\w*[0-9]+[a-z]\w*", 0.7))

        def plugin(name, create, settings=NoSettings):
            return DetectorPlugin(name, create, settings, None, f"the sample detector {name}")

        return [
            plugin("words", lambda settings, source: words),
            plugin("digits", lambda settings, source: digits),
            plugin("rude", lambda s, source: RudeClassifier(s.unit, s.inline), RudeSettings),
            plugin("broken", lambda settings, source: BrokenDetector()),
            plugin("broken_rude", lambda settings, source: BrokenClassifier()),
        ]


@pytest.fixture(scope="session")
def sample_registry():
    return Registry([("sample", SamplePlugin())])


@pytest.fixture(scope="session")
def registry():
    """Every installed plugin."""
    return Registry.load()


@pytest.fixture
def make_guard(sample_registry):
    """Makes a guard from rules over the sample detectors."""

    def make(*rules, detectors=None):
        numbered = [{"id": f"r{i}", "stage": "output", **rule} for i, rule in enumerate(rules)]
        policy = {"name": "test", "rules": numbered}
        if detectors:
            policy["detectors"] = detectors
        return Guard(Engine(compile_policy(load_mapping(policy), sample_registry)))

    return make
