"""What a model remembers after rewinds is what it would have read without them."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch
from transformers import (
    BloomConfig,
    BloomForCausalLM,
    DynamicCache,
    QuantizedCache,
    StaticCache,
)

from tokenward.inprocess.caches import Way
from tokenward.inprocess.memory import Memory

PROMPTS = [[5, 9, 7], [11, 12, 13, 14, 15, 16, 17, 18], [20], [33, 34, 35, 36, 37]]


def bloom() -> Any:
    torch.manual_seed(1)
    config = BloomConfig(vocab_size=259, hidden_size=32, n_layer=2, n_head=4)
    return BloomForCausalLM(config).eval()


def start(
    model: Any, cache: Any, prompts: list[list[int]], *, way: Way = "holes"
) -> tuple[Memory, Any]:
    width = max(map(len, prompts))
    ids = torch.tensor([[0] * (width - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts])
    inputs: dict[str, Any] = {"past_key_values": cache, "logits_to_keep": 1}
    if len({len(p) for p in prompts}) > 1:
        inputs["attention_mask"] = mask
    if "Bloom" in type(model).__name__:
        del inputs["logits_to_keep"]
    else:
        inputs["position_ids"] = (mask.cumsum(-1) - 1).clamp(min=0)
    return Memory(model, ids, inputs, way=way), mask


def fresh(model: Any, tokens: list[int]) -> torch.Tensor:
    return model(input_ids=torch.tensor([tokens]), use_cache=False).logits[0, -1]


def walk(model: Any, memory: Memory, prompts: list[list[int]], steps: int, seed: int = 0) -> float:
    """Lets rows grow and go back at random; returns the largest error of a logit."""
    dice = random.Random(seed)
    rows = [list(prompt) for prompt in prompts]
    logits = memory.start()
    worst = 0.0
    for _ in range(steps):
        for row, tokens in enumerate(rows):
            worst = max(worst, (logits[row] - fresh(model, tokens)).abs().max().item())
            tokens.append(dice.randrange(3, 259))
            if dice.random() < 0.3:
                kept = dice.randint(len(prompts[row]), len(tokens) - 1)
                del tokens[kept:]
                memory.forget(row, kept)
        if memory.lost:
            logits = memory.read_again(rows)
        else:
            logits = memory.step(torch.tensor([tokens[-1:] for tokens in rows]))
    return worst


@torch.no_grad()
def test_rows_of_a_batch_go_back_one_by_one_with_a_growing_cache(model: Any) -> None:
    memory, _ = start(model, DynamicCache(config=model.config), PROMPTS)
    assert walk(model, memory, PROMPTS, steps=60) <= 1e-5


@torch.no_grad()
def test_prompts_without_padding_get_a_mask_when_a_row_goes_back(model: Any) -> None:
    prompts = [[5, 6, 7], [8, 9, 10]]
    memory, _ = start(model, DynamicCache(config=model.config), prompts)
    assert walk(model, memory, prompts, steps=30) <= 1e-5


@pytest.mark.parametrize("prompt", [[5, 9, 7], [20]])
@pytest.mark.parametrize("kind", ["llama", "mistral", "bloom"])
@torch.no_grad()
def test_a_single_row_goes_back_without_holes(
    model: Any, make_mistral: Any, kind: str, prompt: list[int]
) -> None:
    one = {"llama": model, "mistral": make_mistral(259), "bloom": bloom()}[kind]
    cache = DynamicCache()
    memory, _ = start(one, cache, [prompt], way="holes" if kind == "llama" else "moves")
    assert walk(one, memory, [prompt], steps=40) <= 1e-5
    assert cache.get_seq_length() == len(memory.slots[0])


@torch.no_grad()
def test_a_static_cache_that_is_full_of_holes_is_read_again(model: Any) -> None:
    cache = StaticCache(config=model.config, max_cache_len=40)
    memory, _ = start(model, cache, PROMPTS)
    filled = []
    read_again = memory.read_again
    memory.read_again = lambda rows: filled.append(1) or read_again(rows)  # type: ignore[method-assign]
    assert walk(model, memory, PROMPTS, steps=55) <= 1e-5
    assert filled


@pytest.mark.parametrize("kind", ["mistral", "bloom"])
@torch.no_grad()
def test_models_that_count_places_go_back_by_moving_them(kind: str, make_mistral: Any) -> None:
    model = make_mistral(259) if kind == "mistral" else bloom()
    memory, _ = start(model, DynamicCache(), PROMPTS, way="moves")
    assert walk(model, memory, PROMPTS, steps=60) <= 1e-5


@torch.no_grad()
def test_what_cannot_go_back_is_read_again(make_mistral: Any) -> None:
    model = make_mistral(259)
    cache = DynamicCache(config=model.config)  # its layers forget what is behind the window
    memory, _ = start(model, cache, PROMPTS, way="reading")
    assert walk(model, memory, PROMPTS, steps=40) <= 1e-5


@torch.no_grad()
def test_holes_would_be_wrong_for_a_sliding_window(make_mistral: Any) -> None:
    model = make_mistral(259)
    memory, _ = start(model, DynamicCache(), PROMPTS)
    assert walk(model, memory, PROMPTS, steps=60) > 1e-3


@torch.no_grad()
def test_a_quantized_cache_goes_back_to_what_it_held_without_the_detour(model: Any) -> None:
    def cache() -> QuantizedCache:
        return QuantizedCache("fp8", model.config)

    memory, _ = start(model, cache(), [[5, 6, 7]])
    memory.start()
    for token in (8, 9, 10, 11):
        memory.step(torch.tensor([[token]]))
    memory.forget(0, 5)  # 5 6 7 8 9 stay, and 9 is read again
    detour = [memory.step(torch.tensor([[token]])) for token in (9, 20, 21)]
    plain, _ = start(model, cache(), [[5, 6, 7]])
    plain.start()
    straight = [plain.step(torch.tensor([[token]])) for token in (8, 9, 20, 21)][1:]
    for one, other in zip(detour, straight, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


@torch.no_grad()
def test_the_mask_of_the_caller_stays_as_it_is(model: Any) -> None:
    prompts = PROMPTS[:2]
    ids = torch.tensor([[0] * 5 + prompts[0], prompts[1]])
    mask = (ids != 0).long()
    inputs = {
        "past_key_values": DynamicCache(),
        "attention_mask": mask,
        "position_ids": (mask.cumsum(-1) - 1).clamp(min=0),
    }
    before = mask.clone()
    memory = Memory(model, ids, inputs, way="holes")
    memory.start()
    memory.forget(0, 2)
    memory.step(torch.tensor([[9], [19]]))
    assert torch.equal(mask, before)
    assert set(inputs) == {"past_key_values", "attention_mask", "position_ids"}
