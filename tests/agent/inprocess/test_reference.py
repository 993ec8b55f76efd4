"""Batches with rewinds give what a plain program gives that reads every row anew for each token."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import DynamicCache, StaticCache

from tokenward.inprocess.detokenize import Detokenizer
from tokenward.inprocess.row import Row
from tokenward.inprocess.settings import cache_name

PROMPTS = ["ab", "b 12 a", "1. Q", "a!"]
NEW = 40


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


@pytest.mark.parametrize("cache", ["dynamic", "static", "roomy", "tight batch"])
def test_a_batch_with_rewinds_equals_reading_anew(
    guard: Any, babbler: Any, letters: Any, cache: str
) -> None:
    caches = {
        "dynamic": {cache_name(babbler): DynamicCache(config=babbler.config)},
        "static": {"cache_implementation": "static"},  # full after the first rewinds
        "roomy": {cache_name(babbler): StaticCache(config=babbler.config, max_cache_len=200)},
        "tight batch": {cache_name(babbler): StaticCache(config=babbler.config, max_cache_len=46)},
    }
    outputs = guard.generate(
        babbler, letters, PROMPTS, do_sample=False, max_new_tokens=NEW, eos_token_id=None,
        repetition_penalty=1.3, **caches[cache],
    )  # fmt: skip
    expected = [anew(guard, babbler, letters, prompt) for prompt in PROMPTS]
    assert [list(output.tokens) for output in outputs] == [row.tokens for row in expected]
    assert [output.text for output in outputs] == [row.text for row in expected]
    rewinds = [output.rewinds for output in outputs]
    assert rewinds == [row.rewinds for row in expected]
    assert sum(rewinds) > 8
    assert len(set(rewinds)) > 1


def test_a_sliding_window_with_rewinds_equals_reading_anew(
    guard: Any, letters: Any, make_mistral: Any
) -> None:
    model = make_mistral(len(letters))
    outputs = guard.generate(
        model, letters, PROMPTS, do_sample=False, max_new_tokens=NEW, eos_token_id=None,
        repetition_penalty=1.3,
    )  # fmt: skip
    expected = [anew(guard, model, letters, prompt) for prompt in PROMPTS]
    assert [list(output.tokens) for output in outputs] == [row.tokens for row in expected]
    assert sum(output.rewinds for output in outputs) > 8
