"""Where nothing fires, the guarded loop gives the tokens of a bare ``model.generate``."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import (
    DynamicCache,
    GenerationConfig,
    LogitsProcessor,
    StaticCache,
    StoppingCriteria,
    WatermarkingConfig,
)

from tokenward.inprocess.settings import cache_name

PROMPTS = ["hello", "a longer prompt, to pad the others", "x"]


@pytest.fixture(scope="module", params=["edits", "rewinds"])
def guard(request: Any, load: Any) -> Any:
    """A guard whose rules never fire; the second kind has text wait for rewinds."""
    action = "redact" if request.param == "edits" else {"rewind": {"attempts": 3}}
    rule = {"stage": "output", "detect": {"words": "all"}, "action": action}
    return load(rule, words=["nevermore"])


def bare(model: Any, tokenizer: Any, prompts: list[str], **kwargs: Any) -> list[list[int]]:
    """Returns the new tokens of each row, without the padding behind its end."""
    encoded = tokenizer(prompts, return_tensors="pt", padding=True)
    torch.manual_seed(7)
    sequences = model.generate(**encoded, tokenizer=tokenizer, **kwargs)
    return [unpadded(row) for row in sequences[:, encoded.input_ids.shape[1] :].tolist()]


def unpadded(tokens: list[int]) -> list[int]:
    """Cuts the padding off that follows the end token."""
    return tokens[: tokens.index(2) + 1] if 2 in tokens else tokens


def guarded(guard: Any, model: Any, tokenizer: Any, prompts: Any, **kwargs: Any) -> list[list[int]]:
    torch.manual_seed(7)
    return [list(output.tokens) for output in guard.generate(model, tokenizer, prompts, **kwargs)]


SAMPLING = {"do_sample": True, "max_new_tokens": 40}
WAYS: dict[str, dict[str, Any]] = {
    "greedy": {"do_sample": False, "max_new_tokens": 30},
    "sampling": SAMPLING,
    "temperature": {**SAMPLING, "temperature": 0.6},
    "top_k": {**SAMPLING, "top_k": 5},
    "top_p": {**SAMPLING, "top_p": 0.8, "top_k": 0},
    "min_p": {**SAMPLING, "min_p": 0.1},
    "repetition penalty": {"do_sample": False, "max_new_tokens": 30, "repetition_penalty": 1.4},
    "no repeated n-grams": {"do_sample": False, "max_new_tokens": 30, "no_repeat_ngram_size": 2},
    "least new tokens": {**SAMPLING, "min_new_tokens": 20},
    "max_length": {"do_sample": True, "max_length": 50},
    "least length": {
        **SAMPLING, "min_length": 60, "exponential_decay_length_penalty": (1, 2.0)
    },
    "max_time": {**SAMPLING, "max_time": 3600.0},
    "temperature, top_k, top_p and min_p": {
        **SAMPLING, "temperature": 1.4, "top_k": 30, "top_p": 0.9, "min_p": 0.02
    },
    "top_h": {**SAMPLING, "top_h": 0.5},
    "typical_p": {**SAMPLING, "typical_p": 0.7},
    "epsilon_cutoff": {**SAMPLING, "epsilon_cutoff": 0.01},
    "eta_cutoff": {**SAMPLING, "eta_cutoff": 0.01},
    "bad words": {**SAMPLING, "bad_words_ids": [[40], [50, 51]]},
    "sequence bias": {**SAMPLING, "sequence_bias": [[[40], 5.0], [[50, 51], -9.0]]},
    "suppressed tokens": {
        **SAMPLING, "suppress_tokens": [*range(3, 90)], "begin_suppress_tokens": [*range(90, 200)]
    },
    "forced end": {**SAMPLING, "forced_eos_token_id": 2},
    "length penalty of the end": {
        **SAMPLING, "exponential_decay_length_penalty": (5, 1.3), "eos_token_id": 2
    },
    "repetition penalty of the prompt": {**SAMPLING, "encoder_repetition_penalty": 1.5},
    "allowed tokens": {**SAMPLING, "prefix_allowed_tokens_fn": lambda row, _: [*range(40, 60 + row)]},
    "watermark": {**SAMPLING, "watermarking_config": WatermarkingConfig(bias=2.5)},
    "normalised logits": {**SAMPLING, "renormalize_logits": True, "remove_invalid_values": True},
    "dynamic cache": {**SAMPLING, "cache_implementation": "dynamic"},
    "static cache": {**SAMPLING, "cache_implementation": "static"},
    "quantized cache": {
        **SAMPLING, "cache_implementation": "quantized", "cache_config": {"backend": "fp8"}
    },
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_padded_batch_gets_the_same_tokens(
    guard: Any, model: Any, tokenizer: Any, way: str
) -> None:
    expected = bare(model, tokenizer, PROMPTS, **WAYS[way])
    assert guarded(guard, model, tokenizer, PROMPTS, **WAYS[way]) == expected


@pytest.mark.parametrize("way", ["greedy", "sampling", "static cache"])
def test_a_single_prompt_gets_the_same_tokens(
    guard: Any, model: Any, tokenizer: Any, way: str
) -> None:
    expected = bare(model, tokenizer, PROMPTS[:1], **WAYS[way])
    assert guarded(guard, model, tokenizer, PROMPTS[:1], **WAYS[way]) == expected


def test_rows_end_at_the_end_token_as_they_would(guard: Any, model: Any, tokenizer: Any) -> None:
    config = {
        "do_sample": True,
        "temperature": 3.0,
        "max_new_tokens": 150,
        "eos_token_id": [2, 77, 78],
    }
    encoded = tokenizer(PROMPTS, return_tensors="pt", padding=True)
    torch.manual_seed(7)
    sequences = model.generate(**encoded, **config)[:, encoded.input_ids.shape[1] :].tolist()
    got = guarded(guard, model, tokenizer, PROMPTS, **config)
    lengths = [len(tokens) for tokens in got]
    assert [row[:length] for row, length in zip(sequences, lengths, strict=True)] == got
    assert min(lengths) < max(lengths)  # else nothing was tested
    assert all(set(row[length:]) <= {0} for row, length in zip(sequences, lengths, strict=True))


def test_stop_strings_end_a_row_as_they_would(guard: Any, model: Any, tokenizer: Any) -> None:
    config = {"do_sample": True, "max_new_tokens": 60, "stop_strings": ["t", "("]}
    encoded = tokenizer(["hello"], return_tensors="pt")
    torch.manual_seed(7)
    whole = model.generate(**encoded, tokenizer=tokenizer, **config)[0].tolist()
    torch.manual_seed(7)
    output = guard.generate(model, tokenizer, "hello", **config)
    assert output.sequences[0].tolist() == whole
    assert output.finish_reason == "stop"
    assert output.text[-1] in "t("


@pytest.mark.parametrize("stops", ["t", ["t", "("]])
def test_stop_strings_end_the_rows_of_a_batch_as_they_would(
    guard: Any, model: Any, tokenizer: Any, stops: Any
) -> None:
    config = {"do_sample": True, "max_new_tokens": 120, "stop_strings": stops}
    expected = bare(model, tokenizer, PROMPTS, **config)
    got = guarded(guard, model, tokenizer, PROMPTS, **config)
    for tokens, whole in zip(got, expected, strict=True):
        assert tokens == whole[: len(tokens)]
        assert not any(whole[len(tokens) :])  # the rest is padding
    assert len({len(tokens) for tokens in got}) > 1


@pytest.mark.parametrize("kind", [DynamicCache, StaticCache])
def test_a_cache_of_the_caller_is_used(guard: Any, model: Any, tokenizer: Any, kind: Any) -> None:
    def cache() -> Any:
        size = {"max_cache_len": 128} if kind is StaticCache else {}
        return kind(config=model.config, **size)

    expected = bare(model, tokenizer, PROMPTS, **SAMPLING, **{cache_name(model): cache()})
    mine = cache()
    assert (
        guarded(guard, model, tokenizer, PROMPTS, **SAMPLING, **{cache_name(model): mine})
        == expected
    )
    assert int(mine.get_seq_length()) > 40


def test_a_generation_config_is_followed_and_left_as_it_is(
    guard: Any, model: Any, tokenizer: Any
) -> None:
    config = GenerationConfig(
        do_sample=True, max_new_tokens=30, top_k=7, eos_token_id=2, pad_token_id=0
    )
    before = config.to_dict()
    expected = bare(model, tokenizer, PROMPTS, generation_config=config)
    assert guarded(guard, model, tokenizer, PROMPTS, generation_config=config) == expected
    assert config.to_dict() == before


class Even(LogitsProcessor):
    """Allows a token of every second id, and of every third in odd rows."""

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        scores[::2, 1::2] = -torch.inf
        scores[1::2, 1::3] = -torch.inf
        return scores


class Forty(StoppingCriteria):
    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        return torch.full((len(input_ids),), input_ids.shape[1] >= 60)


def test_processors_and_criteria_of_the_caller_are_used(
    guard: Any, model: Any, tokenizer: Any
) -> None:
    config = {
        "do_sample": True, "max_new_tokens": 100, "logits_processor": [Even()], "stopping_criteria": [Forty()]
    }  # fmt: skip
    expected = bare(model, tokenizer, PROMPTS, **config)
    assert guarded(guard, model, tokenizer, PROMPTS, **config) == expected
    assert len(config["stopping_criteria"]) == 1  # the caller's list is not added to


def test_a_bfloat16_model_gets_the_same_tokens(guard: Any, tokenizer: Any, make_llama: Any) -> None:
    half = make_llama(scale=12.0).to(torch.bfloat16)
    expected = bare(half, tokenizer, PROMPTS, **SAMPLING)
    assert guarded(guard, half, tokenizer, PROMPTS, **SAMPLING) == expected


def test_a_dynamically_quantized_model_gets_the_same_tokens(
    guard: Any, model: Any, tokenizer: Any, int8: Any
) -> None:
    small = int8(model)
    expected = bare(small, tokenizer, PROMPTS, **SAMPLING)
    assert guarded(guard, small, tokenizer, PROMPTS, **SAMPLING) == expected


def test_a_chat_gets_the_tokens_of_its_template(guard: Any, model: Any, tokenizer: Any) -> None:
    chat = [{"role": "user", "content": "hello"}]
    encoded = tokenizer.apply_chat_template(
        chat, add_generation_prompt=True, return_dict=True, return_tensors="pt"
    )
    expected = model.generate(**encoded, max_new_tokens=10, do_sample=False)
    output = guard.generate(model, tokenizer, chat, max_new_tokens=10, do_sample=False)
    assert torch.equal(output.sequences, expected)
    assert chat == [{"role": "user", "content": "hello"}]


def test_chats_of_different_lengths_get_the_tokens_of_their_templates(
    guard: Any, model: Any, tokenizer: Any
) -> None:
    chats = [
        [{"role": "user", "content": "hello"}],
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What is there to see?"},
            {"role": "assistant", "content": "The harbour"},
        ],
    ]
    texts = [
        tokenizer.apply_chat_template(
            chat, tokenize=False, add_generation_prompt=chat[-1]["role"] == "user",
            continue_final_message=chat[-1]["role"] == "assistant",
        )
        for chat in chats
    ]  # fmt: skip
    assert texts[1].endswith("assistant: The harbour")
    encoded = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)
    torch.manual_seed(7)
    expected = model.generate(**encoded, **SAMPLING)[:, encoded.input_ids.shape[1] :].tolist()
    got = guarded(guard, model, tokenizer, chats, **SAMPLING)
    assert got == [unpadded(tokens) for tokens in expected]
