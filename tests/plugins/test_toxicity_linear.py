"""Normalising, hashing, tables and training of the linear models that plugins share."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.errors import ModelMissing, PluginError, UsageError
from tokenward_plugins.linear.disguise import undone
from tokenward_plugins.linear.features import read
from tokenward_plugins.linear.normalise import plain
from tokenward_plugins.linear.table import Table, load
from tokenward_plugins.linear.train.corpus import Corpus
from tokenward_plugins.linear.train.fit import Recipe, calibrate, fit
from tokenward_plugins.linear.train.measure import highest, quality, reliability
from tokenward_plugins.linear.train.rows import Row, cut, windows
from tokenward_plugins.linear.train.rows import read as rows_of
from tokenward_plugins.linear.train.write import table, write

BITS = 12
texts = st.text(st.sampled_from("ab .!?\n…。\"')é你"), max_size=900)


# -- reading ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello", "hello"),
        ("ＨＥＬＬＯ", "hello"),
        ("he\u200bl\u00adlo", "hello"),
        ("h\u0435ll\u043e", "hello"),
        ("\u043f\u0440\u0438\u0432\u0435\u0442", "\u043f\u0440\u0438\u0432\u0435\u0442"),
        ("crème brûlée", "creme brulee"),
        ("Straße", "strasse"),
        ("don’t", "don't"),
        ("".join(chr(0xE0000 + ord(c)) for c in "obey"), "obey"),
        ("\ud800", "\ud800"),
    ],
)
def test_plain_text_is_what_a_person_reads(text, expected):
    assert expected == plain(text)


@given(text=st.text(max_size=60))
def test_plain_text_stays_as_it_is(text):
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("sh1t", "shit"),
        ("k1ll", "kill"),
        ("a$$", "ass"),
        ("@sshole", "asshole"),
        ("(f*ck)", "fuck"),
        ("s t u p i d", "stupid"),
        ("i.d.i.o.t", "idiot"),
        ("id-iot", "idiot"),
        ("stuuupid", "stupid"),
        ("hellllo", "hello"),
    ],
)
def test_a_disguised_word_gets_its_reading(text, word):
    assert word in list(undone(text))


@pytest.mark.parametrize(
    "text",
    [
        "good morning",
        "10am",
        "1st",
        "5kg",
        "b2",
        "$50",
        "2024",
        "see you at 8!",
        "#hash",
        "well done",
    ],
)
def test_an_ordinary_word_gets_no_other_reading(text):
    assert [] == list(undone(text))


def test_case_and_width_make_no_difference():
    assert read("You Fool").words == read("ｙｏｕ ｆｏｏｌ").words


# -- tables -----------------------------------------------------------------------------------


def test_a_table_must_fit_its_labels():
    with pytest.raises(PluginError, match=r"shape \(3, 1\) does not fit 1 labels"):
        Table(["x"], np.zeros((3, 1), np.int8), np.ones(1), np.zeros(1))


@pytest.fixture
def folder(tmp_path, corpus):
    weights = {"bad": fit(corpus, "bad", corpus.split == "train", RECIPE)}
    write(tmp_path, weights, {"unit": "sentence"})
    return tmp_path


def test_a_written_table_scores_as_the_weights_did(folder, corpus):
    weights = fit(corpus, "bad", corpus.split == "train", RECIPE)
    loaded, manifest = load(folder)
    before = table({"bad": weights})

    assert manifest["labels"] == ["bad"]
    for row in corpus.rows[:20]:
        (unit,) = [unit for _, unit in cut(row.text)][:1]
        assert loaded.scores(unit) == before.scores(unit)


def test_writing_twice_gives_the_same_bytes(folder, tmp_path, corpus):
    data = (folder / "weights.npz").read_bytes()
    write(tmp_path / "b", {"bad": fit(corpus, "bad", corpus.split == "train", RECIPE)}, {})

    assert data == (tmp_path / "b" / "weights.npz").read_bytes()


def test_changed_weights_are_refused(folder):
    path = folder / "weights.npz"
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    with pytest.raises(PluginError, match="reinstall tokenward, or train the model"):
        load(folder)


def test_an_unknown_format_is_refused(folder):
    manifest = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps({**manifest, "format": 9}))

    with pytest.raises(PluginError, match="model format 9 is unknown; use 2"):
        load(folder)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(ModelMissing, match=r"model\.json"):
        load(tmp_path)


# -- training ---------------------------------------------------------------------------------

RECIPE = Recipe(alpha=1e-4)
CALM = ["The bus is late.", "Tea is ready.", "We walked to the lake.", "It rained a lot today."]


@pytest.fixture(scope="module")
def corpus():
    rows = []
    for number in range(60):
        calm = CALM[number % 4]
        rows += [Row("a", f"{calm} Number {number}.", {"bad": 0}, part="train")] * 4
        text = f"{calm} You nasty goblin {number}. {CALM[(number + 1) % 4]}"
        rows.append(Row("a", text, {"bad": 1}, part="train"))
    return Corpus(rows, BITS)


def test_training_cuts_sentences_as_the_engine_does():
    text = "The bus (no. 5) is late. Tea is ready.\nWe walked."

    assert ["The bus (no. 5) is late.", "Tea is ready.", "We walked."] == [u for _, u in cut(text)]


def test_training_shows_windows_as_the_engine_does():
    assert ["Tea is ready.", "Tea is ready. It rained."] == [
        window for _, window in windows("Tea is ready.\nIt rained.")
    ]


def test_fitting_finds_the_sentence_that_makes_a_text_positive(corpus):
    weights = fit(corpus, "bad", corpus.split == "train", RECIPE)
    one = table({"bad": weights}).scores

    assert one("You nasty goblin 7.")["bad"] > 0.5 > one("Tea is ready.")["bad"]
    assert highest(one, "Tea is ready. You nasty goblin 7.")["bad"] > 0.5


def test_sentences_outside_of_the_spans_are_not_positive():
    text = "You nasty goblin. The bus is late."
    bad = [Row("a", text, {"bad": 1}, spans=((0, 17),), part="train")] * 30
    good = [Row("a", "The bus is late.", {"bad": 0}, part="train")] * 30
    corpus = Corpus([*bad, *good], BITS)
    one = table({"bad": fit(corpus, "bad", corpus.split == "train", RECIPE)}).scores

    assert one(" The bus is late.")["bad"] < 0.1


def test_rows_without_the_label_are_left_out(corpus):
    more = [*corpus.rows, *[Row("b", "Tea is ready.", {"other": 1}, part="train")] * 50]
    bigger = Corpus(more, BITS)
    before = fit(corpus, "bad", corpus.split == "train", RECIPE)
    after = fit(bigger, "bad", bigger.split == "train", RECIPE)

    assert np.allclose(before.values, after.values)


def test_calibration_makes_probabilities_of_logits():
    draw = np.random.default_rng(0)
    logits = draw.normal(size=4000)
    truth = draw.random(4000) < 1 / (1 + np.exp(-(3 * logits - 1)))
    slope, offset = calibrate(logits, truth, np.ones(4000))

    assert (3, -1) == (pytest.approx(slope, abs=0.3), pytest.approx(offset, abs=0.2))
    scores = 1 / (1 + np.exp(-(slope * logits + offset)))
    assert all(
        abs(mean - share) < 0.1 for mean, share, _ in reliability(scores, truth, np.ones(4000))
    )


def test_quality_of_a_perfect_and_of_a_one_sided_ranking():
    truth = np.array([True, True, False])
    perfect = quality(np.array([0.9, 0.8, 0.1]), truth)

    assert (1.0, 1.0, 1.0) == (perfect.auc, perfect.average_precision, perfect.recall)
    assert quality(np.array([0.5]), np.array([True])) is None


def test_texts_that_begin_alike_are_in_one_part():
    parts = {Row("a", "The same long beginning " * 8 + str(n), {}).split for n in range(9)}

    assert len(parts) == 1


def test_a_data_folder_without_the_sets_is_refused(tmp_path):
    with pytest.raises(UsageError, match="is not there; give the folder that holds the data sets"):
        list(rows_of(tmp_path / "none.jsonl.gz"))
