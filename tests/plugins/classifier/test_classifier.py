"""Any text classifier of transformers, from a folder, by a few lines of policy."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import torch
import transformers
from tests.plugins.classifier.models import (
    LABELS,
    LONGEST,
    PLAIN,
    RUDE,
    TEXTS,
    bert,
    save_tokenizer,
)

from tokenward import Guard
from tokenward.errors import ModelMissing, PluginError, PolicyError, TokenwardError, UsageError
from tokenward.testing import check_detector
from tokenward_plugins.classifier import ClassifierSettings, register_detectors


def load(folder, **settings):
    (plugin,) = register_detectors()
    return plugin.create(ClassifierSettings(model=str(folder), **settings), None)


def guard(folder, detect="rude", **settings):
    rule = {"id": "tone", "stage": "output", "detect": {"tone": detect}, "action": "block"}
    detectors = {"tone": {"plugin": "classifier", "model": str(folder), **settings}}
    return Guard.load({"name": "t", "detectors": detectors, "rules": [rule]})


def expected(folder, texts):
    """Returns the shares that transformers itself gives, one text at a time."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.no_grad():
        return [model(**tokenizer(t, return_tensors="pt")).logits.softmax(-1)[0] for t in texts]


def test_scores_are_those_of_transformers(folder):
    for row, shares in zip(load(folder).score(TEXTS), expected(folder, TEXTS), strict=True):
        assert row == {
            label: pytest.approx(float(share), abs=2e-5)
            for label, share in zip(LABELS, shares, strict=True)
        }


def test_a_policy_of_a_few_lines_blocks_what_the_model_knows(folder):
    held = guard(folder, labels={"calm": None})
    assert "block" == held.check(f"{PLAIN}. {RUDE}.", stage="output").action
    calm = held.check(f"{PLAIN}. {PLAIN}.", stage="output")
    assert ("allow", ()) == (calm.action, calm.degraded)
    assert ["tone.rude"] == list(calm.scores)


def test_the_detector_conforms(folder):
    (plugin,) = register_detectors()
    check_detector(plugin, TEXTS, {"model": str(folder)})


def test_labels_are_renamed_and_left_out(folder):
    found = load(folder, labels={"RUDE": "insult", "*": None})
    assert {"insult"} == found.types
    assert found.score([RUDE])[0]["insult"] == load(folder).score([RUDE])[0]["rude"]


def test_labels_of_one_type_that_exclude_each_other_are_added(folder):
    (row,) = load(folder, labels={"calm": "any", "rude": "any"}).score([RUDE])
    assert {"any": pytest.approx(1, abs=1e-5)} == row


def test_problem_type_says_how_labels_relate_and_the_policy_goes_before_it(copy):
    config = json.loads((copy / "config.json").read_text())
    config["problem_type"] = "multi_label_classification"
    (copy / "config.json").write_text(json.dumps(config))
    (alone,) = load(copy).score([RUDE])
    assert 1 != pytest.approx(sum(alone.values()), abs=1e-3)
    (shared,) = load(copy, scores="softmax").score([RUDE])
    assert 1 == pytest.approx(sum(shared.values()), abs=1e-4)
    config["problem_type"] = "regression"
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(PluginError, match="is a regression, which gives no probabilities"):
        load(copy)


def test_one_output_is_a_probability_of_its_own(tmp_path):
    save_tokenizer(tmp_path)
    bert(labels=("spam",)).save_pretrained(tmp_path)
    (row,) = load(tmp_path).score([PLAIN])
    assert 0 < row["spam"] < 1


@pytest.mark.parametrize("unit", ["window", "text"])
def test_the_unit_is_the_policys_to_say(folder, unit):
    assert unit == load(folder, unit=unit).unit


def test_the_rude_end_of_a_text_of_many_windows_is_seen(folder):
    found = load(folder, unit="text")
    long = (PLAIN + " ") * 200
    calm, rude = found.score([long, long + RUDE])
    assert calm["rude"] < 0.5 < rude["rude"]


def test_a_text_of_a_megabyte_and_one_of_a_character_get_scores(folder):
    found = load(folder, unit="text")
    for text in ("a", "\U0001f600", "", " ", "x" * 300_000, (PLAIN + " ") * 25_000):
        (row,) = found.score([text])
        assert all(0 <= score <= 1 for score in row.values())


def test_windows_may_be_shorter_than_the_model_allows(folder):
    short = load(folder, max_tokens=16)
    (row,) = short.score([f"{PLAIN} {PLAIN} {PLAIN} {RUDE}"])
    assert row["rude"] > 0.5
    with pytest.raises(UsageError, match=f"max_tokens is 500; the model sees {LONGEST} at once"):
        load(folder, max_tokens=500)


def test_batches_of_any_size_say_the_same(folder):
    texts = [text * times for text in TEXTS for times in (1, 2, 9)]
    assert load(folder, batch_size=1).score(texts) == [
        {kind: pytest.approx(score, abs=2e-5) for kind, score in row.items()}
        for row in load(folder, batch_size=32).score(texts)
    ]


@pytest.mark.parametrize("precision", ["int8", "bfloat16", "float16"])
def test_coarser_numbers_say_nearly_the_same(folder, precision):
    exact, coarse = load(folder).score(TEXTS), load(folder, precision=precision).score(TEXTS)
    assert [row["rude"] > 0.5 for row in exact] == [row["rude"] > 0.5 for row in coarse]
    assert exact != coarse


def test_a_model_without_a_padding_token_is_given_one_text_at_a_time(tmp_path):
    """As decoders have it that were turned into classifiers."""
    save_tokenizer(tmp_path)
    config = json.loads((tmp_path / "tokenizer_config.json").read_text())
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({**config, "pad_token": None}))
    settings = transformers.GPT2Config(
        vocab_size=400, n_positions=LONGEST, n_embd=32, n_layer=1, n_head=2, num_labels=2,
        bos_token_id=0, eos_token_id=0, pad_token_id=None,
    )  # fmt: skip
    transformers.GPT2ForSequenceClassification(settings).save_pretrained(tmp_path)
    found = load(tmp_path)
    assert found.score(TEXTS) == [found.score([text])[0] for text in TEXTS]


# -- what cannot work -----------------------------------------------------------------------------


def test_a_type_that_the_model_does_not_have_is_refused_with_those_it_has(folder):
    with pytest.raises(PolicyError, match=r"has no type 'insult'; use one of: all, calm, rude"):
        guard(folder, detect="insult")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"labels": {"toxic": "x"}}, "the model has no label 'toxic'; use one of: calm, rude"),
        ({"labels": {"*": None}}, "leaves out all that the model has"),
        ({"labels": {"calm": "two words"}}, "maps 'calm' to 'two words'"),
        ({"labels": {"*": "rest"}}, r"maps '\*' to 'rest'"),
        ({"device": "toaster"}, "the device 'toaster' is not there; use 'cpu'"),
        ({"device": "cuda", "precision": "int8"}, "runs on the processor only"),
        ({"threads": 0}, "threads is 0; use 1 or more"),
        ({"batch_size": 0}, "batch_size is 0; use 1 or more"),
        ({"max_tokens": 3}, "max_tokens is 3; use 16 or more"),
        ({"sha256": {"../config.json": "00"}}, "lies outside of"),
        ({"file": "model.onnx"}, "has no file 'model.onnx'; put a model in ONNX there"),
    ],
)
def test_settings_that_make_no_sense_are_refused(folder, settings, message):
    with pytest.raises(UsageError, match=message):
        load(folder, **settings)


def broken(folder, change):
    """Saves the model again after a change of its weights."""
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    with torch.no_grad():
        change(model)
    model.save_pretrained(folder)


def change_config(folder, **values):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **values}))


class Payload:
    """Unpickled carelessly, it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def make_torn(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])


def make_no_weights(folder):
    weights = folder / "model.safetensors"
    weights.unlink()


def make_a_pickle(folder):
    weights = folder / "model.safetensors"
    weights.unlink()
    torch.save({"a": Payload(folder / "proof")}, folder / "pytorch_model.bin")


def make_swapped(folder):
    sums = {"files": {"model.safetensors": "00" * 32}}
    (folder / "model.json").write_text(json.dumps(sums))


def make_a_missing_file(folder):
    (folder / "model.json").write_text(json.dumps({"files": {"gone.json": "00"}}))


def make_other_shapes(folder):
    change_config(folder, intermediate_size=32)


def make_no_head(folder):
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder)
    model.bert.save_pretrained(folder)


def make_nan(folder):
    broken(folder, lambda model: model.classifier.weight.fill_(float("nan")))


def make_a_larger_vocabulary(folder):
    words = (folder / "vocab.txt").read_text() + "".join(f"\nword{n}" for n in range(50))
    (folder / "vocab.txt").write_text(words)
    (folder / "tokenizer.json").unlink()


def make_no_tokenizer(folder):
    for name in ("vocab.txt", "tokenizer.json"):
        (folder / name).unlink()


def make_a_torn_tokenizer(folder):
    (folder / "tokenizer.json").write_text('{"version": ')


def make_no_configuration(folder):
    (folder / "config.json").unlink()


def make_a_torn_configuration(folder):
    (folder / "config.json").write_text("{")


def make_an_unknown_model(folder):
    change_config(folder, model_type="sphinx")


SPOIL = {
    "torn": make_torn,
    "no weights": make_no_weights,
    "a pickle": make_a_pickle,
    "swapped": make_swapped,
    "a missing file": make_a_missing_file,
    "other shapes": make_other_shapes,
    "no head": make_no_head,
    "NaN": make_nan,
    "a larger vocabulary": make_a_larger_vocabulary,
    "no tokenizer": make_no_tokenizer,
    "a torn tokenizer": make_a_torn_tokenizer,
    "no configuration": make_no_configuration,
    "a torn configuration": make_a_torn_configuration,
    "an unknown model": make_an_unknown_model,
}


SPOILT = [
    ("torn", ModelMissing, "the model does not load"),
    ("no weights", ModelMissing, "it must hold model.safetensors"),
    ("a pickle", PluginError, "loading them could run code; use model.safetensors"),
    ("swapped", PluginError, r"model.safetensors' has the SHA-256 [0-9a-f]{64}, not 0000"),
    ("a missing file", ModelMissing, "has no 'gone.json'; copy the model again"),
    ("other shapes", ModelMissing, "the model does not load"),
    ("no head", PluginError, "holds no text classifier: 2 tensors are missing"),
    ("NaN", PluginError, r"gives no numbers \(NaN\) for plain words: its weights are broken"),
    ("a larger vocabulary", PluginError, "the tokenizer does not fit: its last token is number"),
    ("no tokenizer", ModelMissing, "has no tokenizer; put its files there"),
    ("a torn tokenizer", PluginError, "the tokenizer does not load"),
    ("no configuration", ModelMissing, "has no 'config.json'"),
    ("a torn configuration", PluginError, "config.json"),
    ("an unknown model", PluginError, "config.json"),
]


@pytest.mark.parametrize(("how", "error", "message"), SPOILT)
def test_a_spoilt_folder_says_what_is_wrong_in_one_line(copy, how, error, message):
    SPOIL[how](copy)
    with pytest.raises(error, match=message) as caught:
        load(copy)
    assert 1 == len(str(caught.value).splitlines())
    assert not str(caught.value).endswith(".")
    assert not (copy / "proof").exists()


def test_code_in_the_configuration_is_not_run(copy):
    (copy / "own.py").write_text(f"open({str(copy / 'proof')!r}, 'w').close()")
    change_config(copy, auto_map={"AutoModelForSequenceClassification": "own.Model"})
    load(copy)
    assert not (copy / "proof").exists()


@pytest.mark.parametrize("on_error", ["block", "allow"])
def test_a_score_that_is_no_number_is_a_failure_of_its_text_alone(copy, on_error):
    """The row of one word is broken: the model is fine until somebody writes it."""
    token = transformers.AutoTokenizer.from_pretrained(copy).convert_tokens_to_ids("house")
    broken(
        copy, lambda model: model.bert.embeddings.word_embeddings.weight[token].fill_(float("nan"))
    )
    found = load(copy)
    fine, spoilt = found.score([PLAIN, "the house"])
    assert found.score([PLAIN])[0] == {k: pytest.approx(v, abs=2e-5) for k, v in fine.items()}
    assert "no_number" == spoilt.reason
    rule = {
        "id": "tone", "stage": "output", "detect": {"tone": "rude"}, "action": "block",
        "on_error": on_error,
    }  # fmt: skip
    detectors = {"tone": {"plugin": "classifier", "model": str(copy)}}
    held = Guard.load({"name": "t", "detectors": detectors, "rules": [rule]})
    decision = held.check("the house", stage="output")
    assert (on_error, {"tone": "no_number"}) == (decision.action, decision.reasons)
    assert () == held.check(PLAIN, stage="output").degraded


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("", r"no model is set; write 'model:' .* pull ORGANISATION/NAME"),
        ("some/model", "is not there; give a folder, or get it: tokenward models pull some/model"),
        ("./some/model", "is no folder; give the folder that holds a model's files"),
    ],
)
def test_a_model_that_is_not_there_says_how_to_get_it(model, message):
    with pytest.raises(TokenwardError, match=message):
        load(model)


def test_a_pulled_model_is_found_by_its_hub_name(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("TOKENWARD_MODELS", str(tmp_path))
    (tmp_path / "someone--tone").symlink_to(folder)
    assert set(LABELS) == load("someone/tone").types


def test_registering_loads_no_framework():
    code = (
        "import sys\nfrom tokenward_plugins import classifier, judge, remote\n"
        "for one in (classifier, judge, remote): one.register_detectors()\n"
        "print({'numpy', 'torch', 'transformers', 'onnxruntime', 'urllib3'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "set()" == done.stdout.strip()


def test_a_policy_is_tried_on_the_command_line(folder, tmp_path):
    policy = tmp_path / "tone.yaml"
    policy.write_text(
        "name: tone\n"
        f"detectors:\n  tone: {{plugin: classifier, model: {folder}, labels: {{calm: null}}}}\n"
        "rules:\n  - {id: civil, stage: output, detect: {tone: all}, action: block}\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "tokenward", "check", RUDE, "--policy", str(policy), "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert 1 == done.returncode, done.stderr
    assert "block" == json.loads(done.stdout)["action"]
