"""The battery of classifiers: a good one passes, and each breach is found by the check it names."""

from __future__ import annotations

import math
import threading
import time

import pytest

from tokenward.errors import UsageError
from tokenward.testing import check_detector, examine_detector
from tokenward.types import NOT_MEASURED

SAMPLES = ["You rotten cabbage.", "A fine morning.", "Rotten, rotten, rotten!"]


class Rotten:
    """Scores the share of a word; the breaches below are its subclasses."""

    types = frozenset({"rotten", "fresh"})
    unit = "sentence"
    inline = True

    def score(self, texts):
        return [self.one(text) for text in texts]

    def one(self, text):
        share = min(1.0, 5 * text.lower().count("rotten") / (len(text) + 1))
        return {"rotten": share, "fresh": 1 - share}


class OutOfRange(Rotten):
    def one(self, text):
        return {"rotten": 1.5, "fresh": 0.0}


class NotANumber(Rotten):
    def one(self, text):
        return {"rotten": math.nan, "fresh": 0.0}


class LosesAType(Rotten):
    def one(self, text):
        return {"rotten": 0.5}


class LosesARow(Rotten):
    def score(self, texts):
        return super().score(texts)[1:]


class Backwards(Rotten):
    def score(self, texts):
        return super().score(sorted(texts, key=len))


class ByBatch(Rotten):
    def score(self, texts):
        rows = super().score(texts)
        return [{"rotten": row["rotten"] / len(rows), "fresh": row["fresh"]} for row in rows]


class Drifts(Rotten):
    def __init__(self):
        self.calls = 0

    def one(self, text):
        self.calls += 1
        return {"rotten": self.calls % 7 / 7, "fresh": 0.0}


class NeedsTexts(Rotten):
    def score(self, texts):
        assert texts[0] is not None
        return super().score(texts)


class Encodes(Rotten):
    def one(self, text):
        text.encode()
        return super().one(text)


class Refuses(Rotten):
    def one(self, text):
        if len(text) > 10_000:
            raise ValueError("too long")
        return super().one(text)


class Constant(Rotten):
    def one(self, text):
        return {"rotten": 0.5, "fresh": 0.5}


class Caches(Rotten):
    def __init__(self):
        self.cache = {}

    def one(self, text):
        self.cache.setdefault(text, None)
        return super().one(text)


class SharedBetweenThreads(Rotten):
    def __init__(self):
        self.text, self.lock = "", threading.Lock()

    def one(self, text):
        self.text = text
        time.sleep(0.001)
        seen, self.text = self.text, ""
        return super().one(seen)


class Slow(Rotten):
    def one(self, text):
        sum(at * at for at in range(400_000))
        return super().one(text)


class Quadratic(Rotten):
    def one(self, text):
        for at in range(len(text) // 100):
            [character for character in text[: 100 * at : 100] if character.isdigit()]
        return super().one(text)


class OddUnit(Rotten):
    unit = "paragraph"


BREACHES = [
    (OutOfRange, "scores each type of each text in [0, 1]"),
    (NotANumber, "scores each type of each text in [0, 1]"),
    (LosesAType, "scores each type of each text in [0, 1]"),
    (LosesARow, "scores each type of each text in [0, 1]"),
    (Backwards, "keeps the order of texts"),
    (ByBatch, "scores one by one as in a batch"),
    (Drifts, "scores the same text the same again"),
    (NeedsTexts, "takes no texts"),
    (Encodes, "takes any characters"),
    (Refuses, "takes long texts"),
    (Constant, "tells texts apart"),
    (Caches, "keeps no text when a text is scored"),
    (SharedBetweenThreads, "scores the same from several threads"),
    (Slow, "is as cheap as inline promises"),
    (Quadratic, "work is linear in the text"),
    (OddUnit, "has a unit and says whether it is inline"),
]


def test_a_good_classifier_passes_every_check():
    assert {check.outcome for check in check_detector(Rotten(), SAMPLES).checks} == {"passed"}


@pytest.mark.parametrize(("breach", "check"), BREACHES, ids=[b.__name__ for b, _ in BREACHES])
def test_a_breach_is_found_by_the_check_that_names_it(breach, check):
    report = examine_detector(breach(), SAMPLES)
    assert check in {failure.name for failure in report.failures}


def test_what_only_inline_classifiers_owe_is_not_measured_for_others():
    class Batched(Rotten):
        inline = False

    report = check_detector(Batched(), SAMPLES)
    assert {c.name for c in report.checks if c.outcome == "not measured"} == {
        "is as cheap as inline promises",
        "scores the same from several threads",
    }


def test_small_differences_between_batches_are_allowed_where_they_are_expected():
    class Rounds(Rotten):
        def score(self, texts):
            return [
                {"rotten": row["rotten"] * (1 - len(texts) / 1000), "fresh": 0.5}
                for row in super().score(texts)
            ]

    assert not examine_detector(Rounds(), SAMPLES).passed
    check_detector(Rounds(), SAMPLES, tolerance=0.05)


def test_settings_belong_to_a_plugin():
    with pytest.raises(UsageError, match="settings are for a DetectorPlugin"):
        check_detector(Rotten(), SAMPLES, {})


class WantsARequest(Rotten):
    def one(self, text):
        return NOT_MEASURED


class SkipsShortTexts(Rotten):
    def one(self, text):
        return super().one(text) if len(text) > 16 else NOT_MEASURED


def test_a_text_that_is_not_measured_breaks_nothing():
    assert check_detector(SkipsShortTexts(), samples=SAMPLES).passed


def test_scores_that_no_text_got_are_not_taken_for_the_same_ones():
    checks = examine_detector(WantsARequest(), samples=SAMPLES).checks
    assert "failed" not in {check.outcome for check in checks}
    assert any("request" in check.detail for check in checks)


class EmptyRows(Rotten):
    def one(self, text):
        return {}


def test_an_empty_row_is_no_way_to_say_that_nothing_was_measured():
    assert not examine_detector(EmptyRows(), samples=SAMPLES).passed
