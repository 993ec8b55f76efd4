from __future__ import annotations

import pytest
import torch
from tests.agent.compare.small import texts

from tokenward.compare.backends.opened import open_backend
from tokenward.compare.bisect.restored import around, layers, restored, together
from tokenward.compare.bisect.search import bisect
from tokenward.compare.sampling import Sampling
from tokenward.errors import UsageError

SAMPLING = Sampling(max_new_tokens=8, batch=4)
ONE_LAYER = '''
from tokenward.demo.model import load

def broken():
    """Rounds the block of one layer so much that little is left of it."""
    model, tokenizer = load()
    for part in (model.model.layers[2].mlp.up_proj, model.model.layers[2].mlp.down_proj):
        scale = part.weight.data.abs().max() / 1.5
        part.weight.data = (part.weight.data / scale).round() * scale
    model.model.layers[0].mlp.up_proj.weight.data.mul_(1.01)
    return model, tokenizer
'''


def test_the_layer_that_was_broken_is_found(tmp_path):
    path = tmp_path / "one_layer.py"
    path.write_text(ONE_LAYER)
    lines = []
    found = bisect("demo", f"py:{path}:broken", {}, [texts()], sampling=SAMPLING,
                   folder=tmp_path / "runs", progress=lines.append)  # fmt: skip
    assert (found.by, found.metric, found.cases) == ("layers", "quality.kl", 4)
    assert found.damage > 0.05
    worst, *rest = found.parts
    assert worst.name == "layer 2"
    assert worst.share > 0.9
    assert max(part.share for part in rest) < 0.2
    assert worst.low <= worst.undone <= worst.high
    assert worst.value < 0.1 * found.optimized
    assert [part.name for part in found.narrowed] == ["layer 2 mlp"]
    assert {part.name for part in rest} == {
        "layer 0", "layer 1", "layer 3", "embeddings, last norm and head",
    }  # fmt: skip
    assert found.as_dict()["parts"][0]["name"] == "layer 2"
    assert lines[1].startswith("layer 0: undoes ")


def test_the_step_of_a_recipe_that_breaks_most_is_found(tmp_path):
    options = {"quantize": "int8", "drop_layers": "1", "threads": "1"}
    found = bisect("demo", "demo", options, [texts()], sampling=SAMPLING, folder=tmp_path)
    assert found.by == "steps"  # a layer is gone, so that none can be put back
    assert [part.name for part in found.parts] == ["drop_layers=1", "quantize=int8"]
    assert found.parts[0].share > 0.95
    assert abs(found.parts[1].share) < 0.3


def test_a_metric_that_is_not_worse_has_no_cause(tmp_path):
    with pytest.raises(UsageError, match=r"quality.kl is not worse \(\+0\), so there is nothing"):
        bisect("demo", "demo", {}, [texts()], sampling=SAMPLING, folder=tmp_path)


def test_what_cannot_be_searched_is_told(tmp_path):
    given = {"suites": [texts()], "sampling": SAMPLING, "folder": tmp_path}
    with pytest.raises(UsageError, match=r"unknown metric 'quality.klm'; use one of: quality.kl"):
        bisect("demo", "demo", {}, metric="quality.klm", **given)
    with pytest.raises(UsageError, match="is no model of transformers"):
        bisect("http://localhost:1/v1#m", "demo", {}, **given)


@pytest.mark.parametrize("options", [{"dtype": "bfloat16"}, {"quantize": "dynamic-int8"}])
def test_a_model_with_all_parts_restored_is_the_base(options):
    base, other = open_backend("demo", {}), open_backend("demo", options)
    ids = torch.arange(3, 40)[None]
    before = other.model(ids).logits
    pieces = [*layers(other.model, base.model), around(other.model, base.model)]
    with torch.inference_mode(), restored(pieces, other.model.dtype):
        within = other.model(ids).logits
    with torch.inference_mode():
        wanted = base.model(ids).logits
        assert torch.equal(other.model(ids).logits, before)  # and all was taken out again
    assert (within.float() - wanted).abs().max() < 0.2 < (before - wanted).abs().max() * 4
    if other.model.dtype == torch.float32:
        assert torch.equal(within, wanted)


def test_groups_of_layers_are_named_by_their_ends():
    base = open_backend("demo", {})
    single = layers(base.model, base.model)
    assert together(single[1:]).name == "layers 1 to 3"
    assert together(single[:1]).name == "layer 0"
    counted = sum(piece.parameters for piece in [*single, around(base.model, base.model)])
    assert counted == base.identity.parameters
