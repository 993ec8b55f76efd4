"""A Detoxify checkpoint, or a model of transformers, from a folder and without the network."""

from __future__ import annotations

import json
import socket
import warnings

import pytest

from tokenward.errors import ModelMissing, PluginError
from tokenward.testing import check_detector
from tokenward_plugins.toxicity import ToxicitySettings, checkpoint, register_detectors

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
RENAMED = dict(zip(JIGSAW, LABELS, strict=True))


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
    write_detoxify(folder, model.state_dict(), model.config.num_labels, classes, base=base)


UNBIASED = "toxicity severe_toxicity obscene identity_attack insult threat sexual_explicit".split()
PUBLISHED = [
    ("original", "Bert", 6, JIGSAW),
    ("unbiased", "Roberta", 16, UNBIASED),
    ("multilingual", "XLMRoberta", 16, UNBIASED),
    ("original-small", "Albert", 6, JIGSAW),
    ("unbiased-small", "Albert", 16, UNBIASED),
]
"""Detoxify's checkpoints: the architecture, its outputs, and those that have a name."""


def save_kind(folder, kind, outputs):
    """Writes configuration and tokenizer of a tiny model; returns what a checkpoint holds of it."""
    save_base(folder)  # its tokenizer will do for all
    first = {"Roberta": 2, "XLMRoberta": 2}.get(kind, 0)
    settings = getattr(transformers, f"{kind}Config")(
        vocab_size=len(VOCABULARY), hidden_size=32, embedding_size=32, num_hidden_layers=2,
        num_attention_heads=2, intermediate_size=64, max_position_embeddings=LONGEST + first,
        num_labels=outputs, pad_token_id=0 if not first else 1, type_vocab_size=2,
    )  # fmt: skip
    settings.save_pretrained(folder)
    torch.manual_seed(4)
    model = getattr(transformers, f"{kind}ForSequenceClassification")(settings).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(4)
    state = dict(model.state_dict())
    if first:  # classifiers of that time had a pooler, which they did not use, and saved positions
        state["roberta.pooler.dense.weight"] = torch.zeros(32, 32)
        state["roberta.pooler.dense.bias"] = torch.zeros(32)
        state["roberta.embeddings.position_ids"] = torch.arange(LONGEST)[None]
    return state


def write_detoxify(folder, state, outputs, classes, kind="Bert", base="bert-base-uncased"):
    architecture = {
        "num_classes": outputs,
        "model_type": base,
        "model_name": f"{kind}ForSequenceClassification",
        "tokenizer_name": "BertTokenizer",
    }
    config = {"dataset": {"args": {"classes": classes}}, "arch": {"args": architecture}}
    torch.save({"config": config, "state_dict": state}, folder / "model.ckpt")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("detoxify")
    save_detoxify(folder, save_base(folder))
    return folder


@pytest.fixture(scope="module")
def toxicity(folder):
    return load(folder)


def load(folder, **settings):
    return checkpoint.load(ToxicitySettings(model=str(folder), **settings))


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
        assert row == {name: pytest.approx(expected[name][number], abs=2e-5) for name in row}
    assert len({round(score, 3) for score in expected["toxicity"]}) > 1


def test_the_models_of_all_published_checkpoints_load(tmp_path):
    """BERT, RoBERTa, XLM-RoBERTa and ALBERT, with the outputs that each was trained with."""
    detoxify = pytest.importorskip("detoxify")
    assert set(detoxify.detoxify.MODEL_URLS) == {one for one, *_ in PUBLISHED}
    for name, kind, outputs, classes in PUBLISHED:
        folder = tmp_path / name
        folder.mkdir()
        state = save_kind(folder, kind, outputs)
        write_detoxify(folder, state, outputs, classes)
        found = load(folder)
        (row,) = found.score(["you idiot"])
        assert {RENAMED.get(one, one) for one in classes} == set(row) == found.types


@pytest.mark.parametrize(("name", "kind", "outputs", "classes"), PUBLISHED)
def test_each_scores_as_in_detoxify(tmp_path, name, kind, outputs, classes):
    detoxify = pytest.importorskip("detoxify")
    state = save_kind(tmp_path, kind, outputs)
    write_detoxify(tmp_path, state, outputs, classes, kind, str(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reference = detoxify.Detoxify(
            checkpoint=str(tmp_path / "model.ckpt"), huggingface_config_path=str(tmp_path)
        )
        expected = reference.predict(TEXTS)
    for number, row in enumerate(load(tmp_path).score(TEXTS)):
        assert row == {one: pytest.approx(expected[one][number], abs=2e-5) for one in expected}


def test_int8_says_nearly_the_same_whatever_else_is_in_the_batch(folder):
    exact, coarse = load(folder), load(folder, precision="int8")
    rows, many = exact.score(TEXTS), coarse.score(TEXTS * 3)
    assert many[: len(TEXTS)] == many[len(TEXTS) : 2 * len(TEXTS)]
    assert many[0] == coarse.score([TEXTS[0]])[0]
    assert rows != many[: len(TEXTS)]
    for row, other in zip(rows, many, strict=False):
        assert row == {name: pytest.approx(score, abs=0.05) for name, score in other.items()}


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


def test_outputs_that_say_whom_a_text_mentions_are_left_out(tmp_path):
    """The published model of unbiased in transformers' format has them: 'female' is no attack."""
    names = dict(enumerate(["toxicity", "insult", "female", "muslim"]))
    save_base(tmp_path, labels=4, id2label=names).save_pretrained(tmp_path)
    found = load(tmp_path)
    (row,) = found.score(["you are bad"])
    assert {"toxicity", "insult"} == found.types == set(row)
    alone = torch.sigmoid(
        transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path)(
            **transformers.AutoTokenizer.from_pretrained(tmp_path)(
                "you are bad", return_tensors="pt"
            )
        ).logits
    )[0]
    assert row["toxicity"] == pytest.approx(alone[0].item(), abs=2e-5)


def test_a_pulled_model_is_found_by_its_hub_name(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("TOKENWARD_MODELS", str(tmp_path))
    (tmp_path / "someone--toxic").symlink_to(folder)
    assert frozenset(LABELS) == checkpoint.load(ToxicitySettings(model="someone/toxic")).types
    with pytest.raises(ModelMissing, match="tokenward models pull some/other"):
        checkpoint.load(ToxicitySettings(model="some/other"))


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


def test_a_checkpoint_that_is_not_the_one_that_was_meant_is_refused(folder):
    with pytest.raises(PluginError, match=r"model.ckpt' has the SHA-256 [0-9a-f]{64}, not 00"):
        load(folder, sha256={"model.ckpt": "00"})


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
