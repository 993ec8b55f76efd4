"""Words that stand for several types of a detector."""

from __future__ import annotations

from types import MappingProxyType

import pytest

from tokenward.engine.compile import expanded
from tokenward.errors import PolicyError
from tokenward.types import Detection


class Letters:
    """Finds each letter as a type of its own, with words for vowels and others."""

    types = frozenset("ABCDE")
    hold_back = 1
    groups = MappingProxyType({"vowels": frozenset("AEIOU"), "others": frozenset("BCD")})

    def open(self, context):
        return LetterScan(context)


class LetterScan:
    def __init__(self, context):
        self.context, self.read = context, 0

    def feed(self, text):
        found = [
            Detection(self.context.detector, letter, self.read + at, self.read + at + 1, 0.5)
            for at, letter in enumerate(text)
            if letter in self.context.types
        ]
        self.read += len(text)
        return found, self.read

    def finish(self):
        return []


def released(guard, text="ABCDE"):
    return guard.check(text, stage="output").text


def redacting(types, **rule):
    return {"detect": {"letters": types}, "action": {"redact": "remove"}, **rule}


def test_a_word_stands_for_its_types(guard_of):
    assert "BCD" == released(guard_of([redacting(["vowels"])], letters=Letters()))
    assert "" == released(guard_of([redacting(["vowels", "others"])], letters=Letters()))


def test_a_word_and_types_may_be_mixed(guard_of):
    guard = guard_of([redacting(["vowels", "B", "A"])], letters=Letters())
    assert "CD" == released(guard)
    assert {"letters.A", "letters.B", "letters.E"} == set(guard.check("x", stage="output").scores)


def test_only_types_that_the_detector_has_are_asked_for():
    assert ("A", "E") == expanded(Letters(), ["vowels"])
    assert ("B", "C", "D", "A", "E") == expanded(Letters(), ["others", "vowels", "B"])
    assert tuple("ABCDE") == expanded(Letters(), ["all", "vowels"])


def test_the_threshold_of_the_rule_applies_to_each_type(guard_of):
    strict = redacting(["vowels"], when="score >= 0.6")
    assert "ABCDE" == released(guard_of([strict], letters=Letters()))


def test_an_unknown_word_is_refused_with_the_words_there_are(guard_of):
    with pytest.raises(
        PolicyError,
        match="detector 'letters' has no type 'vowel'; use one of: all, others, vowels, A, B, C",
    ):
        guard_of([redacting(["vowel"])], letters=Letters())


def test_a_detector_without_words_takes_types_only(make_guard):
    with pytest.raises(PolicyError, match="no type 'vowels'; use one of: all, BAD, SHORT"):
        make_guard({"detect": {"words": ["vowels"]}, "action": "flag"})
