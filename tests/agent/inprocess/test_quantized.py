"""Quantised models and quantised caches: the tokens of ``generate``, and a way back that is exact."""

from __future__ import annotations

import copy
import importlib
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import DynamicCache, QuantizedCache

from tokenward.inprocess.memory import Memory
from tokenward.inprocess.settings import cache_name

PROMPTS = ["ab", "b 12 a ab ba", "1. Q"]
SAMPLING = {"do_sample": True, "max_new_tokens": 25, "eos_token_id": None}
REWIND = {"stage": "output", "detect": {"strings": "all"}, "action": {"rewind": {"attempts": 40}}}


HQQ = find_spec("hqq") is not None
"""transformers imports it wherever it is installed, which takes seconds: no part of the tests'
requirements, and tried where it is there."""


@contextmanager
def quiet() -> Iterator[None]:
    """Several of these packages announce, on import or use, what they will drop next."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@pytest.fixture(scope="module", autouse=True)
def not_compiled() -> Iterator[None]:
    """Unpacks what quanto packed without its C++, which takes a minute to compile."""
    with quiet():
        extension = importlib.import_module("optimum.quanto.library.extensions.cpp").ext

    def unpack(packed: torch.Tensor, bits: int) -> torch.Tensor:
        return torch.cat([(packed >> shift) & (2**bits - 1) for shift in range(0, 8, bits)])

    before, extension._lib = extension._lib, SimpleNamespace(unpack=unpack)
    yield
    extension._lib = before


def torchao(name: str, **more: Any) -> Callable[[Any], None]:
    def quantize(model: Any) -> None:
        api = importlib.import_module("torchao.quantization")
        api.quantize_(model, getattr(api, name)(**more))

    return quantize


def quanto(model: Any) -> None:
    api = importlib.import_module("optimum.quanto")
    api.quantize(model, weights=api.qint8)
    api.freeze(model)


def bitsandbytes_nf4(model: Any) -> None:
    replace = importlib.import_module("bitsandbytes").nn.Linear4bit

    def small(linear: Any) -> Any:
        layer = replace(
            linear.in_features, linear.out_features, bias=False, compute_dtype=torch.float32,
            quant_type="nf4",
        )  # fmt: skip
        layer.load_state_dict(linear.state_dict())
        return layer.to("cpu")

    each_linear(model, small)


def hqq(model: Any) -> None:
    core = importlib.import_module("hqq.core.quantize")
    config = core.BaseQuantizeConfig(nbits=4, group_size=16)
    each_linear(
        model,
        lambda linear: core.HQQLinear(linear, config, compute_dtype=torch.float32, device="cpu"),
    )


def each_linear(model: Any, small: Callable[[Any], Any]) -> None:
    """Replaces the linear layers within the blocks; the head stays."""
    for block in model.model.layers:
        for parent in (block.self_attn, block.mlp):
            for name, child in list(parent.named_children()):
                if isinstance(child, torch.nn.Linear):
                    setattr(parent, name, small(child))


WAYS: dict[str, Callable[[Any], None]] = {
    "torchao int8": torchao("Int8WeightOnlyConfig"),
    "torchao int8, activations too": torchao("Int8DynamicActivationInt8WeightConfig"),
    "torchao int4": torchao("IntxWeightOnlyConfig", weight_dtype=torch.int4),
    "quanto int8": quanto,
    "bitsandbytes nf4": bitsandbytes_nf4,
}
if HQQ:
    WAYS["hqq 4 bit"] = hqq


@pytest.fixture(scope="module", params=["torch int8", *WAYS])
def small(request: Any, letters: Any, make_llama: Any, int8: Any) -> Any:
    """A tiny model with quantised weights, that can sample other tokens than the original."""
    model = make_llama(vocabulary=len(letters), scale=6.0, hidden_size=64)
    if request.param == "torch int8":
        return int8(model)
    with quiet():
        WAYS[request.param](model)
    return model


@pytest.fixture(scope="module")
def original(letters: Any, make_llama: Any) -> Any:
    return make_llama(vocabulary=len(letters), scale=6.0, hidden_size=64)


def bare(model: Any, tokenizer: Any, **kwargs: Any) -> list[list[int]]:
    encoded = tokenizer(PROMPTS, return_tensors="pt", padding=True, return_token_type_ids=False)
    torch.manual_seed(7)
    with quiet():
        sequences = model.generate(**encoded, **kwargs)
    return sequences[:, encoded.input_ids.shape[1] :].tolist()


def guarded(guard: Any, model: Any, tokenizer: Any, **kwargs: Any) -> list[Any]:
    torch.manual_seed(7)
    with quiet():
        return guard.generate(model, tokenizer, PROMPTS, **kwargs)


@pytest.mark.parametrize("sample", [False, True])
def test_a_quantized_model_gives_its_own_tokens(
    load: Any, small: Any, original: Any, letters: Any, sample: bool
) -> None:
    kwargs = {**SAMPLING, "do_sample": sample}
    expected = bare(small, letters, **kwargs)
    outputs = guarded(load(REWIND, strings=["QQ!QQ"]), small, letters, **kwargs)
    assert [list(output.tokens) for output in outputs] == expected
    ids = letters("b 12 a ab ba", return_tensors="pt").input_ids
    with torch.no_grad(), quiet():
        off = (small(ids).logits - original(ids).logits).abs().max()
    assert off > 1e-4  # it is quantised


@torch.no_grad()
def test_after_a_rewind_the_logits_are_those_of_a_reading_without_the_detour(small: Any) -> None:
    def walk(detour: bool) -> list[torch.Tensor]:
        memory = start(small, [[5, 9, 7, 4, 3, 6]])
        logits = [memory.start(), memory.step(torch.tensor([[9]]))]
        if detour:
            for token in (10, 11, 12):
                memory.step(torch.tensor([[token]]))
            memory.forget(0, 7)
            logits[-1] = memory.step(torch.tensor([[9]]))  # the last that is kept, again
        return logits + [memory.step(torch.tensor([[token]])) for token in (13, 14, 8)]

    with quiet():
        for one, other in zip(walk(detour=True), walk(detour=False), strict=True):
            torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


@torch.no_grad()
def test_after_rewinds_in_a_batch_the_logits_are_those_of_a_fresh_reading(
    small: Any, request: Any
) -> None:
    memory = start(small, [[5, 9, 7, 4, 3, 6], [8, 3, 4, 11]])
    with quiet():
        memory.start()
        for token in (10, 11, 12, 13):
            memory.step(torch.tensor([[token], [token]]))
        memory.forget(0, 8)  # of the ten tokens of the first row two go, of the second one four
        memory.forget(1, 5)
        memory.step(torch.tensor([[11], [10]]))
        logits = memory.step(torch.tensor([[14], [15]]))
        rows = ([5, 9, 7, 4, 3, 6, 10, 11, 14], [8, 3, 4, 11, 10, 15])
        off = [
            (logits[row] - small(torch.tensor([tokens]), use_cache=False).logits[0, -1]).abs().max()
            for row, tokens in enumerate(rows)
        ]
    # torch scales all that it reads at once alike, so that what is beside a token changes it
    assert max(off) <= (0.2 if "torch int8" in request.node.name else 1e-5)


def start(model: Any, prompts: list[list[int]]) -> Memory:
    width = max(map(len, prompts))
    ids = torch.tensor([[0] * (width - len(prompt)) + prompt for prompt in prompts])
    mask = (ids != 0).long()
    inputs = {
        cache_name(model): DynamicCache(config=model.config),
        "attention_mask": mask,
        "position_ids": (mask.cumsum(-1) - 1).clamp(min=0),
    }
    return Memory(model, ids, inputs, way="holes")


def test_a_quantized_model_finds_another_way(load: Any, small: Any, letters: Any) -> None:
    words = ["Q", "12", "b a"]
    outputs = guarded(load(REWIND, strings=words), small, letters, **SAMPLING)
    for output in outputs:
        assert output.text == letters.decode(output.tokens, skip_special_tokens=True)
        assert not any(word in output.text for word in words)
    assert sum(output.rewinds for output in outputs) > 0


# -- caches --------------------------------------------------------------------------------------

CACHES = {
    "quanto": {"backend": "quanto", "nbits": 4, "q_group_size": 16},
    "quanto, filled at once": {
        "backend": "quanto", "nbits": 4, "q_group_size": 16, "residual_length": 4
    },
    "fp8": {"backend": "fp8"},
}  # fmt: skip
if HQQ:
    CACHES["hqq"] = {"backend": "hqq", "axis_key": 1, "axis_value": 1, "q_group_size": 16}


@pytest.mark.parametrize("action", ["redact", {"rewind": {"attempts": 3}}])
@pytest.mark.parametrize("kind", CACHES)
def test_a_quantized_cache_gives_the_tokens_of_generate(
    load: Any, original: Any, letters: Any, kind: str, action: Any
) -> None:
    kwargs = {
        **SAMPLING, "cache_implementation": "quantized", "cache_config": CACHES[kind]
    }  # fmt: skip
    guard = load({"stage": "output", "detect": {"words": "all"}, "action": action}, words=["bQb"])
    expected = bare(original, letters, **copy.deepcopy(kwargs))
    outputs = guarded(guard, original, letters, **kwargs)
    assert [list(output.tokens) for output in outputs] == expected
    assert expected != bare(original, letters, **SAMPLING)  # else the cache was not used


@pytest.mark.parametrize("kind", [kind for kind in CACHES if "at once" not in kind])
@torch.no_grad()
def test_a_quantized_cache_goes_back_to_what_it_held_without_the_detour(
    original: Any, kind: str
) -> None:
    def walk(detour: bool) -> list[torch.Tensor]:
        cache = QuantizedCache(config=original.config, **CACHES[kind])
        ids = torch.tensor([[5, 6, 7, 8]])
        inputs = {cache_name(original): cache, "position_ids": torch.arange(4)[None]}
        memory = Memory(original, ids, inputs, way="holes")
        memory.start()
        memory.step(torch.tensor([[9]]))
        if detour:
            for token in (3, 4, 5):
                memory.step(torch.tensor([[token]]))
            memory.forget(0, 5)
            memory.step(torch.tensor([[9]]))  # the last that is kept, again
        return [memory.step(torch.tensor([[token]])) for token in (10, 11, 12)]

    with quiet():
        for one, other in zip(walk(detour=True), walk(detour=False), strict=True):
            torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", CACHES)
def test_rewinds_in_a_quantized_cache_leave_no_forbidden_text(
    load: Any, original: Any, letters: Any, kind: str
) -> None:
    words = ["Q", "12", "b a"]
    kwargs = {**SAMPLING, "cache_implementation": "quantized", "cache_config": CACHES[kind]}
    outputs = guarded(load(REWIND, strings=words), original, letters, **kwargs)
    for output in outputs:
        assert output.text == letters.decode(output.tokens, skip_special_tokens=True)
        assert not any(word in output.text for word in words)
    assert sum(output.rewinds for output in outputs) > 0
