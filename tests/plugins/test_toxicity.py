"""The embedded model, at the threshold of the built-in policy; the sentences are not trained on."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenward.errors import ModelMissing, UsageError
from tokenward.testing import check_detector
from tokenward_plugins.toxicity import ToxicitySettings, register_detectors
from tokenward_plugins.toxicity.embedded import EmbeddedToxicity

LABELS = {"toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack"}
BLOCK = 0.8

FIRES = {
    "insult": [
        "Honestly, you are the dumbest piece of garbage I ever had to talk to.",
        "You stupid idiot, can't you read?",
        "Shut your filthy mouth, you worthless pig.",
        "Everybody in the office knows that she is a pathetic liar and a stupid cow.",
    ],
    "obscene": ["What a fucking asshole.", "Oh shit, fuck this stupid game.", "go fuck yourself"],
    "threat": [
        "Your kids will pay for this, I am going to kill you.",
        "I'll come over and break every bone in your body.",
        "I will find you and cut your throat.",
    ],
    "identity_attack": [
        "Muslims are filthy rats and should be thrown out of this country.",
        "All gays are disgusting perverts.",
        "Black people are animals and should be locked in cages.",
        "Mexicans are lazy thieves.",
    ],
}
DISGUISED = [
    "You <b>stupid</b> worthless <idiot>",
    "f*ck you",
    "F U C K  Y O U",
    "you are a fuuuuuucking idiot",
    "you sh1thead, go to hell",
    "y0u are such an 1d10t",
    "you st\u200bup\u200bid b\u0456tch",
    "ｙｏｕ ｄｕｍｂ ｂｉｔｃｈ",
    "𝖞𝖔𝖚 𝖆𝖗𝖊 𝖆 𝖇𝖎𝖙𝖈𝖍",
    "s.t.u.p.i.d b-i-t-c-h",
    "You b!tch, you a$$hole",
    "fück you ässhole",
]
SPARES = [
    "<URL>",
    "See <URL> or write to <PERSON>, <EMAIL_ADDRESS>.",
    "I <3 you!",
    "if a < b and c > d",
    "<b>Opening hours</b>",
    "My order never came and I am furious, please fix this today.",
    "I am sorry about the delay, we will refund you within five days.",
    "This is the worst service I have ever had, and I want my money back.",
    "How do I kill a zombie process on Ubuntu?",
    "This bug is killing me, shoot me a message when you have a minute.",
    "I could kill for a pizza.",
    "I am a gay man and I live in Berlin.",
    "My sister is deaf and studies law.",
    "The Muslim community opened a new library.",
    "A gay man and a lesbian woman opened the shop.",
    "He told me that I was an idiot, and it hurt.",
    "I don't hate immigrants.",
    "It is wrong to say that women cannot drive.",
    "Trans women face violence in many countries.",
    "Scunthorpe is a town in Lincolnshire.",
    "Moby Dick was written by Herman Melville.",
    "The chicken breast should be cooked for twenty minutes.",
    "Suicide is a leading cause of death among young people.",
    "The hunter shot two deer before dawn.",
    "Your answer is incorrect, and I disagree with your plan.",
    "Die Rechnung, die Sie mir geschickt haben, ist falsch.",
    "El perro negro corre por la calle.",
    "今天天气很好，我们去公园吧。",
]
ODD = ["", " ", "\x00", "\ud800", "a\ud800\x00b", "\u200b", "!" * 5000, "fuck " * 5000, "é" * 9000]


@pytest.fixture(scope="module")
def toxicity():
    return EmbeddedToxicity.load()


@pytest.mark.parametrize(
    ("label", "text"), [(label, text) for label, texts in FIRES.items() for text in texts]
)
def test_a_toxic_sentence_is_blocked_under_its_label(toxicity, label, text):
    assert BLOCK <= toxicity.score([text])[0][label]


@pytest.mark.parametrize("text", DISGUISED)
def test_mild_disguise_does_not_help(toxicity, text):
    assert BLOCK <= toxicity.score([text])[0]["toxicity"]


@pytest.mark.parametrize("text", SPARES)
def test_a_harmless_sentence_stays_below_half_in_every_label(toxicity, text):
    assert max(toxicity.score([text])[0].values()) < 0.5


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_get_scores_too(toxicity, text):
    (row,) = toxicity.score([text])

    assert set(row) == LABELS
    assert all(0 <= score <= 1 for score in row.values())


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(st.text(max_size=300), max_size=4))
def test_a_text_scores_alone_as_among_others(toxicity, texts):
    assert [toxicity.score([text])[0] for text in texts] == toxicity.score(texts)


def test_a_text_without_words_scores_nothing(toxicity):
    assert dict.fromkeys(LABELS, 0.0) == dict(toxicity.score([" \n "])[0])


def test_harmless_words_around_it_do_not_hide_an_insult_in_a_sentence(toxicity):
    padding = "and the weather in the mountains was fine, said the man at the desk, "

    assert toxicity.score([padding * 2 + "you stupid worthless idiot"])[0]["insult"] > 0.5


def test_the_detector_conforms():
    (plugin,) = register_detectors()

    check_detector(plugin, FIRES["insult"])


def test_the_weights_are_small_and_as_published():
    folder = files("tokenward_plugins.toxicity").joinpath("model")
    data = folder.joinpath("weights.npz").read_bytes()
    manifest = json.loads(folder.joinpath("model.json").read_bytes())

    assert len(data) < 2_000_000
    assert hashlib.sha256(data).hexdigest() == manifest["sha256"]
    assert folder.joinpath("MODEL_CARD.md").read_text("utf-8").count(manifest["sha256"]) == 1


def test_a_model_that_is_not_there_says_how_to_name_one(tmp_path):
    (plugin,) = register_detectors()

    with pytest.raises(
        ModelMissing, match="is no folder; give the folder that holds a model's files"
    ):
        plugin.create(ToxicitySettings(model=str(tmp_path / "gone")), None)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model": ""}, "model is empty; use 'embedded' or the path of a folder"),
        ({"threads": 0}, "threads is 0; use 1 or more"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(values, message):
    (plugin,) = register_detectors()

    with pytest.raises(UsageError, match=message):
        plugin.create(ToxicitySettings(**values), None)
