"""Recognizers as users have them: classes, a file in Presidio's format, objects."""

from __future__ import annotations

import logging

import pytest
from presidio_analyzer import (
    EntityRecognizer,
    LocalRecognizer,
    Pattern,
    PatternRecognizer,
    RecognizerResult,
)

FILE = """\
recognizers:
  - name: Ticket recognizer
    supported_language: en
    supported_entity: TICKET
    patterns:
      - {name: ticket, regex: '\\bT-[0-9]{4}\\b', score: 0.4}
      - {name: weak, regex: '\\b[0-9]{4}\\b', score: 0.05}
    context: [ticket, issue]
  - name: Titles
    supported_entity: TITLE
    deny_list: [Dr., Prof.]
  - name: Karten
    supported_language: de
    supported_entity: KARTE
    deny_list: [Kundenkarte]
  - name: Off
    enabled: false
    supported_entity: OFF
    deny_list: [off]
  - name: CreditCardRecognizer
    type: predefined
"""


class Badges(PatternRecognizer):
    """A recognizer with a check of its own."""

    def __init__(self, supported_language="en"):
        pattern = Pattern("badge", r"\bB-[0-9]{3}\b", 0.5)
        super().__init__(
            "BADGE", patterns=[pattern], context=["badge"], supported_language=supported_language
        )

    def validate_result(self, pattern_text):
        return None if pattern_text[2] == "9" else pattern_text[2] == "1"


class Words(LocalRecognizer):
    """A recognizer that looks at tokens, and tells what it saw to a log."""

    def __init__(self, results=None, error=None, entities=("WORD",), language="en"):
        self.results, self.error = results, error
        super().__init__(list(entities), supported_language=language, name="Words of ours")

    def load(self):
        self.loaded = True

    def analyze(self, text, entities, nlp_artifacts):
        logging.getLogger(f"ours.{len(text)}").error("looked at %s", text, extra={"seen": text})
        logging.getLogger("presidio-analyzer").warning(text)
        if self.error is not None:
            raise self.error
        if self.results is not None:
            return self.results(text)
        return [
            RecognizerResult("WORD", token.idx, token.idx + len(token), 0.75)
            for token in nlp_artifacts.tokens
            if token.text == "secret"
        ]


class NeedsArguments(EntityRecognizer):
    def __init__(self, words, more=None):
        super().__init__(["X"])


class Fails(EntityRecognizer):
    def __init__(self):
        raise OSError("no such model")


class German(EntityRecognizer):
    def __init__(self):
        super().__init__(["X"], supported_language="de")


class FindsNothing(EntityRecognizer):
    def __init__(self):
        super().__init__([])


class NoRecognizer:
    pass


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "recognizers.yaml"
    path.write_text(FILE)
    return str(path)


@pytest.fixture
def module():
    """Where classes of this file can be named from a policy."""
    return __file__


@pytest.fixture
def kinds():
    """The classes of this file by name."""
    return {name: kind for name, kind in globals().items() if isinstance(kind, type)}
