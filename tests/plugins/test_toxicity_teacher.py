"""What the linear model of toxicity is taught by the encoder, and how it learns from that."""

from __future__ import annotations

import numpy as np
import pytest

from tokenward_plugins.linear.train.corpus import Corpus
from tokenward_plugins.linear.train.fit import Recipe, fit
from tokenward_plugins.linear.train.rows import Row
from tokenward_plugins.linear.train.write import table
from tokenward_plugins.toxicity.train import teacher
from tokenward_plugins.toxicity.train.teacher import Teacher

BITS = 12
ASKED, OTHER = "wiki_talk", "composed"


def test_it_is_asked_about_sentences_to_learn_from_and_about_each_once(monkeypatch, tmp_path):
    asked = []

    def logits(texts):
        for text in texts:
            asked.append(text)
            yield np.array([len(text), -len(text)], np.float32)

    monkeypatch.setattr(teacher, "_logits", logits)
    rows = [
        Row(ASKED, "Tea is ready. Come in.", {}, part="train"),
        Row(ASKED, "Come in.", {}, part="train"),
        Row(ASKED, "I am measured.", {}, part="test"),
        Row(ASKED, "I was made of another.", {}, part="train", made=True),
        Row(OTHER, "I say it by myself.", {}, part="train"),
    ]
    corpus = Corpus(rows, BITS)
    path = tmp_path / "teacher.npz"
    taught = Teacher(path).taught(corpus)

    assert ["Tea is ready.", "Come in."] == asked
    assert ["toxicity", "identity_attack"] == list(taught)
    assert [False, False, False, True, True, True] == np.isnan(taught["toxicity"]).tolist()
    assert taught["toxicity"][0] > 0.99
    assert taught["identity_attack"][0] < 0.01
    again = Teacher(path).taught(corpus)
    assert np.array_equal(taught["toxicity"], again["toxicity"], equal_nan=True)
    assert 2 == len(asked)


def test_the_encoder_in_the_package_answers():
    pytest.importorskip("onnxruntime")
    rude, kind = teacher._logits(["You are a stupid idiot.", "The tea is ready."])

    assert (2,) == rude.shape == kind.shape
    assert rude[0] > 0 > kind[0]


@pytest.fixture(scope="module")
def corpus():
    rows = []
    for number in range(40):
        rows += [Row("a", f"We walked to lake {number}.", {"bad": 0}, part="train")] * 2
        rows.append(Row("a", f"Goblins are near {number}. Mud is here.", {"bad": 1}, part="train"))
    return Corpus(rows, BITS)


def scores(corpus, chances, soft):
    taught = np.array([chances.get(text.split()[0], np.nan) for text in corpus.texts])
    recipe = Recipe(alpha=1e-4, soft=soft)
    return table({"bad": fit(corpus, "bad", corpus.split == "train", recipe, taught)}).scores


def test_of_a_positive_text_the_teacher_tells_which_sentence_it_is(corpus):
    mud = scores(corpus, {"Goblins": 0.02, "Mud": 0.98}, 0.5)
    goblins = scores(corpus, {"Goblins": 0.98, "Mud": 0.02}, 0.5)

    assert mud("Mud is here.")["bad"] > 0.8
    assert goblins("Mud is here.")["bad"] < 0.3
    assert goblins("Goblins are near 7.")["bad"] > 0.8


def test_a_soft_target_makes_less_sure(corpus):
    taught = {"Goblins": 0.6, "Mud": 0.1, "We": 0.3}
    hard, soft = (scores(corpus, taught, share)("We walked to lake 7.")["bad"] for share in (0, 1))

    assert hard < 0.1
    assert 0.2 < soft < 0.4


def test_without_a_teacher_labels_are_learned_as_they_are(corpus):
    chosen = corpus.split == "train"
    nothing = np.full(len(corpus.texts), np.nan)
    with_none, without = (
        fit(corpus, "bad", chosen, Recipe(), taught) for taught in (nothing, None)
    )

    assert np.array_equal(with_none.values, without.values)
