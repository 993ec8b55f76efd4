"""Text classifiers in ONNX, with the tokenizer.json of their folder, and without torch."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import onnx
import pytest
import transformers
from onnx import TensorProto, helper
from tests.plugins.classifier.models import LABELS, LONGEST, PLAIN, RUDE, TEXTS, VOCABULARY, export
from tests.plugins.classifier.test_classifier import guard, load

from tokenward.errors import MissingExtra, ModelMissing, PluginError, UsageError
from tokenward.testing import check_detector
from tokenward_plugins.classifier import register_detectors
from tokenward_plugins.models import onnx_network

NEAR = 1e-4


def near(rows):
    return [{kind: pytest.approx(score, abs=NEAR) for kind, score in row.items()} for row in rows]


def network(folder):
    return transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()


def quantise(folder):
    """Writes the model in int8 beside it."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.disable(logging.WARNING)
    try:
        quantize_dynamic(
            folder / "model.onnx", folder / "model_int8.onnx", weight_type=QuantType.QInt8
        )
    finally:
        logging.disable(logging.NOTSET)


def test_the_scores_are_those_of_the_model_before_its_export(folder, exported):
    assert near(load(folder).score(TEXTS)) == load(exported).score(TEXTS)


def test_a_policy_of_a_few_lines_blocks_what_the_model_knows(exported):
    held = guard(exported)
    assert "block" == held.check(f"{PLAIN}. {RUDE}.", stage="output").action
    assert "allow" == held.check(f"{PLAIN}.", stage="output").action


def test_the_detector_conforms(exported):
    (plugin,) = register_detectors()
    check_detector(plugin, TEXTS, {"model": str(exported)})


def test_the_rude_end_of_a_text_of_many_windows_is_seen(exported):
    long = (PLAIN + " ") * 200
    calm, rude = load(exported, unit="text").score([long, long + RUDE])
    assert calm["rude"] < 0.5 < rude["rude"]


def test_neither_torch_nor_transformers_are_loaded(exported):
    code = (
        "import sys\nfrom tokenward_plugins.classifier import *\n"
        f"one = register_detectors()[0].create(ClassifierSettings(model={str(exported)!r}), None)\n"
        f"print(one.score([{RUDE!r}])[0]['rude'] > .5, {{'torch', 'transformers'}} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "True set()" == done.stdout.strip(), done.stderr


@pytest.mark.parametrize(
    "inputs", [("input_ids",), ("ids", "mask"), ("tokens", "input_mask", "segment_ids")]
)
def test_inputs_are_told_by_their_names(folder, copy_of_onnx, inputs):
    export(network(folder), copy_of_onnx / "model.onnx", inputs)
    rows = load(copy_of_onnx, batch_size=1).score(TEXTS)
    assert near(load(folder).score(TEXTS)) == rows


def test_int8_says_nearly_the_same_whatever_else_is_in_the_batch(copy_of_onnx):
    exact = load(copy_of_onnx).score(TEXTS)
    quantise(copy_of_onnx)
    coarse = load(copy_of_onnx, file="model_int8.onnx")
    rows = coarse.score(TEXTS)
    assert rows == [coarse.score([text])[0] for text in TEXTS]
    assert rows != exact
    assert [row["rude"] > 0.5 for row in exact] == [row["rude"] > 0.5 for row in rows]


def test_the_usual_folder_of_exports_is_looked_into(copy_of_onnx):
    (copy_of_onnx / "onnx").mkdir()
    (copy_of_onnx / "model.onnx").rename(copy_of_onnx / "onnx" / "model.onnx")
    assert set(LABELS) == load(copy_of_onnx).types
    (copy_of_onnx / "onnx" / "model.onnx").rename(copy_of_onnx / "onnx" / "small.onnx")
    assert set(LABELS) == load(copy_of_onnx).types


def test_without_a_configuration_labels_are_numbered(copy_of_onnx):
    (copy_of_onnx / "config.json").unlink()
    assert {"LABEL_0", "LABEL_1"} == load(copy_of_onnx, max_tokens=LONGEST).types
    found = load(copy_of_onnx, max_tokens=LONGEST, labels={"LABEL_1": "rude", "*": None})
    assert found.score([RUDE])[0]["rude"] > 0.5


def graph(path, outputs=2, ids="input_ids", kind=TensorProto.INT64, shape=("n", "t"), row=None):
    """Writes a model that looks up scores for each token and takes the highest, or the mean."""
    weights = [[0.1 * (at % 7), 1.0 - 0.1 * (at % 7)][:outputs] for at in range(len(VOCABULARY))]
    if row:
        weights[row[0]] = [row[1]] * outputs
    table = helper.make_tensor(
        "table", TensorProto.FLOAT, (len(weights), outputs), [x for w in weights for x in w]
    )
    axes = helper.make_tensor("axes", TensorProto.INT64, (1,), [1])
    nodes = [
        helper.make_node("Gather", ["table", ids], ["each"]),
        helper.make_node(
            "ReduceMean" if row else "ReduceMax", ["each", "axes"], ["probabilities"], keepdims=0
        ),
    ]
    taken = helper.make_tensor_value_info(ids, kind, shape)
    given = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, (shape[0], outputs))
    made = helper.make_graph(nodes, "g", [taken], [given], [table, axes])
    onnx.save(
        helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), path
    )


def test_outputs_that_are_probabilities_already_stay_as_they_are(copy_of_onnx):
    graph(copy_of_onnx / "model.onnx", kind=TensorProto.INT32)
    (row,) = load(copy_of_onnx, scores="none", batch_size=1).score([PLAIN])
    assert {round(10 * score) / 10 for score in row.values()} == {round(s, 5) for s in row.values()}


def test_a_fixed_shape_is_filled_up(copy_of_onnx):
    graph(copy_of_onnx / "model.onnx", shape=(1, 24))
    found = load(copy_of_onnx, scores="none")
    assert found.score(TEXTS) == [found.score([text])[0] for text in TEXTS]
    assert 1 == len(found.score([PLAIN * 20]))


@pytest.mark.parametrize("value", [float("nan"), 7.0])
def test_what_is_no_probability_is_a_failure_of_its_text_alone(copy_of_onnx, value):
    graph(copy_of_onnx / "model.onnx", row=(VOCABULARY.index("house"), value))
    held = guard(copy_of_onnx, scores="none", batch_size=1)
    assert ("tone",) == held.check("the house", stage="output").degraded
    assert () == held.check("the train", stage="output").degraded


def make_torn(folder):
    path = folder / "model.onnx"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def make_a_pickle(folder):
    path = folder / "model.onnx"
    path.write_bytes(b"\x80\x04cos\nsystem\n(S'true'\ntR.")


def make_empty(folder):
    path = folder / "model.onnx"
    path.write_bytes(b"")


def make_swapped(folder):
    (folder / "model.json").write_text(json.dumps({"files": {"model.onnx": "11" * 32}}))


def make_no_tokenizer(folder):
    (folder / "tokenizer.json").unlink()


def make_a_torn_tokenizer(folder):
    (folder / "tokenizer.json").write_text("{")


def make_a_larger_vocabulary(folder):
    words = json.loads((folder / "tokenizer.json").read_text())
    words["model"]["vocab"]["unheard"] = len(VOCABULARY) + 5
    (folder / "tokenizer.json").write_text(json.dumps(words))


def make_more_labels(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(
        json.dumps({**config, "id2label": {"0": "a", "1": "b", "2": "c"}})
    )


def make_a_torn_configuration(folder):
    (folder / "config.json").write_text("{")


def make_nan(folder):
    path = folder / "model.onnx"
    graph(path, row=(VOCABULARY.index("is"), float("nan")))


def make_other_inputs(folder):
    path = folder / "model.onnx"
    graph(path, ids="pixels")


def make_no_model(folder):
    path = folder / "model.onnx"
    path.unlink()


def make_two_models(folder):
    path = folder / "model.onnx"
    path.rename(folder / "a.onnx")
    (folder / "b.onnx").write_bytes(b"")


SPOIL = {
    "torn": make_torn,
    "a pickle": make_a_pickle,
    "empty": make_empty,
    "swapped": make_swapped,
    "no tokenizer": make_no_tokenizer,
    "a torn tokenizer": make_a_torn_tokenizer,
    "a larger vocabulary": make_a_larger_vocabulary,
    "more labels": make_more_labels,
    "a torn configuration": make_a_torn_configuration,
    "NaN": make_nan,
    "other inputs": make_other_inputs,
    "no model": make_no_model,
    "two models": make_two_models,
}


@pytest.mark.parametrize(
    ("how", "error", "message"),
    [
        ("torn", PluginError, "is no model that onnxruntime runs"),
        ("a pickle", PluginError, "is no model that onnxruntime runs"),
        ("empty", PluginError, "is no model that onnxruntime runs"),
        ("swapped", PluginError, r"model.onnx' has the SHA-256 [0-9a-f]{64}, not 1111"),
        ("no tokenizer", ModelMissing, "has no 'tokenizer.json'"),
        ("a torn tokenizer", PluginError, "the tokenizer does not load"),
        ("a larger vocabulary", PluginError, "its tokenizer does not fit"),
        ("more labels", PluginError, "has 2 outputs, and config.json names 3 labels"),
        ("a torn configuration", PluginError, "config.json' cannot be read"),
        ("NaN", PluginError, "gives no numbers"),
        ("other inputs", PluginError, "wants the input 'pixels' .* use one of: input_ids"),
        ("no model", ModelMissing, "holds 0 ONNX files"),
        ("two models", ModelMissing, "holds 2 ONNX files; name one .* use one of: a.onnx, b.onnx"),
    ],
)
def test_a_spoilt_folder_says_what_is_wrong_in_one_line(copy_of_onnx, how, error, message):
    SPOIL[how](copy_of_onnx)
    with pytest.raises(error, match=message) as caught:
        load(copy_of_onnx, backend="onnx")
    assert 1 == len(str(caught.value).splitlines())
    assert not str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"device": "cuda"}, "the device 'cuda' is not there; use one of: cpu, cuda, as far as"),
        ({"precision": "int8"}, "precision of an ONNX model is that of its file"),
        ({"file": "other.onnx"}, "has no file 'other.onnx'; use one of: model.onnx"),
        ({"max_tokens": 300}, f"max_tokens is 300; the model sees {LONGEST} at once"),
    ],
)
def test_settings_that_the_model_cannot_follow_are_refused(exported, settings, message):
    with pytest.raises(UsageError, match=message):
        load(exported, **settings)


@pytest.mark.parametrize("module", ["onnxruntime", "tokenizers"])
def test_a_missing_package_says_how_to_get_it(exported, monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtra, match=rf"pip install 'tokenward\[{onnx_network.EXTRA}\]'"):
        load(exported)
