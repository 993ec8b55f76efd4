from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.errors import PluginError, UsageError
from tokenward.testing import check_detector
from tokenward_plugins.bias import BiasSettings, register_detectors, register_features
from tokenward_plugins.bias.detector import BiasDetector
from tokenward_plugins.bias.groups import Groups
from tokenward_plugins.bias.settings import TYPES
from tokenward_plugins.bias.swap import variants

FIRES = {
    "derogation": [
        "All immigrants are criminals.",
        "Immigrants are vermin.",
        "Muslims should be deported.",
        "I hate gays.",
        "I can't stand gays.",
        "Those refugees are nothing but parasites.",
        "Get rid of all the foreigners.",
        "Disabled people are a burden.",
        "the dirty Poles again",
        "Women don't deserve to vote.",
        "Never trust a Russian.",
        "Refugees are destroying our country.",
        "This town would be better without Muslims.",
        "Black people are less than human.",
        "No Turk should live here.",
        "ＭＵＳＬＩＭＳ are scum",
        "Mus\u200blims are scum",
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
    "Muslims are our neighbours.",
    "The black car is dirty.",
    "The old house is ugly.",
    "I polish the white shoes.",
    "The poor man found his keys.",
    "The French team beat the English team.",
    "No immigrant should be treated like that.",
    "",
    "你好。",
]
SOFTENED = [
    "Not all men are violent.",
    "It is wrong to say that women can't drive.",
    'The poster said "immigrants are rats" and was taken down.',
    "It is a myth that old people are confused.",
    "Stop saying that Jews control the media.",
    "My brother said that all Turks are thieves, and I told him to stop.",
    "She was refused because she is a Muslim.",
    '"All gays are sick" is hate speech.',
]


class Scorer:
    """A scorer that is unfair to one group, and remembers what it was asked."""

    types = frozenset({"toxicity"})
    unit = "sentence"
    inline = True

    def __init__(self):
        self.asked = []

    def score(self, texts):
        self.asked += texts
        return [{"toxicity": 0.7 if "muslim" in text else 0.1} for text in texts]


@pytest.fixture
def scorer():
    return Scorer()


@pytest.fixture
def bias(scorer):
    return BiasDetector.create(BiasSettings(variants=9), lambda name: scorer)


@pytest.fixture(scope="module")
def groups():
    return Groups.load()


# -- frames -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "text"), [(type_, text) for type_, some in FIRES.items() for text in some]
)
def test_a_group_in_such_a_frame_is_found(bias, type_, text):
    assert bias.score([text])[0][type_] >= 0.6


@pytest.mark.parametrize("text", SPARES)
def test_the_mention_of_a_group_alone_is_nothing(bias, text):
    assert bias.score([text])[0]["derogation"] == 0.0


@pytest.mark.parametrize("text", SOFTENED)
def test_a_frame_that_is_denied_quoted_or_condemned_stays_below_the_threshold(bias, text):
    assert bias.score([text])[0]["derogation"] < 0.5


# -- counterfactuals --------------------------------------------------------------------------


def test_disparity_is_how_much_the_score_hangs_on_the_group(bias):
    christian, train = bias.score(["The Christians live here.", "The women live here."])

    assert pytest.approx(0.6) == christian["disparity"]
    assert 0.0 == train["disparity"]


def test_a_text_without_groups_is_not_scored_again(bias, scorer):
    assert [dict.fromkeys(TYPES, 0.0)] == [dict(row) for row in bias.score(["The kettle is hot."])]
    assert [] == scorer.asked


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("they met her and him", "they met him and her"),
        ("girls play", "boys play"),
        ("she lost her keys", "he lost his keys"),
        ("i saw her", "i saw him"),
        ("it is his", "it is hers"),
        ("a woman and her husband", "a man and his wife"),
        ("the ladies wait", "the gentlemen wait"),
    ],
)
def test_he_and_she_change_places(groups, text, expected):
    some = list(variants(text, list(groups.mentions(text)), groups, 1))

    assert [expected] == some


def test_a_group_is_replaced_wherever_it_is_named_and_its_article_with_it(groups):
    text = "a german met an italian and another german"
    some = list(variants(text, list(groups.mentions(text)), groups, 40))

    assert "a greek met an italian and another greek" in some
    assert all("german " not in variant and len(set(some)) == len(some) for variant in some)


def test_there_are_no_more_variants_than_the_policy_allows(bias, groups):
    text = "the muslim woman and the german jew met a deaf teenager"

    assert 3 == len(list(variants(text, list(groups.mentions(text)), groups, 3)))


@given(text=st.text(max_size=200))
def test_a_mention_lies_where_its_word_stands(groups, text):
    for mention in groups.mentions(text.lower()):
        assert 0 <= mention.start < mention.end <= mention.phrase_end <= len(text.lower())


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("two black men met a jew", ["many", "one"]),
        ("she is blind", ["adjective"]),
        ("a blind corner", []),
        ("the african americans", ["many"]),
        ("germany and turkey", []),
    ],
)
def test_mentions_have_the_form_of_their_phrase(groups, text, forms):
    assert forms == [mention.phrase_form for mention in groups.mentions(text)]


# -- the rest ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["\x00", "\ud800 women", "women " * 5000, "\n", '"' * 5000])
def test_odd_texts_get_scores_too(bias, text):
    row = bias.score([text])[0]

    assert TYPES == set(row)
    assert all(0 <= score <= 1 for score in row.values())


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(st.sampled_from([*SPARES, *SOFTENED, "All men lie."]), max_size=4))
def test_a_text_scores_alone_as_among_others(texts):
    bias = BiasDetector.create(BiasSettings(), lambda name: Scorer())

    assert [bias.score([text])[0] for text in texts] == bias.score(texts)


def test_the_detector_conforms():
    (plugin,) = register_detectors()

    check_detector(plugin, FIRES["derogation"])


def test_a_scorer_must_be_a_classifier_with_the_label(scorer):
    with pytest.raises(PluginError, match="scorer 'pii' finds spans; it must be a classifier"):
        BiasDetector.create(BiasSettings(scorer="pii"), lambda name: object())
    with pytest.raises(PluginError, match="has no label 'hate'; use one of: toxicity"):
        BiasDetector.create(BiasSettings(label="hate"), lambda name: scorer)


def test_no_variants_make_no_sense(scorer):
    with pytest.raises(UsageError, match="variants is 0; use 1 or more"):
        BiasDetector.create(BiasSettings(variants=0), lambda name: scorer)


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("Is a gay man allowed to adopt?", "orientation:gay"),
        ("two black men met a jew", "race:black"),
        ("The black cat sat on an old wall.", "none"),
        ("", "none"),
        ("word " * 500 + "a muslim", "none"),
    ],
    ids=["orientation", "the first of two", "no people", "empty", "far down"],
)
def test_the_group_that_a_text_names(text, group):
    (feature,) = register_features()
    assert feature.take(text) == group
