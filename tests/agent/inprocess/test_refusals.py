"""What the guarded loop cannot serve is refused, with the reason."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import (
    DynamicCache,
    GenerationConfig,
    StaticCache,
    SynthIDTextWatermarkingConfig,
    T5Config,
    T5ForConditionalGeneration,
    TextStreamer,
)

from tokenward.errors import UsageError
from tokenward.inprocess.settings import cache_name

REWIND = {"stage": "output", "detect": {"words": "all"}, "action": {"rewind": {"attempts": 1}}}


def refusal(guard: Any, model: Any, tokenizer: Any, prompt: Any = "ab", **kwargs: Any) -> str:
    with pytest.raises(UsageError) as caught:
        guard.generate(model, tokenizer, prompt, **{"max_new_tokens": 5, **kwargs})
    return str(caught.value)


OPTIONS = {
    "num_beams": (4, "follows a single draft"),
    "constraints": ([object()], "follows a single draft"),
    "force_words_ids": ([[5]], "follows a single draft"),
    "assistant_early_exit": (1, "before the next is sampled"),
    "use_mtp": (True, "before the next is sampled"),
    "dola_layers": ("low", "reads hidden layers"),
    "token_healing": (True, "rewrites the end of a prompt"),
    "num_return_sequences": (2, "give the prompt that many times"),
    "penalty_alpha": (0.6, "follows a single draft"),
    "prompt_lookup_num_tokens": (3, "before the next is sampled"),
    "cache_implementation": ("paged", "continuous batching has no hook"),
    "use_cache": (False, "by means of the cache"),
    "guidance_scale": (1.5, "cannot go back"),
    "prefill_chunk_size": (4, "in one piece"),
    "return_dict_in_generate": (True, "returns GuardedOutput"),
    "output_scores": (True, "returns GuardedOutput"),
    "custom_generate": ("somewhere", "a decoding loop of its own"),
    "attention_mask": ([[1]], "as the argument 'prompt'"),
    "inputs_embeds": ([[0.0]], "as the argument 'prompt'"),
    "position_ids": ([[0]], "as the argument 'prompt'"),
    "negative_prompt_ids": ([[5]], "cannot go back"),
    "output_logits": (True, "returns GuardedOutput"),
    "output_attentions": (True, "returns GuardedOutput"),
    "synced_gpus": (True, "in step with other processes"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_that_do_not_fit(load: Any, babbler: Any, letters: Any, name: str) -> None:
    value, why = OPTIONS[name]
    message = refusal(load(), babbler, letters, **{name: value})
    assert name in message
    assert why in message


def test_an_assistant_model(load: Any, babbler: Any, letters: Any) -> None:
    assert "assistant_model" in refusal(load(), babbler, letters, assistant_model=babbler)


def test_a_streamer(load: Any, babbler: Any, letters: Any) -> None:
    assert "on_text" in refusal(load(), babbler, letters, streamer=TextStreamer(letters))


@pytest.mark.parametrize(
    "option",
    [
        {"num_beams": 3},
        {"num_beams": 3, "do_sample": True},
        {"prompt_lookup_num_tokens": 3},
        {"penalty_alpha": 0.6, "top_k": 4},
        {"use_cache": False},
    ],
)
def test_options_in_a_generation_config(
    load: Any, babbler: Any, letters: Any, option: dict[str, Any]
) -> None:
    config = GenerationConfig(max_new_tokens=5, **option)
    name, value = next(iter(option.items()))
    assert f"{name}={value}" in refusal(load(), babbler, letters, generation_config=config)


def test_options_that_the_model_brings(load: Any, letters: Any, make_llama: Any) -> None:
    model = make_llama(vocabulary=len(letters))
    model.generation_config.num_beams = 2
    assert "num_beams=2" in refusal(load(), model, letters)


def test_a_watermark_with_a_state_where_rules_rewind(load: Any, babbler: Any, letters: Any) -> None:
    mark = SynthIDTextWatermarkingConfig(ngram_len=3, keys=[1, 2, 3])
    kwargs = {"do_sample": True, "watermarking_config": mark}
    assert "SynthID" in refusal(load(REWIND, words=["ab"]), babbler, letters, **kwargs)
    output = load().generate(babbler, letters, "ab", min_new_tokens=5, max_new_tokens=5, **kwargs)
    assert len(output.tokens) == 5


def test_what_is_no_model(load: Any, letters: Any) -> None:
    assert refusal(load(), "gpt", letters).startswith("model is a str; give a transformers model")


def test_a_model_with_an_encoder(load: Any, letters: Any) -> None:
    config = T5Config(vocab_size=len(letters), d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    assert "has an encoder" in refusal(load(), T5ForConditionalGeneration(config), letters)


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ([], "an empty list"),
        (7, "is a int"),
        (torch.tensor([[1]]), "is a Tensor"),
        (["a", 7], r"prompt[1] is a int"),
        (["a", []], r"prompt[1] is a list"),
        ("", "has no tokens"),
        ([{"role": "user"}], "have no text"),
        ([{"role": "user", "content": [{"type": "image"}]}], "of message 0 is neither a text"),
    ],
)
def test_prompts_of_another_shape(
    load: Any, babbler: Any, letters: Any, prompt: Any, words: str
) -> None:
    assert words in refusal(load(), babbler, letters, prompt)


def test_messages_without_a_template(load: Any, babbler: Any, letters: Any) -> None:
    import copy

    bare = copy.deepcopy(letters)
    bare.chat_template = None
    chat = [{"role": "user", "content": "ab"}]
    assert "no chat template" in refusal(load(), babbler, bare, chat)


def test_a_cache_that_is_filled(load: Any, babbler: Any, letters: Any) -> None:
    cache = DynamicCache(config=babbler.config)
    babbler(torch.tensor([[3, 4]]), **{cache_name(babbler): cache})
    message = refusal(load(), babbler, letters, **{cache_name(babbler): cache})
    assert "holds 2 tokens already" in message


def test_a_cache_that_is_too_small(load: Any, babbler: Any, letters: Any) -> None:
    cache = StaticCache(config=babbler.config, max_cache_len=6)
    message = refusal(
        load(), babbler, letters, "ab 1 2", max_new_tokens=9, **{cache_name(babbler): cache}
    )
    assert "has room for 6 tokens, and prompt and answer may take 13" in message
