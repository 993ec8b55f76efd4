"""Folders that hold no model, or not the one that was published."""

from __future__ import annotations

import json
import sys

import pytest
from tests.plugins.encoder import tiny

from tokenward.cli import models
from tokenward.errors import MissingExtra, ModelMissing, PluginError, UsageError
from tokenward.registry import Registry
from tokenward_plugins import encoder
from tokenward_plugins.encoder.folder import MANIFEST, SCALES, VOCABULARY, WEIGHTS
from tokenward_plugins.encoder.train.publish import main, publish


@pytest.fixture
def folder(tmp_path):
    return tiny.published(tmp_path)


def build(folder):
    return Registry([("encoder", encoder)]).build("encoder", {"model": str(folder)}, "policy")


@pytest.mark.parametrize("name", [WEIGHTS, VOCABULARY, SCALES])
def test_a_file_that_is_not_as_published_is_told_with_the_remedy(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(
        PluginError, match=rf"'{name}' has the SHA-256 .*; reinstall tokenward, or train"
    ):
        build(folder)


@pytest.mark.parametrize("name", [MANIFEST, WEIGHTS, VOCABULARY, SCALES])
def test_a_file_that_is_missing_is_told(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelMissing, match=rf"'{name}' is not there; reinstall"):
        build(folder)


def test_a_folder_that_is_none_is_told(tmp_path):
    with pytest.raises(ModelMissing, match=r"is no folder; give one that holds model\.json"):
        build(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        (b"{", "is no JSON"),
        (b"[]", "model format None is unknown; use 'tokenward-encoder/2'"),
        (b'{"format": 1}', "model format 1 is unknown"),
        (b'{"format": "tokenward-encoder/2"}', "lacks checksums or heads"),
    ],
)
def test_a_manifest_that_is_none_is_told(folder, manifest, told):
    (folder / MANIFEST).write_bytes(manifest)
    with pytest.raises(PluginError, match=told):
        build(folder)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        (WEIGHTS, b"\x80\x04\x95pickle", r"the network does not load \("),
        (VOCABULARY, b"\xff\xfe", "'vocab.txt' is not UTF-8"),
        (VOCABULARY, b"a\nb\n", r"2 tokens lacks '\[PAD\]'"),
        (SCALES, b"{}", "'scales.json' does not fit the labels"),
        (SCALES, b"\x00", "'scales.json' does not fit the labels"),
    ],
)
def test_a_file_that_was_published_wrong_is_told(folder, name, data, told):
    tiny.changed(folder, name, data)
    with pytest.raises(PluginError, match=told):
        build(folder)


@pytest.mark.parametrize("tokens", [[*tiny.TOKENS, "one", "more"], tiny.TOKENS[:-1]])
def test_a_vocabulary_that_does_not_fit_the_network_is_told(folder, tokens):
    tiny.changed(folder, VOCABULARY, ("\n".join(tokens) + "\n").encode())
    with pytest.raises(PluginError, match=f"vocabulary of {len(tokens)} tokens does not fit"):
        build(folder)


def test_heads_that_do_not_fit_the_network_are_told(folder):
    told = json.loads((folder / MANIFEST).read_text("utf-8"))
    told["heads"]["hate"] = []
    (folder / MANIFEST).write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(PluginError, match=r"gives 19 logits, .* for 18 labels"):
        build(folder)


def test_a_network_with_other_inputs_is_told(folder):
    import onnx

    model = onnx.load(folder / WEIGHTS)
    model.graph.input[0].name = model.graph.node[0].input[1]
    for node in model.graph.node:
        node.input[:] = ["words_in" if name == "ids" else name for name in node.input]
    model.graph.input[0].name = "words_in"
    tiny.changed(folder, WEIGHTS, model.SerializeToString())
    with pytest.raises(PluginError, match=r"inputs and outputs .*words_in.*; they must be 'ids'"):
        build(folder)


def test_scales_that_do_not_rise_are_told(folder):
    scales = json.loads((folder / SCALES).read_text("utf-8"))
    scales["hate"]["curve"]["logits"].reverse()
    tiny.changed(folder, SCALES, json.dumps(scales).encode())
    with pytest.raises(PluginError, match="do not rise"):
        build(folder)


def test_without_onnxruntime_the_extra_is_named(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtra, match=r"needs 'onnxruntime'.*tokenward\[encoder\]"):
        build(folder)


def test_the_command_line_knows_the_files_by_their_checksums(folder):
    model = models.read(folder, "encoder")
    assert model.present
    assert set(model.sums) == {WEIGHTS, VOCABULARY, SCALES}
    assert {name: models.digest(folder / name) for name in model.sums} == model.sums


# -- publishing ---------------------------------------------------------------------------------


def test_what_is_published_is_what_the_plugin_reads(folder, tmp_path):
    (tmp_path / "run" / "MODEL_CARD.md").write_text("a card", encoding="utf-8")
    main([str(tmp_path / "run"), str(tmp_path / "again"), "--withhold", "hate"])
    assert {path.name for path in (tmp_path / "again").iterdir()} == {
        MANIFEST, WEIGHTS, VOCABULARY, SCALES, "MODEL_CARD.md",
    }  # fmt: skip
    assert (tmp_path / "again" / WEIGHTS).read_bytes() == (folder / WEIGHTS).read_bytes()
    assert "hate" not in build(tmp_path / "again").types


def test_a_label_that_is_not_there_cannot_be_withheld(folder, tmp_path):
    with pytest.raises(UsageError, match="no label 'mood'; use one of: toxicity"):
        publish(tmp_path / "run", tmp_path / "again", ["mood"])
