"""The graph that is exported: quick because of the operations it has, right for any shape."""

from __future__ import annotations

from collections import Counter

import onnx
import pytest
import torch
from tests.plugins.encoder import base as checkpoint

from tokenward_plugins.encoder.folder import WEIGHTS
from tokenward_plugins.encoder.train import export, model, slim
from tokenward_plugins.encoder.train.labels import HEADS
from tokenward_plugins.encoder.train.score import of_torch
from tokenward_plugins.encoder.train.vocabulary import SPECIAL

TOKENS = [*SPECIAL, "good", "bad", "day", "night", "a", "the", "of"]
IDS = [[2, 4, 6, 3], [2, 5, 3], [2, 8, 9, 10, 5, 7, 3], [2]]
PRODUCTS = "DynamicQuantizeMatMul"


@pytest.fixture
def made(tmp_path):
    """A model of random weights; biases too, which are zeros otherwise."""
    checkpoint.saved(tmp_path / "base", TOKENS)
    torch.manual_seed(1)
    network = model.MultiHead(model.load(tmp_path / "base"), HEADS).eval()
    with torch.no_grad():
        for name, value in network.named_parameters():
            if name.endswith("bias"):
                value.normal_(0, 0.5)
    return network


def nodes(network, folder) -> list[onnx.NodeProto]:
    export.export(network, folder, TOKENS, {})
    return list(onnx.load(folder / WEIGHTS).graph.node)


def narrow(network):
    return slim.slimmer(network, 12, IDS * 4)


def double(network):
    """Four layers, of which two are as the others."""
    layers = network.encoder.layers
    network.encoder.layers = torch.nn.ModuleList([*layers, *layers])
    return network


@pytest.mark.parametrize("shaped", [narrow, double, lambda network: narrow(double(network))])
def test_a_model_of_another_shape_says_the_same_when_exported(made, tmp_path, shaped):
    network = shaped(made)
    export.export(network, tmp_path / "out", TOKENS, {})
    found = export.parity(of_torch(network), export.forward(tmp_path / "out" / WEIGHTS), IDS)
    assert found["correlation"] > 0.99
    assert found["mean"] < 0.1


def test_biases_are_added_by_the_products(made, tmp_path):
    found = nodes(double(made), tmp_path / "out")
    kinds = Counter(node.op_type for node in found)
    # a sum for the places, two a layer for what goes around its parts, one for the heads
    assert kinds["Add"] == 1 + 2 * 4 + 1
    assert all(node.input[4] for node in found if node.op_type == PRODUCTS)


def test_what_goes_into_an_attention_is_quantised_once(made, tmp_path):
    kinds = Counter(node.op_type for node in nodes(made, tmp_path / "out"))
    assert kinds["DynamicQuantizeLinear"] == kinds["QAttention"] == kinds["Gelu"] == 2
    assert kinds[PRODUCTS] == 6


def test_no_operation_is_slower_than_its_parts(made, tmp_path):
    slow = {"SkipLayerNormalization", "BiasGelu", "MatMulInteger"}
    assert not slow & {node.op_type for node in nodes(made, tmp_path / "out")}
