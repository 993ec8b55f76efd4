from __future__ import annotations

import importlib
from types import SimpleNamespace

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from tokenward.compare.backends.base import Ask, Rating
from tokenward.compare.backends.loaded import Found, parameters_of, prepared
from tokenward.compare.backends.opened import open_backend
from tokenward.compare.recipes.known import RECIPES
from tokenward.compare.recipes.modules import layers_of, linears
from tokenward.compare.recipes.quantizing import quiet
from tokenward.compare.recipes.rounding import saved_bytes
from tokenward.compare.sampling import Sampling
from tokenward.demo.model import load
from tokenward.errors import MissingExtra, UsageError

TEXT = Rating("Your order", " arrives on Monday, and we thank you for it.")


@pytest.fixture(autouse=True)
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def changed(**options):
    return prepared(Found(*load()), options)


def tiny_gpt2():
    config = GPT2Config(vocab_size=50, n_embd=32, n_layer=2, n_head=2, n_positions=32)
    return GPT2LMHeadModel(config).eval()


def each(model):
    return {name: module.weight.detach() for name, module in linears(model)}


@pytest.mark.parametrize("bits", [8, 4, 2])
def test_rounded_weights_have_few_values_a_group_and_keep_the_largest(bits):
    before, after = each(load()[0]), each(changed(quantize=f"int{bits}").model)
    for name, weight in after.items():
        groups, own = weight.reshape(-1, 32), before[name].reshape(-1, 32)
        assert torch.allclose(groups.abs().amax(1), own.abs().amax(1)), name
        step = own.abs().amax(1, keepdim=True) / (2 ** (bits - 1) - 1)
        assert (groups - own).abs().max() <= step.max() / 2 * 1.001
        assert max(len(row.unique()) for row in groups) < 2**bits


def test_rounding_is_said_to_be_simulated_and_counts_what_it_would_take():
    loaded = changed(quantize="int4")
    weights = sum(m.weight.numel() for _, m in linears(loaded.model))
    assert loaded.details["simulated"] == "int4, 32 weights a scale"
    assert saved_bytes(loaded) == round(weights * (4 - 4.5 / 8))
    assert saved_bytes(changed(prune="0.3")) == 0


def test_weights_whose_input_comes_first_are_rounded_along_it():
    model = tiny_gpt2()
    before = each(model)
    loaded = prepared(Found(model, None), {"quantize": "int3"})
    for name, weight in each(loaded.model).items():
        assert len(weight[:32, 0].unique()) < 8, name
        assert weight.shape == before[name].shape


WAYS = ["dynamic-int8", "torchao-int8", "torchao-int8-dynamic", "torchao-int4", "quanto-int8", "quanto-int4",
        "bnb-nf4", "bnb-fp4"]  # fmt: skip


@pytest.fixture
def _not_compiled(monkeypatch):
    """Unpacks what quanto packed without its C++, which takes a minute to compile."""
    with quiet():
        extension = importlib.import_module("optimum.quanto.library.extensions.cpp").ext

    def unpack(packed, bits):
        return torch.cat([(packed >> shift) & (2**bits - 1) for shift in range(0, 8, bits)])

    monkeypatch.setattr(extension, "_lib", SimpleNamespace(unpack=unpack))


@pytest.mark.usefixtures("_not_compiled")
@pytest.mark.parametrize("way", WAYS)
def test_libraries_quantise_a_model_that_answers_and_is_smaller(way):
    with quiet():
        base, small = open_backend("demo", {}), open_backend("demo", {"quantize": way})
        ours, theirs = base.rate([TEXT])[0].logprobs, small.rate([TEXT])[0].logprobs
        (answer,) = small.generate([Ask((0, "a", 0), "Your order")], Sampling(max_new_tokens=5))
    assert answer.count == 5
    assert 0 < abs(ours - theirs).mean() < (1.5 if "4" in way else 0.6)
    assert small.identity.bytes < 0.5 * base.identity.bytes
    inside = sum(module.weight.numel() for _, module in linears(base.model))
    assert small.identity.parameters >= base.identity.parameters > inside


def test_pruning_sets_the_smallest_to_zero():
    before, after = each(load()[0]), each(changed(prune=0.3).model)
    for name, weight in after.items():
        gone = weight == 0
        assert gone.float().mean() == pytest.approx(0.3, abs=0.001)
        assert before[name][gone].abs().max() <= before[name][~gone].abs().min()
        assert torch.equal(weight[~gone], before[name][~gone])


def test_layers_are_dropped_and_the_rest_still_has_its_cache():
    backend = open_backend("demo", {"drop_layers": "1,2"})
    assert len(layers_of(backend.model)) == 2
    (batched, _) = backend.generate(
        [Ask((0, "a", 0), "Your order"), Ask((0, "b", 0), "We")], Sampling(max_new_tokens=6)
    )
    ids = torch.tensor([backend.reader.prompt("Your order")])
    for token in batched.tokens:  # without a cache
        assert backend.model(ids, use_cache=False).logits[0, -1].argmax() == token
        ids = torch.cat([ids, torch.tensor([[token]])], 1)


def test_neurons_are_taken_out_and_heads_silenced():
    whole = load()[0]
    fewer = changed(prune_neurons=0.25).model
    assert fewer.config.intermediate_size == 336
    assert parameters_of(fewer) == parameters_of(whole) - 4 * 3 * 112 * 128
    silent = changed(prune_heads=0.5).model
    for layer in layers_of(silent):
        by_head = layer.self_attn.o_proj.weight.view(128, 4, 32).abs().sum((0, 2))
        assert (by_head == 0).sum() == 2
    ids = torch.tensor([[5, 6, 7]])
    assert fewer(ids).logits.isfinite().all() and silent(ids).logits.isfinite().all()


def test_recipes_go_in_the_order_of_the_options():
    first, second = changed(prune=0.5, quantize="int3"), changed(quantize="int3", prune=0.5)
    ours, theirs = each(first.model), each(second.model)
    assert any(not torch.equal(ours[name], theirs[name]) for name in ours)


def test_how_a_model_runs_does_not_change_what_it_says():
    plain = open_backend("demo", {}).rate([TEXT])[0].logprobs
    eager = open_backend("demo", {"attention": "eager", "device": "cpu", "threads": "1"})
    assert eager.rate([TEXT])[0].logprobs == pytest.approx(plain, abs=1e-4)
    assert eager.identity.details["threads"] == 1
    assert eager.model.config._attn_implementation == "eager"


def test_the_last_layer_of_16_bits_can_be_wide_while_answering():
    own = open_backend("demo", {"dtype": "bfloat16"})
    wide = open_backend("demo", {"dtype": "bfloat16", "head": "float32"})
    assert (own.identity.details["head"], wide.identity.details["head"]) == ("own", "float32")
    assert own.identity.details["dtype"] == wide.identity.details["dtype"] == "bfloat16"
    assert own.rate([TEXT])[0].logprobs == pytest.approx(wide.rate([TEXT])[0].logprobs)
    (answer,) = wide.generate([Ask((0, "a", 0), "Your order")], Sampling(max_new_tokens=5))
    assert answer.count == 5


@pytest.mark.parametrize(("options", "message"), [
    ({"quantise": "int8"}, r"unknown option 'quantise' of a transformers model; use one of: dtype, quantize"),
    ({"quantize": "int9"}, r"quantize=int9: unknown value; use one of: dynamic-int8, int8"),
    ({"dtype": "float8"}, r"dtype=float8: unknown value; use one of: float32"),
    ({"prune": "30"}, r"prune=30: give a share above 0 and below 1"),
    ({"prune": "much"}, r"prune=much: give a share"),
    ({"drop_layers": "4"}, r"drop_layers=4: give numbers from 0 to 3"),
    ({"drop_layers": "0,1,2,3"}, r"these are all layers"),
    ({"threads": "0"}, r"threads=0: give a whole number of at least 1"),
    ({"compile": "yes"}, r"compile=yes: unknown value; use one of: true, false"),
    ({"device": "npu9"}, r"device=npu9: torch has no such device"),
    ({"attention": "none"}, r"attention=none: unknown value"),
])  # fmt: skip
def test_what_a_user_mistypes_is_told_with_what_is_allowed(options, message):
    with pytest.raises(UsageError, match=message):
        open_backend("demo", options)


def test_neurons_of_blocks_that_are_not_gated_are_not_pruned():
    with pytest.raises(UsageError, match="have no 'gate_proj'; use prune"):
        prepared(Found(tiny_gpt2(), None), {"prune_neurons": "0.2"})


def test_a_package_that_is_missing_is_named(monkeypatch):
    monkeypatch.setattr("tokenward.compare.recipes.quantizing.find_spec", lambda _: None)
    for way in ("torchao-int8", "quanto-int8", "quanto-int4", "bnb-nf4"):
        with pytest.raises(MissingExtra, match=way):
            open_backend("demo", {"quantize": way})


def test_each_recipe_says_what_it_takes_and_does():
    assert all(recipe.values and recipe.about for recipe in RECIPES.values())
    assert {name for name, recipe in RECIPES.items() if recipe.runs} == {
        "threads", "attention", "compile", "device", "head",
    }  # fmt: skip
