"""The battery of taggers: a good one passes, and each breach is found by the check it names."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import replace

import pytest

from tokenward.testing import check_detector, examine_detector
from tokenward.types import Tag

SAMPLES = ["Ask Ada Byron.", "A fine morning.", "Ada and Zoé met Ada."]
WORD = re.compile(r"\b(?:Ada|Zoé)\b")


class Names:
    """Tags two names; the breaches below are its subclasses."""

    types = frozenset({"NAME"})
    unit = "sentence"
    inline = True

    def tag(self, texts):
        return [self.one(text) for text in texts]

    def one(self, text):
        return [Tag("NAME", m.start(), m.end(), 0.75, {"pattern": 1}) for m in WORD.finditer(text)]


class WholeTexts(Names):
    unit = "text"


class LosesARow(Names):
    def tag(self, texts):
        return super().tag(texts)[1:]


class Iterates(Names):
    def tag(self, texts):
        return (self.one(text) for text in texts)


class NoTags(Names):
    def one(self, text):
        return [(m.start(), m.end()) for m in WORD.finditer(text)]


class NoRow(Names):
    def one(self, text):
        return len(super().one(text))


class Beyond(Names):
    def one(self, text):
        return [replace(tag, end=len(text) + 1) for tag in super().one(text)]


class Empty(Names):
    def one(self, text):
        return [replace(tag, end=tag.start) for tag in super().one(text)]


class Fractions(Names):
    def one(self, text):
        return [replace(tag, end=tag.end + 0.0) for tag in super().one(text)]


class TooSure(Names):
    def one(self, text):
        return [replace(tag, score=1.01) for tag in super().one(text)]


class OtherType(Names):
    def one(self, text):
        return [replace(tag, type="PERSON") for tag in super().one(text)]


class Quotes(Names):
    def one(self, text):
        found = [Tag("NAME", m.start(), m.end(), 0.7) for m in re.finditer("Ada Byron", text)]
        return [replace(tag, evidence={"was": [text[tag.start : tag.end]]}) for tag in found]


class Bytes(Names):
    def one(self, text):
        size = len(text)
        return [
            replace(
                tag,
                start=min(size - 1, len(text[: tag.start].encode("utf-8", "replace"))),
                end=min(size, len(text[: tag.end].encode("utf-8", "replace"))),
            )
            for tag in super().one(text)
        ]


class NeedsTexts(Names):
    def tag(self, texts):
        assert texts[0] is not None
        return super().tag(texts)


class Encodes(Names):
    def one(self, text):
        text.encode()
        return super().one(text)


class Refuses(Names):
    def one(self, text):
        if len(text) > 300:
            raise ValueError("too long")
        return super().one(text)


class Nothing(Names):
    def one(self, text):
        return []


class Backwards(Names):
    def tag(self, texts):
        return super().tag(sorted(texts, key=len))


class ByBatch(Names):
    def tag(self, texts):
        return [[replace(t, score=t.score / len(texts)) for t in row] for row in super().tag(texts)]


class FirstOnly(Names):
    def tag(self, texts):
        return [self.one(text) if not at else [] for at, text in enumerate(texts)]


class Drifts(Names):
    def __init__(self):
        self.calls = 0

    def one(self, text):
        self.calls += 1
        return [replace(tag, score=self.calls % 7 / 7) for tag in super().one(text)]


class Caches(Names):
    def __init__(self):
        self.cache = {}

    def one(self, text):
        self.cache.setdefault(text, None)
        return super().one(text)


class SharedBetweenThreads(Names):
    def __init__(self):
        self.text, self.lock = "", threading.Lock()

    def one(self, text):
        self.text = text
        time.sleep(0.001)
        seen, self.text = self.text, ""
        return [tag for tag in super().one(seen) if tag.end <= len(text)]


class Slow(Names):
    def one(self, text):
        sum(at * at for at in range(400_000))
        return super().one(text)


class Quadratic(WholeTexts):
    def one(self, text):
        for at in range(len(text) // 100):
            [character for character in text[: 100 * at : 100] if character.isdigit()]
        return super().one(text)


class Windows(Names):
    unit = "window"


IN_TEXT = "tags lie in their text, with a type and a score"
BREACHES = [
    (LosesARow, IN_TEXT),
    (Iterates, IN_TEXT),
    (NoTags, IN_TEXT),
    (NoRow, IN_TEXT),
    (Beyond, IN_TEXT),
    (Empty, IN_TEXT),
    (Fractions, IN_TEXT),
    (TooSure, IN_TEXT),
    (OtherType, IN_TEXT),
    (Quotes, IN_TEXT),
    (Bytes, "counts code points"),
    (NeedsTexts, "takes no texts"),
    (Encodes, "takes any characters"),
    (Refuses, "takes the longest texts that it may get"),
    (Nothing, "finds something in the samples"),
    (Backwards, "keeps the order of texts"),
    (ByBatch, "tags one by one as in a batch"),
    (FirstOnly, "tags one by one as in a batch"),
    (Drifts, "tags the same text the same again"),
    (Caches, "keeps no text when a text is tagged"),
    (SharedBetweenThreads, "tags the same from several threads"),
    (Slow, "is as cheap as inline promises"),
    (Quadratic, "work is linear in the text"),
    (Windows, "has a unit and says whether it is inline"),
]


@pytest.mark.parametrize("tagger", [Names(), WholeTexts()], ids=["sentences", "texts"])
def test_a_good_tagger_fails_no_check(tagger):
    report = check_detector(tagger, SAMPLES)
    missed = {"work is linear in the text"} if tagger.unit == "sentence" else set()

    assert missed == {check.name for check in report.checks if check.outcome != "passed"}


@pytest.mark.parametrize(("breach", "check"), BREACHES, ids=[b.__name__ for b, _ in BREACHES])
def test_a_breach_is_found_by_the_check_that_names_it(breach, check):
    report = examine_detector(breach(), SAMPLES)

    assert check in {failure.name for failure in report.failures}


def test_what_only_inline_taggers_owe_is_not_measured_for_others():
    class Batched(Names):
        inline = False

    report = check_detector(Batched(), SAMPLES)
    assert {c.name for c in report.checks if c.outcome == "not measured"} == {
        "is as cheap as inline promises",
        "tags the same from several threads",
        "work is linear in the text",
    }


def test_without_samples_a_tagger_of_other_things_is_not_measured():
    report = examine_detector(Names())
    (check,) = [c for c in report.checks if c.name == "finds something in the samples"]

    assert "not measured" == check.outcome
    assert "give samples=" in check.detail


def test_small_differences_between_batches_are_allowed_where_they_are_expected():
    class Rounds(Names):
        def tag(self, texts):
            by = 1 - len(texts) / 1000
            return [[replace(t, score=t.score * by) for t in row] for row in super().tag(texts)]

    assert not examine_detector(Rounds(), SAMPLES).passed
    check_detector(Rounds(), SAMPLES, tolerance=0.05)


def test_faults_do_not_quote_the_text():
    for breach in (Beyond, TooSure, Quotes, Bytes):
        for failure in examine_detector(breach(), SAMPLES).failures:
            assert "Byron" not in failure.detail
