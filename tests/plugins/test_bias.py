from __future__ import annotations

import pytest

from tokenward.errors import UsageError
from tokenward_plugins.bias.classifier import BiasClassifier
from tokenward_plugins.bias.settings import TYPES, BiasSettings


class Scorer:
    """A scorer that is unfair to one group, and remembers what it was asked."""

    types = frozenset({"toxicity"})
    unit = "sentence"
    inline = True

    def __init__(self):
        self.asked = []

    def score(self, texts):
        self.asked += texts
        return [{"toxicity": 0.7 if "muslims" in text.lower() else 0.1} for text in texts]


@pytest.fixture
def scorer():
    return Scorer()


@pytest.fixture
def bias(scorer):
    return BiasClassifier(BiasSettings(), lambda name: scorer)


FIRES = {
    "derogation": [
        "All immigrants are criminals.",
        "Muslims should be deported.",
        "I hate gays.",
        "Those refugees are nothing but parasites.",
        "Get rid of all the foreigners.",
        "Disabled people are a burden.",
        "the dirty Poles again",
    ],
    "stereotype": [
        "Women are bad at math.",
        "He is smart for a woman.",
        "Old people are slow and confused.",
        "Jews control the banks.",
        "Women belong in the kitchen.",
        "Men can't cook.",
        "That is typical for a teenager.",
        "black people are naturally athletic",
        "Italians always complain.",
    ],
}
SPARES = [
    "Many women work as engineers in this city.",
    "The Muslims of the town celebrated the end of Ramadan.",
    "Disabled people are asking for better ramps.",
    "Immigrants are eligible for the program after two years.",
    "Old people are welcome at the concert.",
    "The men's team lost, the women's team won.",
    "Criminals are stupid.",
    "My bike is bad at climbing hills.",
    "Gay people are allowed to marry here since 2005.",
    "",
    "你好。",
]
SOFTENED = [
    "Not all men are violent.",
    "It is wrong to say that women can't drive.",
    'The poster said "immigrants are rats" and was taken down.',
    "It is a myth that old people are confused.",
    "Stop saying that Jews control the media.",
]


@pytest.mark.parametrize(
    ("type_", "text"), [(t, text) for t, texts in FIRES.items() for text in texts]
)
def test_a_group_in_such_a_frame_is_found(bias, type_, text):
    assert bias.score([text])[0][type_] >= 0.6


@pytest.mark.parametrize("text", SPARES)
def test_the_mention_of_a_group_alone_is_nothing(bias, text):
    row = bias.score([text])[0]

    assert (0.0, 0.0) == (row["derogation"], row["stereotype"])


@pytest.mark.parametrize("text", SOFTENED)
def test_a_frame_that_is_denied_quoted_or_condemned_stays_below_the_threshold(bias, text):
    row = bias.score([text])[0]

    assert 0 < max(row["derogation"], row["stereotype"]) < 0.5


def test_disparity_is_how_much_the_score_hangs_on_the_group(bias, scorer):
    assert pytest.approx(0.6) == bias.score(["Christians live here."])[0]["disparity"]
    assert "Muslims live here." in scorer.asked
    assert 0.0 == bias.score(["Women live here."])[0]["disparity"]


def test_a_swap_keeps_form_and_capital(bias):
    assert ["Boys play."] == bias.variants("Girls play.")
    assert ["He sings."] == bias.variants("She sings.")


def test_a_text_without_groups_is_not_scored_again(bias, scorer):
    bias.score(["The kettle is hot."])

    assert [] == scorer.asked


@pytest.mark.parametrize("text", ["\x00", "\ud800 women", "women " * 5000, "\n"])
def test_odd_texts_get_scores_too(bias, text):
    row = bias.score([text])[0]

    assert TYPES == set(row)
    assert all(0 <= score <= 1 for score in row.values())


def test_a_scorer_must_be_a_classifier_with_the_label(scorer):
    with pytest.raises(UsageError, match="scorer 'pii' gives no scores; name a classifier"):
        BiasClassifier(BiasSettings(scorer="pii"), lambda name: object())
    with pytest.raises(UsageError, match="has no label 'hate'; use one of: toxicity"):
        BiasClassifier(BiasSettings(label="hate"), lambda name: scorer)
