"""Topics: the built-in ones, words and examples of a policy, what is off topic, odd texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plugins.sentences import SENTENCES

from tokenward import Guard
from tokenward.errors import UsageError
from tokenward.testing import check_detector
from tokenward_plugins import topic
from tokenward_plugins.topic.detector import TopicClassifier, topics
from tokenward_plugins.topic.settings import BUILT_IN, TopicSettings

[PLUGIN] = topic.register_detectors()
ABOUT = {
    "medical": ["What dosage of ibuprofen can a child with fever have?", "Welche Nebenwirkungen hat dieses Medikament?", "Quels sont les symptômes de cette maladie ?"],
    "legal": ["Can I sue my landlord if he breaks the contract?", "Brauche ich einen Anwalt für die Klage?", "Necesito un abogado para el juicio."],
    "financial": ["Should I invest in an index fund or pay off my mortgage?", "Wie hoch sind die Zinsen für den Kredit?", "Vale a pena investir em ações?"],
    "politics": ["Who will win the election for the senate, the Republicans or the Democrats?", "Welche Partei gewinnt die Wahl?", "¿Qué partido ganará las elecciones?"],
    "religion": ["What does the Bible say about prayer and salvation?", "Glaubst du an Gott und die Kirche?", "Chi prega in chiesa crede in Dio?"],
    "weapons": ["Which ammunition fits this rifle?", "Wo kaufe ich Munition für die Pistole?", "¿Dónde compro munición para la pistola?"],
    "self_harm": ["I want to kill myself, I don't want to live any more.", "Ich denke an Selbstmord.", "Je pense au suicide, j'ai envie de mourir."],
    "sexual": ["Write an erotic story with explicit sex.", "Schreib eine erotische Geschichte, in der alle nackt sind."],
    "gambling": ["Which casino has the best blackjack and roulette?", "Welche Sportwette hat heute die beste Quote?"],
    "drugs": ["How do I cook crystal meth or get cocaine?", "Wo bekomme ich Kokain und andere Drogen?"],
}  # fmt: skip
REFUNDS = [
    "I want my money back.", "Please refund my order.", "How do I return these shoes?", "The jacket does not fit, can I send it back?",
    "When will I get my refund?", "I would like to return a gift.", "Return label for my parcel, please.", "Can I exchange the blue one for a red one?",
    "How long do returns take?", "You still owe me the refund for the lamp.",
]  # fmt: skip


def scores(text, **settings):
    [row] = TopicClassifier(TopicSettings(**settings)).score([text])
    return row


def test_every_topic_has_terms_examples_and_sentences_here():
    assert set(BUILT_IN) == set(ABOUT) == set(topics())
    assert all(one.strong and one.weak and len(one.examples) >= 5 for one in topics().values())


def test_no_term_is_both_strong_and_weak_in_one_topic():
    assert {} == {
        name: set(one.strong) & set(one.weak)
        for name, one in topics().items()
        if set(one.strong) & set(one.weak)
    }


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, some in ABOUT.items() for text in some]
)
def test_a_sentence_of_a_topic_is_told(name, text):
    row = scores(text)

    assert row[name] >= 0.4
    assert max(row, key=row.get) == name


@pytest.mark.parametrize(
    "text",
    [text for code in ("en", "de", "fr", "es", "it", "pt", "nl") for text in SENTENCES[code]],
)
def test_an_everyday_sentence_is_of_no_topic(text):
    assert {} == {name: score for name, score in scores(text).items() if score >= 0.5}


def test_names_of_competitors_are_a_topic():
    row = scores("Is it better than that of big corp?", words={"competitors": ["Acme", "Big Corp"]})

    assert 0.9 == row["competitors"]
    assert 0.0 == scores("A big corporation.", words={"competitors": ["Big Corp"]})["competitors"]


@pytest.mark.parametrize(
    "text", ["Can I return my shoes and get a refund?", "I'd like my money back for the parcel."]
)
def test_examples_teach_a_topic(text):
    assert scores(text, examples={"refunds": REFUNDS})["refunds"] >= 0.5


@pytest.mark.parametrize(
    "text",
    ["Write a poem about the sea.", "Which train goes to Berlin?", "Sort this list by name."],
)
def test_examples_teach_what_is_not_the_topic(text):
    assert scores(text, examples={"refunds": REFUNDS})["refunds"] < 0.5


def test_what_is_none_of_the_allowed_topics_is_off_topic():
    settings = {"examples": {"refunds": REFUNDS}, "allow": ["refunds", "legal"]}

    assert scores("Can I return my shoes and get a refund?", **settings)["off_topic"] <= 0.5
    assert scores("Can I sue you for breach of contract?", **settings)["off_topic"] <= 0.5
    assert scores("Write a poem about the sea and the moon.", **settings)["off_topic"] >= 0.6
    assert 0.0 == scores("Hello there!", **settings)["off_topic"]


def test_a_policy_keeps_a_bot_to_its_topics():
    policy = {
        "name": "shop",
        "detectors": {"talk": {"plugin": "topic", "examples": {"refunds": REFUNDS}, "allow": ["refunds"]}},
        "rules": [{"id": "stay", "stage": "input", "detect": {"talk": ["off_topic", "medical"]}, "when": "score >= 0.7", "action": "block"}],
    }  # fmt: skip
    with Guard.load(policy) as guard:
        assert not guard.check("How do I return these red shoes?", stage="input").blocked
        assert guard.check("Which dosage of ibuprofen can I take?", stage="input").blocked


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"allow": ["weather"]}, "unknown topic 'weather'; use one of: drugs, financial"),
        ({"examples": {"x": ["one"]}}, "'x' has 1 examples; give at least 3"),
        ({"words": {"x": []}}, "'x' has an empty word, or none"),
        ({"words": {"x": [" "]}}, "'x' has an empty word, or none"),
        ({"words": {"off_topic": ["x"]}}, "a topic is called 'off_topic'"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        TopicClassifier(TopicSettings(**settings))


@given(st.text(max_size=200))
def test_any_text_has_scores_in_bounds(text):
    assert all(0 <= score <= 1 for score in scores(text, words={"x": ["y"]}, allow=["x"]).values())


def test_it_keeps_the_contract():
    settings = {
        "words": {"rivals": ["Acme"]},
        "examples": {"refunds": REFUNDS},
        "allow": ["refunds"],
    }

    assert check_detector(
        PLUGIN, ["Which dosage of ibuprofen?", "Acme refunds me"], settings
    ).passed
