"""Classifiers that wait to be let go, or answer in wrong ways."""

from __future__ import annotations

import threading

import pytest

from tokenward import hookimpl
from tokenward.engine.compile import compile_policy
from tokenward.engine.engine import Engine
from tokenward.guard import Guard
from tokenward.policy.loader import load_mapping
from tokenward.registry import Registry
from tokenward.types import DetectorPlugin


class Held:
    """A classifier that answers when it is let go, and remembers its batches."""

    types = frozenset({"rude"})
    unit = "sentence"
    inline = False

    def __init__(self):
        self.go = threading.Event()
        self.started = threading.Event()
        self.batches = []

    def score(self, texts):
        self.started.set()
        assert self.go.wait(20)
        self.batches.append(list(texts))
        return [{"rude": 1.0 if "idiot" in text else 0.0} for text in texts]


class Answering:
    """A classifier that answers with what it was made with."""

    types, unit = frozenset({"rude"}), "sentence"

    def __init__(self, answer, *, inline):
        self.answer, self.inline = answer, inline

    def score(self, texts):
        return self.answer(texts)


@pytest.fixture(scope="session")
def answering():
    """Makes a classifier from the function that answers."""
    return Answering


@pytest.fixture
def held():
    """A classifier that waits; it is let go at the end in any case."""
    classifier = Held()
    yield classifier
    classifier.go.set()


@pytest.fixture
def guard_of(sample_registry):
    """Makes a guard over the sample detectors and some given ones, by name."""
    made = []

    def make(rules, **detectors):
        class Given:
            @hookimpl
            def register_detectors(self):
                settings = sample_registry.detectors["words"].settings
                return [
                    *sample_registry.detectors.values(),
                    *(
                        DetectorPlugin(name, lambda s, source, d=detector: d, settings, None, name)
                        for name, detector in detectors.items()
                    ),
                ]

        numbered = [{"id": f"r{i}", "stage": "output", **rule} for i, rule in enumerate(rules)]
        policy = load_mapping({"name": "test", "rules": numbered})
        guard = Guard(Engine(compile_policy(policy, Registry([("given", Given())]))))
        made.append(guard)
        return guard

    yield make
    for detector in (d for guard in made for d in guard.engine.compiled.detectors.values()):
        getattr(detector, "go", threading.Event()).set()
    for guard in made:
        guard.close()
