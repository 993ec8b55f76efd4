"""Which words carry a score: planted ones come first, whatever the classifier and the length."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.engine.explain import explain
from tokenward.engine.words import BEST, BUDGET, LONGEST, WORD, with_words, word_shares
from tokenward.guard import Guard
from tokenward.stream.plan import CompiledRule, StagePlan, UnitPart
from tokenward.types import Detection, PolicyRef
from tokenward_plugins.toxicity.embedded import EmbeddedToxicity

CALM = "the parcel will come on monday and the driver rings the bell before he leaves it there "


class Counting:
    """Scores texts by the weights of their words, and counts what it is asked."""

    types, unit, inline = frozenset({"rude"}), "sentence", True

    def __init__(self, **weights):
        self.weights, self.calls, self.texts = weights, 0, 0

    def score(self, texts):
        self.calls += 1
        self.texts += len(texts)
        return [{"rude": self.of(text)} for text in texts]

    def of(self, text):
        total = sum(self.weights.get(found.group(), 0.0) for found in WORD.finditer(text))
        return min(1.0, max(0.0, total))


@pytest.fixture(scope="module")
def toxicity():
    return EmbeddedToxicity.load()


@pytest.mark.parametrize("insult", ["idiot", "moron", "asshole"])
@pytest.mark.parametrize(
    "sentence",
    [
        "You are such an {} that nobody wants to work with you.",
        "{}! I told you that the parcel comes on Monday.",
        CALM + "so stop writing to me you {} " + CALM,
        CALM * 4 + "and you are an {}",
    ],
)
def test_a_planted_insult_is_the_top_word_of_the_real_classifier(toxicity, insult, sentence):
    text = sentence.format(insult)
    best = word_shares(toxicity, text, "insult")[0]
    assert text[best.start : best.end] == insult
    assert best.share > 0.5


def test_shares_are_sorted_and_few(toxicity):
    text = "You stupid, ugly, worthless, pathetic idiot, you disgusting moron and liar."
    shares = word_shares(toxicity, text, "toxicity")
    assert 2 < len(shares) <= BEST
    assert sorted((one.share for one in shares), reverse=True) == [one.share for one in shares]


def test_words_that_speak_for_calm_carry_nothing():
    detector = Counting(fool=0.8, please=-0.3)
    shares = word_shares(detector, "please go, fool", "rude")
    assert [(one.start, one.end) for one in shares] == [(11, 15)]


@pytest.mark.parametrize("count", [1, BUDGET, BUDGET + 1, 200, 1000, 3000])
def test_work_is_bounded_and_a_word_is_found_wherever_it_is(count):
    for place in {0, count // 2, count - 1}:
        words = ["calm"] * count
        words[place] = "fool"
        text, detector = " ".join(words), Counting(fool=0.7)
        (best,) = word_shares(detector, text, "rude")
        assert text[best.start : best.end] == "fool"
        assert best.start == place * 5
        assert detector.texts <= 1 + 4 * BUDGET


def test_several_words_of_a_long_text_are_found():
    words = ["calm"] * 90
    words[5], words[40], words[77] = "fool", "liar", "rat"
    detector = Counting(fool=0.3, liar=0.2, rat=0.1)
    text = " ".join(words)
    shares = word_shares(detector, text, "rude")
    assert [text[one.start : one.end] for one in shares] == ["fool", "liar", "rat"]


@pytest.mark.parametrize("text", ["", " ", "!?", "x" * (LONGEST + 1), "a " * LONGEST])
def test_without_words_or_beyond_all_length_there_are_none(text):
    detector = Counting(a=0.1)
    assert word_shares(detector, text, "rude") == ()
    assert detector.calls == 0


def test_a_classifier_that_fails_has_none(answering):
    assert word_shares(answering(lambda _: 1 / 0, inline=True), "so rude", "rude") == ()
    assert word_shares(answering(lambda _: [{}], inline=True), "so rude", "rude") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Don't f*ck, well-known (b1tch)!", ["Don't", "f*ck", "well-known", "b1tch"]),
        ("你好ab，吗", ["你", "好", "ab", "吗"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("한국어 Straße", ["한국어", "Straße"]),
    ],
)
def test_what_a_word_is(text, words):
    assert WORD.findall(text) == words


@given(st.text("aé中 .!-'", max_size=30))
def test_words_never_overlap_and_hold_no_space(text):
    spans = [found.span() for found in WORD.finditer(text)]
    assert all(start < end for start, end in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert not any(" " in text[slice(*span)] for span in spans)


# -- in detections ----------------------------------------------------------------------------

CIVIL = {
    "name": "civil",
    "rules": [
        {"id": "civil", "stage": "output", "detect": {"toxicity": ["insult"]}, "action": "block"}
    ],
}
TEXT = "Thank you for the call. You are an idiot. Bye."


def words_of(detection, text):
    return [text[slice(*span)] for span, _ in detection.evidence["words"]]


def test_a_detection_of_a_sentence_knows_its_words_in_offsets_of_the_text():
    with Guard.load(CIVIL) as guard:
        found = guard.check(TEXT).detections
        (told,) = with_words(guard.engine.plan("output"), TEXT, found)
        assert told == found[0]
        assert words_of(told, TEXT)[0] == "idiot"
        # a part of the text is enough, where it is said where that begins
        base = TEXT.index("You are")
        (part,) = with_words(guard.engine.plan("output"), TEXT[base:], found, base)
        assert part.evidence == told.evidence
        # and so is the sentence alone, where it is no unit by itself any more
        (alone,) = with_words(guard.engine.plan("output"), "x" * base + TEXT[base:], found)
        assert words_of(alone, TEXT)[0] == "idiot"


def test_what_is_no_classifiers_has_no_words(make_guard):
    plan = make_guard({"detect": {"words": ["BAD"]}, "action": "flag"}).engine.plan("output")
    found = (Detection("words", "BAD", 0, 3, 1.0, {"why": "list"}),)
    assert with_words(plan, "bad", found)[0].evidence == {"why": "list"}


def test_of_a_window_the_words_of_its_sentence_are_told():
    rule = CompiledRule("r", "flag", 0.5)
    detector = Counting(fool=0.4, liar=0.3)
    detector.unit = "window"
    part = UnitPart("rude", detector, {"rude": (rule,)}, enforcing=False)
    plan = StagePlan("output", PolicyRef("p", "1"), (rule,), (), (part,))
    text = "You are a liar. And you are a fool. Bye."
    start = text.index("And")
    found = Detection("rude", "rude", start, start + 19, 0.7)

    (told,) = with_words(plan, text, (found,))
    ((span, share),) = told.evidence["words"]
    assert text[slice(*span)] == "fool"
    # the liar of the sentence before it counts, so that 0.7 falls to 0.3, and not to 0
    assert share == pytest.approx(2 * math.log(0.7 / 0.3), abs=1e-3)


def test_the_words_are_part_of_the_explanation_and_say_themselves_only_where_asked():
    with Guard.load(CIVIL) as guard:
        explanation = explain(guard.engine, TEXT, "output")
    span, share = explanation.as_dict()["rules"][0]["found"][0]["evidence"]["words"][0]
    assert TEXT[slice(*span)] == "idiot"
    assert share > 1
    assert "idiot" not in str(explanation.as_dict())
    shown = explanation.as_dict(TEXT)["rules"][0]["found"][0]["evidence"]["words"][0]
    assert shown == [span, share, "idiot"]


def test_a_sentence_that_nearly_fires_has_words_too():
    rule = {**CIVIL["rules"][0], "when": "score > 0.999999"}
    with Guard.load({**CIVIL, "rules": [rule]}) as guard:
        story = explain(guard.engine, TEXT, "output").as_dict(TEXT)["rules"][0]
    assert story["state"] == "near"
    assert story["near"][0]["evidence"]["words"][0][2] == "idiot"
