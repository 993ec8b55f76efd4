"""Names by token classifiers of transformers, from a folder and without the network."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.plugins.names.models import LABELS, LONGEST, save_base, sentences

from tokenward.errors import DetectorError, ModelMissing, PluginError, UsageError
from tokenward.types import Tagger
from tokenward_plugins.names import NamesSettings, register_detectors
from tokenward_plugins.names.tokens import TokenNames

TYPES = {"PERSON": "PERSON", "GPE": "LOCATION", "ORG": "ORGANIZATION"}


def load(model, **settings):
    (plugin,) = register_detectors()
    return plugin.create(NamesSettings(model=str(model), **settings), None)


@pytest.fixture(scope="module")
def tagger(classifier):
    return load(classifier)


def spans(tags):
    return [(tag.start, tag.end, tag.type) for tag in tags]


def test_names_in_pieces_come_out_whole(tagger):
    """Every name of the test is unknown to the vocabulary: it falls into single characters."""
    rows = list(sentences(200, seed=99))
    found = [set(spans(tags)) for tags in tagger.tag([text for text, _ in rows])]
    expected = [{(start, end, TYPES[kind]) for start, end, kind in some} for _, some in rows]
    right = sum(len(one & other) for one, other in zip(found, expected, strict=True))

    assert right > 0.9 * sum(map(len, expected))
    assert right > 0.9 * sum(map(len, found))
    for (text, _), tags in zip(rows, found, strict=True):
        for start, end, _ in tags:
            assert not text[start - 1 : start].isalnum()
            assert not text[end : end + 1].isalnum()


def test_it_is_a_tagger_of_presidios_types(tagger):
    assert isinstance(tagger, Tagger)
    assert {"PERSON", "LOCATION", "ORGANIZATION"} == tagger.types
    assert [] == tagger.tag([])


def test_texts_keep_their_order_and_their_offsets(tagger):
    text = "please ask Greta Larsen about the invoice"
    (plain,) = tagger.tag([text])
    odd = ["", " ", text, "\n\t" + text, "nobody was in the garden yesterday", text]
    rows = tagger.tag(odd)

    assert [(11, 23, "PERSON")] == spans(plain) == spans(rows[2]) == spans(rows[5])
    assert [(13, 25, "PERSON")] == spans(rows[3])
    assert [[], [], []] == [rows[0], rows[1], rows[4]]


def test_code_points_are_counted(tagger):
    text = "please ask Greta Larsen about the invoice"
    for before in ("😀 ", "\ud800 ", "e\u0301 "):
        (tags,) = tagger.tag([before + text])
        assert (11 + len(before), 23 + len(before), "PERSON") in spans(tags)


def test_batches_of_any_size_say_the_same(classifier):
    texts = [text for text, _ in sentences(20, seed=5)]
    one, many = (
        load(classifier, batch_size=1).tag(texts),
        load(classifier, batch_size=20).tag(texts),
    )

    assert [spans(tags) for tags in one] == [spans(tags) for tags in many]
    for some, others in zip(one, many, strict=True):
        assert [tag.score for tag in some] == pytest.approx([tag.score for tag in others], abs=1e-4)


class Table:
    """In place of a network: labels each token for itself, and none at the edges of a window."""

    def __init__(self, tokenizer):
        names = tokenizer("Zoe", add_special_tokens=False)["input_ids"]
        self.first, self.later = names[0], set(names[1:])

    def __call__(self, input_ids, attention_mask, **_):
        logits = torch.zeros(*input_ids.shape, len(LABELS))
        for row, mask, scores in zip(input_ids, attention_mask, logits, strict=True):
            length = int(mask.sum())
            for at, token in enumerate(row.tolist()):
                edge = not 2 <= at < length - 2
                label = "O" if edge else "B-PER" if token == self.first else "I-PER"
                if token not in {self.first, *self.later}:
                    label = "O"
                scores[at, LABELS.index(label)] = 5.0
        return SimpleNamespace(logits=logits)


@given(
    st.lists(st.sampled_from(["Zoe", "the", "garden", "is", "xyz-xyz"]), min_size=1, max_size=60),
    st.integers(16, 96),
    st.integers(1, 9),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_long_sentences_are_cut_into_windows_that_lose_nothing(tagger, words, length, batch):
    """However long the windows are, each name inside a text is found, and found once."""
    text = "the garden is the garden " + " ".join(words) + " is the garden is the garden"
    tokenizer = tagger._loaded.tokenizer
    loaded = replace(tagger._loaded, model=Table(tokenizer), max_length=length)
    cut = TokenNames(loaded, NamesSettings(model="x", batch_size=batch))
    expected = [(m.start(), m.end(), "PERSON") for m in re.finditer(r"\bZoe\b", text)]

    assert [expected, [], expected] == [spans(tags) for tags in cut.tag([text, "the", text])]


def test_scores_are_shares_and_low_ones_can_be_left_out(classifier):
    texts = [text for text, _ in sentences(50, seed=11)]
    every = [tag for tags in load(classifier, min_score=0).tag(texts) for tag in tags]
    sure = [tag for tags in load(classifier, min_score=0.95).tag(texts) for tag in tags]

    assert all(0 < tag.score <= 1 for tag in every)
    assert [tag for tag in every if tag.score >= 0.95] == sure
    assert len(sure) < len(every)


def test_labels_may_be_mapped_and_left_out(classifier):
    tagger = load(classifier, labels={"ORG": None, "loc": "PLACE"})

    assert {"PERSON", "PLACE"} == tagger.types
    kinds = {tag.type for tags in tagger.tag([t for t, _ in sentences(30)]) for tag in tags}
    assert {"PERSON", "PLACE"} == kinds


def test_the_threads_of_others_are_left_as_they_were(classifier):
    before = torch.get_num_threads()
    load(classifier, threads=2).tag(["Anna"])

    assert before == torch.get_num_threads()


def copy(classifier, folder):
    return Path(shutil.copytree(classifier, folder / "copy"))


def make_a_larger_vocabulary(folder):
    save_base(folder)  # its tokenizer is that of vocab.txt
    for path in folder.glob("tokenizer.json"):
        path.unlink()
    with (folder / "vocab.txt").open("a") as file:
        file.write("".join(f"\nword{number}" for number in range(20)))


def make_a_swapped_file(folder):
    sums = {"files": {"model.safetensors": "00"}}
    (folder / "model.json").write_text(json.dumps(sums))


def make_no_tokenizer(folder):
    for path in folder.glob("*vocab*"):
        path.unlink()
    for path in folder.glob("tokenizer*"):
        path.unlink()


def make_no_weights(folder):
    (folder / "model.safetensors").unlink()


def make_another_shape(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "hidden_size": 64}))


def make_more_layers(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))


def make_a_torn_file(folder):
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])


SPOIL = {
    "a larger vocabulary": make_a_larger_vocabulary,
    "a swapped file": make_a_swapped_file,
    "no tokenizer": make_no_tokenizer,
    "no weights": make_no_weights,
    "another shape": make_another_shape,
    "more layers": make_more_layers,
    "a torn file": make_a_torn_file,
}


def test_labels_that_are_no_names_keep_theirs(tmp_path):
    """Any token classifier does: of drugs, of parts of speech, of secrets."""
    labels = ["O", "B-DRUG", "I-DRUG", "B-dose", "B-PER"]
    save_base(tmp_path, labels).save_pretrained(tmp_path)

    assert {"DRUG", "dose", "PERSON"} == load(tmp_path, labels={"*": "*"}).types
    assert {"DOSE"} == load(tmp_path, labels={"dose": "DOSE", "*": None}).types
    assert {"PERSON"} == load(tmp_path).types
    save_base(tmp_path, labels[:4]).save_pretrained(tmp_path)
    with pytest.raises(UsageError, match=r'or keep the names of all: .labels: {"\*": "\*"}'):
        load(tmp_path)


def test_a_model_that_gives_no_numbers_fails_and_finds_not_nothing(tmp_path):
    model = save_base(tmp_path)
    with torch.no_grad():
        model.classifier.weight.fill_(float("nan"))
    model.save_pretrained(tmp_path)
    with pytest.raises(DetectorError, match=r"gives no numbers \(NaN\)"):
        load(tmp_path).tag(["Anna Weber"])


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ("a larger vocabulary", PluginError, "the tokenizer does not fit: its last token is"),
        ("a swapped file", PluginError, r"has the SHA-256 [0-9a-f]{64}, not 00"),
        ("no tokenizer", ModelMissing, "has no tokenizer; put its files there"),
        ("no weights", ModelMissing, "does not load: .*; it must hold model.safetensors"),
        ("another shape", ModelMissing, "does not load"),
        ("more layers", PluginError, "holds no token classifier: 16 tensors are missing, for exam"),
        ("a torn file", ModelMissing, "does not load"),
    ],
)
def test_a_spoilt_folder_says_what_is_wrong(classifier, tmp_path, how, error, message):
    folder = copy(classifier, tmp_path)
    SPOIL[how](folder)

    with pytest.raises(error, match=message):
        load(folder)


def test_code_in_the_configuration_is_not_run(classifier, tmp_path):
    folder = copy(classifier, tmp_path)
    proof = tmp_path / "proof"
    (folder / "own.py").write_text(f"open({str(proof)!r}, 'w').close()")
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoModelForTokenClassification": "own.Model"}
    (folder / "config.json").write_text(json.dumps(config))
    load(folder)

    assert not proof.exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"device": "cuda:7"}, "the device 'cuda:7' is not there; use 'cpu'"),
        ({"device": "toaster"}, "the device 'toaster' is not there"),
        ({"max_tokens": 5000}, f"max_tokens is 5000; the model sees {LONGEST} at once"),
        ({"labels": {"MISC": "THING"}}, "has no label 'MISC'; use one of: LOC, ORG, PER"),
    ],
)
def test_settings_that_the_model_cannot_follow_are_refused(classifier, values, message):
    with pytest.raises(UsageError, match=message):
        load(classifier, **values)


def test_plain_labels_are_a_scheme_too(tmp_path):
    plain = [label.partition("-")[2] or "O" for label in LABELS[::2]]
    save_base(tmp_path, plain).save_pretrained(tmp_path)

    assert {"PERSON", "LOCATION", "ORGANIZATION"} == load(tmp_path).types
