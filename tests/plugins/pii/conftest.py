from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable

import pytest

from tokenward.types import Detection, ScanContext
from tokenward_plugins.pii.detector import PiiDetector
from tokenward_plugins.pii.kinds import USUAL
from tokenward_plugins.pii.settings import PiiSettings
from tokenward_plugins.pii.sources import SOURCES

Find = Callable[..., list[Detection]]


@pytest.fixture(scope="session")
def detector() -> PiiDetector:
    return PiiDetector.create(PiiSettings())


@pytest.fixture(scope="session")
def find(detector: PiiDetector) -> Find:
    """Returns the detections in a text, given whole, in chunks, or as the chunks themselves."""

    def run(
        text: str | Iterable[str], *, size: int = 0, types: Iterable[str] = USUAL, by=detector
    ) -> list[Detection]:
        chunks = [text] if isinstance(text, str) else list(text)
        if size:
            chunks = [chunk[i : i + size] for chunk in chunks for i in range(0, len(chunk), size)]
        scan = by.open(ScanContext("pii", "output", frozenset(types)))
        found = [one for chunk in chunks for one in scan.feed(chunk)[0]]
        return found + list(scan.finish())

    return run


@pytest.fixture(scope="session")
def values(find: Find) -> Callable[..., list[tuple[str, str]]]:
    """Returns (type, value) of the detections that a rule without a condition fires on."""

    def run(text: str, least: float = 0.4, **options: object) -> list[tuple[str, str]]:
        found = find(text, **options)
        return [(one.type, text[one.start : one.end]) for one in found if one.score >= least]

    return run


PRESIDIO = """
import importlib, json, logging, sys, warnings
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
sys.modules.update(dict.fromkeys(("torch", "transformers", "stanza")))
import spacy
import tldextract
tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine

@spacy.Language.component("surface")
def surface(doc):
    for token in doc:
        token.lemma_ = token.lower_
    return doc

class Blank(SpacyNlpEngine):
    def load(self):
        nlp = spacy.blank("en")
        nlp.add_pipe("surface")
        self.nlp = {"en": nlp}

sources, sentences = json.load(sys.stdin)
engine = Blank(models=[{"lang_code": "en", "model_name": "blank"}])
engine.load()
registry = RecognizerRegistry(supported_languages=["en"])
for source in sources:
    module, _, name = source.partition(":")
    cls = getattr(importlib.import_module(module), name)
    registry.add_recognizer(cls(supported_language="en"))
analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
out = []
for text in sentences:
    found = analyzer.analyze(text, "en", score_threshold=0.4)
    out.append([[r.entity_type, text[r.start:r.end], round(r.score, 4)] for r in found])
json.dump(out, sys.stdout)
"""
"""Presidio's own engine, with spaCy's blank tokenizer; all recognizers speak one language."""


@pytest.fixture(scope="session")
def ask_presidio() -> Callable[..., dict[str, set[tuple[str, str, float]]]]:
    """Returns a function: what Presidio finds in sentences, as (type, value, score) from 0.4 on.

    It runs in a process of its own.
    """

    def ask(types, sentences):
        done = subprocess.run(
            [sys.executable, "-c", PRESIDIO],
            input=json.dumps([[SOURCES[kind] for kind in sorted(types)], list(sentences)]),
            capture_output=True,
            text=True,
            check=True,
        )
        rows = json.loads(done.stdout)
        return {s: {tuple(r) for r in found} for s, found in zip(sentences, rows, strict=True)}

    return ask
