"""Batches with rewinds give what a plain program gives that reads every row anew for each token."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
from transformers import (
    DynamicCache,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    JambaConfig,
    JambaForCausalLM,
    Lfm2Config,
    Lfm2ForCausalLM,
    Llama4ForCausalLM,
    Llama4TextConfig,
    MambaConfig,
    MambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen3NextConfig,
    Qwen3NextForCausalLM,
    StaticCache,
)

from tokenward.inprocess.detokenize import Detokenizer
from tokenward.inprocess.row import Row
from tokenward.inprocess.settings import cache_name

PROMPTS = ["ab", "b 12 a", "1. Q", "a!"]
FEW = PROMPTS[1:3]
NEW = 24


@pytest.fixture(scope="module")
def guard(load: Any) -> Any:
    rewind = {"rewind": {"attempts": 20, "otherwise": {"redact": "tag"}}}
    rules = [
        {"stage": "output", "detect": {"strings": "all"}, "action": rewind},
        {"stage": "output", "detect": {"digits": "all"}, "action": {"redact": "tag"}},
        {"stage": "output", "detect": {"shouting": "all"}, "action": rewind},
    ]
    return load(*rules, strings=["12", "b a", "!Q"])


@torch.no_grad()
def anew(guard: Any, model: Any, tokenizer: Any, prompt: str) -> Row:
    """Decodes greedily without a cache, without a batch and without ``model.generate``."""
    row = Row(guard.engine, Detokenizer(tokenizer), lambda _: None, 40)
    ids = tokenizer(prompt)["input_ids"]
    while not row.done:
        tokens = ids + row.tokens
        logits = model(torch.tensor([tokens]), use_cache=False).logits[0, -1]
        for seen in set(tokens):  # the repetition penalty
            logits[seen] = logits[seen] / 1.3 if logits[seen] > 0 else logits[seen] * 1.3
        logits[list(row.banned)] = -torch.inf
        token = int(logits.argmax())
        if row.accept(token, 0.0, 0.0) is None and not row.done and len(row.tokens) >= NEW:
            row.end("length")
    return row


@pytest.fixture(scope="module")
def read_anew(guard: Any, letters: Any) -> Callable[..., list[Row]]:
    """Returns the rows of some prompts, decoded anew by a model; once for each model."""

    @cache
    def rows(model: Any, *prompts: str) -> list[Row]:
        return [anew(guard, model, letters, prompt) for prompt in prompts]

    return rows


@pytest.mark.parametrize("kind", ["dynamic", "static", "roomy", "tight batch"])
def test_a_batch_with_rewinds_equals_reading_anew(
    guard: Any, babbler: Any, letters: Any, read_anew: Any, kind: str
) -> None:
    caches = {
        "dynamic": {cache_name(babbler): DynamicCache(config=babbler.config)},
        "static": {"cache_implementation": "static"},  # full after the first rewinds
        "roomy": {cache_name(babbler): StaticCache(config=babbler.config, max_cache_len=200)},
        "tight batch": {cache_name(babbler): StaticCache(config=babbler.config, max_cache_len=30)},
    }
    outputs = guard.generate(
        babbler, letters, PROMPTS, do_sample=False, max_new_tokens=NEW, eos_token_id=None,
        repetition_penalty=1.3, **caches[kind],
    )  # fmt: skip
    expected = read_anew(babbler, *PROMPTS)
    assert [list(output.tokens) for output in outputs] == [row.tokens for row in expected]
    assert [output.text for output in outputs] == [row.text for row in expected]
    rewinds = [output.rewinds for output in outputs]
    assert rewinds == [row.rewinds for row in expected]
    assert sum(rewinds) > 8
    assert len(set(rewinds)) > 1


# -- windows, chunks and running states ----------------------------------------------------------

SMALL = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
MODELS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "window": (MistralConfig, MistralForCausalLM, {"sliding_window": 6}),
    "window and all": (
        Gemma3TextConfig,
        Gemma3ForCausalLM,
        {
            "sliding_window": 6, "head_dim": 8, "query_pre_attn_scalar": 8,
            "layer_types": ["sliding_attention", "full_attention"],
        },
    ),
    "chunks": (
        Llama4TextConfig,
        Llama4ForCausalLM,
        {
            "attention_chunk_size": 8, "head_dim": 8, "num_local_experts": 2, "moe_layers": [],
            "intermediate_size_mlp": 64, "layer_types": ["chunked_attention", "full_attention"],
        },
    ),
    "convolution": (
        Lfm2Config,
        Lfm2ForCausalLM,
        {"layer_types": ["conv", "full_attention"], "block_auto_adjust_ff_dim": False},
    ),
    "linear attention": (
        Qwen3NextConfig,
        Qwen3NextForCausalLM,
        {
            "head_dim": 8, "linear_num_value_heads": 2, "linear_num_key_heads": 2,
            "linear_key_head_dim": 8, "linear_value_head_dim": 8, "num_experts": 0,
            "layer_types": ["linear_attention", "full_attention"],
        },
    ),
    "state space": (
        JambaConfig,
        JambaForCausalLM,
        {
            "attn_layer_period": 2, "attn_layer_offset": 1, "num_experts": 1,
            "num_experts_per_tok": 1, "expert_layer_period": 2, "expert_layer_offset": 1,
            "mamba_d_state": 8, "mamba_dt_rank": 4, "use_mamba_kernels": False,
        },
    ),
    "state alone": (
        MambaConfig,
        MambaForCausalLM,
        {
            "state_size": 4, "intermediate_size": None, "num_attention_heads": None,
            "num_key_value_heads": None,
        },
    ),
}  # fmt: skip


def make(kind: str, vocabulary: int) -> Any:
    """A tiny model of a kind that remembers something else than all keys and values."""
    torch.manual_seed(1)
    config, model, more = MODELS[kind]
    options = {name: one for name, one in {**SMALL, **more}.items() if one is not None}
    return model(config(vocab_size=vocabulary, **options)).eval()


@pytest.fixture(scope="module", params=MODELS)
def forgetful(request: Any, letters: Any) -> Any:
    return make(request.param, len(letters))


@pytest.fixture(scope="module")
def window(letters: Any) -> Any:
    return make("window", len(letters))


GREEDY = {
    "do_sample": False, "max_new_tokens": NEW, "eos_token_id": None, "repetition_penalty": 1.3
}  # fmt: skip


def test_forgetful_models_with_rewinds_equal_reading_anew(
    guard: Any, forgetful: Any, letters: Any, read_anew: Any
) -> None:
    outputs = guard.generate(forgetful, letters, FEW, **GREEDY)
    expected = read_anew(forgetful, *FEW)
    assert [list(output.tokens) for output in outputs] == [row.tokens for row in expected]
    assert [output.text for output in outputs] == [row.text for row in expected]
    assert sum(output.rewinds for output in outputs) >= 1


@pytest.mark.parametrize("kind", ["plain", "of the config", "static", "static of the caller"])
def test_a_sliding_window_goes_back_in_any_cache(
    guard: Any, letters: Any, window: Any, read_anew: Any, kind: str
) -> None:
    model = window
    caches = {
        "plain": {cache_name(model): DynamicCache()},
        "of the config": {cache_name(model): DynamicCache(config=model.config)},
        "static": {"cache_implementation": "static"},
        "static of the caller": {
            cache_name(model): StaticCache(config=model.config, max_cache_len=80)
        },
    }
    outputs = guard.generate(model, letters, FEW, **GREEDY, **caches[kind])
    expected = read_anew(model, *FEW)
    assert [list(output.tokens) for output in outputs] == [row.tokens for row in expected]
    assert sum(output.rewinds for output in outputs) >= 1


@pytest.mark.parametrize("sample", [False, True])
def test_forgetful_models_that_stay_give_the_tokens_of_generate(
    load: Any, forgetful: Any, letters: Any, sample: bool
) -> None:
    kwargs = {"do_sample": sample, "max_new_tokens": 20, "eos_token_id": None}
    encoded = letters(PROMPTS, return_tensors="pt", padding=True, return_token_type_ids=False)
    torch.manual_seed(5)
    expected = forgetful.generate(**encoded, **kwargs)[:, encoded.input_ids.shape[1] :].tolist()
    action = {"rewind": {"attempts": 2}}
    quiet = load({"stage": "output", "detect": {"words": "all"}, "action": action}, words=["Qbb"])
    torch.manual_seed(5)
    outputs = quiet.generate(forgetful, letters, PROMPTS, **kwargs)
    assert [list(output.tokens) for output in outputs] == expected
    assert sum(output.rewinds for output in outputs) == 0
