"""A Detoxify checkpoint, or a model of transformers, from a folder and without the network."""

from __future__ import annotations

import json
import socket
import warnings

import pytest

from tokenward.errors import ModelMissing, PluginError
from tokenward.testing import check_detector
from tokenward_plugins.toxicity import ToxicitySettings, register_detectors
from tokenward_plugins.toxicity.checkpoint import CheckpointToxicity

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

JIGSAW = ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"]
LABELS = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack")
WORDS = "the of and a you are is good bad terrible day night idiot".split()
VOCABULARY = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS),
    *(chr(code) for code in range(33, 127)),
    *(f"##{chr(code)}" for code in range(33, 127)),
]
TEXTS = ["you are good", "the bad day and the good night", "you idiot", "a", "is the day bad"]
LONGEST = 64


@pytest.fixture(scope="module", autouse=True)
def offline():
    """No test of this file may look up a host."""

    def refuse(*arguments, **_):
        raise AssertionError(f"the network was used: {arguments[0]!r}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", refuse)
        patch.setattr(socket.socket, "connect", refuse)
        yield


def save_base(folder, labels=6, **config):
    """Writes configuration and tokenizer of a tiny BERT; returns a model with random weights."""
    folder.mkdir(exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY))
    tokenizer = {"tokenizer_class": "BertTokenizer", "model_max_length": LONGEST}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer))
    settings = transformers.BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=LONGEST,
        num_labels=labels,
        **config,
    )
    settings.save_pretrained(folder)
    torch.manual_seed(3)
    model = transformers.BertForSequenceClassification(settings).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4)  # random weights of usual size score every text the same
    return model


def save_detoxify(folder, model, classes=JIGSAW, base="bert-base-uncased"):
    """Writes a checkpoint as Detoxify's training does."""
    architecture = {
        "num_classes": model.config.num_labels,
        "model_type": base,
        "model_name": "BertForSequenceClassification",
        "tokenizer_name": "BertTokenizer",
    }
    config = {"dataset": {"args": {"classes": classes}}, "arch": {"args": architecture}}
    torch.save({"config": config, "state_dict": model.state_dict()}, folder / "model.ckpt")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("detoxify")
    save_detoxify(folder, save_base(folder))
    return folder


@pytest.fixture(scope="module")
def toxicity(folder):
    return load(folder)


def load(folder, **settings):
    return CheckpointToxicity.load(ToxicitySettings(model=str(folder), **settings))


# -- a checkpoint of Detoxify -------------------------------------------------------------------


def test_scores_are_those_of_detoxify_itself(toxicity, tmp_path):
    detoxify = pytest.importorskip("detoxify")
    # Detoxify asks a hub for the base model, unless it is the path of a folder
    save_detoxify(tmp_path, save_base(tmp_path), base=str(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = detoxify.Detoxify(
            checkpoint=str(tmp_path / "model.ckpt"), huggingface_config_path=str(tmp_path)
        )
    expected = reference.predict(TEXTS)

    for number, row in enumerate(toxicity.score(TEXTS)):
        assert set(row) == set(expected)
        assert row == {name: pytest.approx(expected[name][number], abs=1e-5) for name in row}
    assert len({round(score, 3) for score in expected["toxicity"]}) > 1


def test_labels_have_the_names_of_detoxify(toxicity):
    assert frozenset(LABELS) == toxicity.types
    assert [LABELS] == [tuple(row) for row in toxicity.score(["a"])]


def test_the_toxic_end_of_a_long_text_is_seen(toxicity):
    head = "the day is good and " * 60
    seen = toxicity.score([head, head + "you idiot you idiot you idiot"])

    assert any(abs(seen[0][label] - seen[1][label]) > 1e-3 for label in LABELS)


def test_a_long_text_scores_at_least_as_high_as_its_first_window(toxicity):
    start = "the day is good and you are bad "
    short, long = toxicity.score([start * 2, start * 2 + "the night " * 100])

    assert all(score >= 0 for score in long.values())
    assert max(long.values()) >= 0.99 * min(short.values())


def test_named_classes_may_be_fewer_than_the_outputs(tmp_path):
    save_detoxify(tmp_path, save_base(tmp_path, labels=9), classes=JIGSAW)

    assert frozenset(LABELS) == load(tmp_path).types


def test_the_detector_conforms(folder):
    (plugin,) = register_detectors()

    check_detector(plugin, TEXTS, {"model": str(folder), "threads": 1})


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "\u200b", "x" * 3000])
def test_odd_texts_get_scores_too(toxicity, text):
    assert all(0 <= score <= 1 for score in toxicity.score([text])[0].values())


def test_the_threads_of_others_are_left_as_they_were(folder):
    before = torch.get_num_threads()
    load(folder, threads=2).score(TEXTS)

    assert before == torch.get_num_threads()


# -- a model of transformers --------------------------------------------------------------------


def test_a_multi_label_model_of_transformers_scores_each_label_alone(tmp_path):
    names = {0: "toxic", 1: "identity_hate"}
    model = save_base(tmp_path, labels=2, id2label=names, problem_type="multi_label_classification")
    model.save_pretrained(tmp_path)
    (row,) = load(tmp_path).score(["you are bad"])

    assert {"toxicity", "identity_attack"} == set(row)
    assert pytest.approx(1, abs=1e-3) != sum(row.values())


def test_labels_that_exclude_each_other_add_up_to_one(tmp_path):
    save_base(tmp_path, labels=2, id2label={0: "neutral", 1: "toxic"}).save_pretrained(tmp_path)
    (row,) = load(tmp_path).score(["you are bad"])

    assert {"neutral", "toxicity"} == set(row)
    assert pytest.approx(1, abs=1e-5) == sum(row.values())


# -- what is refused ----------------------------------------------------------------------------


class Payload:
    """Unpickled carelessly, it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_pickle_that_would_run_code_is_refused(tmp_path):
    save_base(tmp_path)
    proof = tmp_path / "proof"
    torch.save({"config": {}, "state_dict": {}, "more": Payload(proof)}, tmp_path / "model.ckpt")

    with pytest.raises(PluginError, match="could run code; use a checkpoint from its publisher"):
        load(tmp_path)
    assert not proof.exists()


def test_code_in_the_configuration_is_not_run(tmp_path):
    model = save_base(tmp_path)
    model.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    proof = tmp_path / "proof"
    (tmp_path / "own.py").write_text(f"open({str(proof)!r}, 'w').close()")
    config["auto_map"] = {"AutoModelForSequenceClassification": "own.Model"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    load(tmp_path)

    assert not proof.exists()


def spoil(folder, how):
    if how == "no configuration":
        (folder / "config.json").unlink()
    elif how == "no tokenizer":
        (folder / "vocab.txt").unlink()
    elif how == "no weights":
        (folder / "model.ckpt").unlink()
    elif how == "another format":
        torch.save({"weights": torch.zeros(1)}, folder / "model.ckpt")
    elif how == "a torn file":
        data = (folder / "model.ckpt").read_bytes()
        (folder / "model.ckpt").write_bytes(data[: len(data) // 2])
    elif how == "two checkpoints":
        (folder / "other.ckpt").write_bytes(b"")
    elif how == "another shape":
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "hidden_size": 64}))
    elif how == "more layers":
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ("no configuration", ModelMissing, "has no 'config.json'; put the configuration"),
        ("no tokenizer", ModelMissing, "has no tokenizer; put its files there"),
        ("no weights", ModelMissing, r"it must hold model.safetensors or a \*.ckpt file"),
        ("another format", PluginError, "is not in Detoxify's format"),
        ("a torn file", PluginError, "cannot be read: .*; download it again"),
        ("two checkpoints", PluginError, r"holds 2 \*.ckpt files; leave one there"),
        ("another shape", PluginError, "does not fit the configuration beside it"),
        ("more layers", PluginError, "tensors are missing or too many, for example"),
    ],
)
def test_a_spoilt_folder_says_what_is_wrong(tmp_path, how, error, message):
    save_detoxify(tmp_path, save_base(tmp_path))
    spoil(tmp_path, how)

    with pytest.raises(error, match=message):
        load(tmp_path)


def test_torn_weights_of_transformers_say_so(tmp_path):
    save_base(tmp_path).save_pretrained(tmp_path)
    data = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(data[: len(data) // 2])

    with pytest.raises(ModelMissing, match="the model does not load"):
        load(tmp_path)


def test_an_encoder_without_a_head_is_refused(tmp_path):
    save_base(tmp_path).bert.save_pretrained(tmp_path)

    with pytest.raises(PluginError, match="holds no text classifier: 2 tensors are missing"):
        load(tmp_path)
