"""What the detector says of answers beside the question of their request."""

from __future__ import annotations

import shutil

import pytest

from tokenward import Guard, RequestContext
from tokenward.errors import UsageError
from tokenward.testing import check_detector
from tokenward.types import NOT_MEASURED
from tokenward_plugins.groundedness import register_detectors, relations
from tokenward_plugins.groundedness.asked import NAMES, Question, is_met, kind_of
from tokenward_plugins.groundedness.relations import Relations
from tokenward_plugins.groundedness.relevance import Asked, Relevance, Weights

QUESTION = "When did the lighthouse of Ostend open to visitors?"
TO_IT = "The lighthouse of Ostend opened to visitors on 5 March 1912."
OFF_IT = "Fry the onions in butter, add tomatoes and stock, and season the soup with basil."
SCORE = "relevance.off_question"


class NoRefusals:
    types = frozenset({"refusal"})
    unit = "text"
    inline = True

    def score(self, texts):
        return [{"refusal": 0.0} for _ in texts]


@pytest.fixture(scope="module")
def guard():
    rule = {
        "id": "off",
        "stage": "output",
        "detect": {"relevance": ["off_question"]},
        "when": "score >= 0.7",
        "action": "flag",
        "deadline_ms": 60_000,
    }
    with Guard.load({"name": "g", "rules": [rule]}) as loaded:
        yield loaded


def score(guard, answer, question=QUESTION):
    return guard.check(answer, context=RequestContext(question=question)).scores[SCORE]


def test_an_answer_to_the_question_passes_and_one_about_something_else_is_flagged(guard):
    context = RequestContext(question=QUESTION)

    assert guard.check(TO_IT, context=context).rules == ()
    assert [rule.id for rule in guard.check(OFF_IT, context=context).rules] == ["off"]


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        (
            "Why is my bread so dense?",
            "Bread gets dense because the yeast is old, or the dough was not kneaded.",
            "The market opens at nine on Saturdays, next to the town hall.",
        ),
        (
            "How do I descale a kettle?",
            "Fill it with water and vinegar, boil it, wait and rinse it twice.",
            "Richard Wagner wrote thirteen operas, the last one in 1882.",
        ),
        (
            "Who painted the ceiling of the chapel?",
            "Michelangelo painted the ceiling between 1508 and 1512.",
            "Tyres should be changed when the tread is thinner than three millimetres.",
        ),
    ],
)
def test_right_answers_score_lower_than_answers_to_other_questions(guard, question, right, wrong):
    assert score(guard, right, question) < 0.5 < score(guard, wrong, question)


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that request.",
        "Hello! How can I help you today?",
        "Could you tell me which of the two towers you mean?",
    ],
)
def test_what_refuses_greets_or_asks_back_is_not_off_the_question(guard, answer):
    assert score(guard, answer) == 0.0


@pytest.mark.parametrize(
    "context",
    [
        None,
        RequestContext(documents=("The tower opened in 1912.",)),
        RequestContext(question=" \n"),
        RequestContext(question="And who built it?"),
        RequestContext(question="Summarize the following text: it rained in Ulm."),
        RequestContext(question="Hello there!"),
        RequestContext(question="..."),
        RequestContext(question="Which? " * 1000),
        RequestContext(question="Wann wurde der Leuchtturm für die Besucher der Stadt geöffnet?"),
    ],
)
def test_without_a_question_that_stands_alone_nothing_is_measured(guard, context):
    decision = guard.check(OFF_IT, context=context)

    assert decision.unmeasured == ("relevance",)
    assert decision.rules == ()
    assert decision.degraded == ()
    assert SCORE not in decision.scores


@pytest.mark.parametrize(
    "answer",
    [
        "Yes.",
        "In 1912, I think.",
        "\U0001f600 !!! ...",
        "| 1912 | 3 | 4.5 | 17 | 22 |\n| 1913 | 5 | 6.1 | 19 | 20 | year |",
        "```python\nopen('tower of visitors').read()\n```",
        "Der Leuchtturm wurde am 5. März 1912 für die Besucher der Stadt geöffnet.",
        "灯台は一九一二年三月五日に一般公開されました。それ以来、多くの人が訪れています。",
    ],
)
def test_of_short_answers_code_and_other_languages_nothing_is_measured(guard, answer):
    decision = guard.check(answer, context=RequestContext(question=QUESTION))

    assert decision.unmeasured == ("relevance",)
    assert decision.rules == ()


@pytest.mark.parametrize("answer", [TO_IT, f"{OFF_IT} \U0001f600 {OFF_IT}"])
def test_any_cut_of_an_answer_gives_the_same_score(guard, answer):
    context = RequestContext(question=QUESTION)
    whole = guard.check(answer, context=context)
    for size in (1, 3, 16):
        stream = guard.stream(context=context)
        for at in range(0, len(answer), size):
            stream.feed(answer[at : at + size])
        stream.finish()
        assert stream.decision.scores == whole.scores
        assert [rule.id for rule in stream.decision.rules] == [rule.id for rule in whole.rules]


def test_of_a_megabyte_the_beginning_decides():
    told = Relevance(lambda _: True, NoRefusals()).for_request(RequestContext(question=QUESTION))
    filler = f" {OFF_IT}" * (1_000_000 // len(OFF_IT) + 1)
    short, long, other = told.score([TO_IT + filler[:1000], TO_IT + filler, filler])

    assert len(filler) > 1_000_000
    assert short == long
    assert long["off_question"] < other["off_question"]


def test_the_contract_is_kept_with_a_question_and_without():
    samples = [TO_IT, OFF_IT, "Yes.", "It is closed on Mondays and at Christmas."]
    (plugin,) = [one for one in register_detectors() if one.name == "relevance"]
    asked = Asked(QUESTION, lambda text: text.isascii(), NoRefusals())

    assert check_detector(plugin, samples=samples).passed
    assert check_detector(asked, samples=samples).passed


def test_a_text_that_is_no_english_is_not_scored_and_others_of_its_batch_are():
    asked = Asked(QUESTION, lambda text: text != OFF_IT, NoRefusals())
    first, second = asked.score([OFF_IT, TO_IT])

    assert first is NOT_MEASURED
    assert 0.0 < second["off_question"] < 0.1


@pytest.mark.parametrize(
    ("question", "kind", "has", "lacks"),
    [
        ("How many halls are there?", "count", "There are twelve.", "They are nice."),
        ("When was it built?", "time", "On 3 May 1999.", "Of red brick."),
        ("Who built it?", "person", "It was Karel Maes.", "it is large."),
        ("Where does he live?", "place", "He lives in a hut.", "He is kind."),
        ("Why did it fall?", "cause", "Because of rot.", "It fell."),
        ("How do I open it?", "steps", "Turn the key.", "It is blue."),
        ("Is it open?", "yes", "Yes, daily.", "Dogs bark."),
    ],
)
def test_a_question_wants_its_kind_of_answer(question, kind, has, lacks):
    assert kind_of(question) == kind
    assert is_met(kind, has, Relations.load())
    assert not is_met(kind, lacks, Relations.load())


def test_a_row_has_each_feature_and_is_finite_for_texts_without_known_words():
    for question, answer in ((QUESTION, TO_IT), ("Xqzt vrrg?", "Blorb zzt 12 plok."), ("?", "!")):
        row = Question(question, Relations.load()).row(answer)
        assert len(row) == len(NAMES)
        assert all(abs(value) < 20 for value in row)


def test_weights_that_were_not_shipped_are_refused(tmp_path, monkeypatch):
    shutil.copytree(relations.MODEL, tmp_path / "model")
    (tmp_path / "model" / "relevance" / "weights.json").write_text('{"bias": 0}')
    monkeypatch.setattr(relations, "MODEL", tmp_path / "model")
    Weights.load.cache_clear()

    with pytest.raises(UsageError, match=r"weights\.json"):
        Weights.load()
    Weights.load.cache_clear()
