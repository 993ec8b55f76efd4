"""The forwards are run as ``model.generate`` runs them: compiled, switched, and without waiting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch._dynamo.utils import counters
from transformers import (
    CompileConfig,
    GPT2Config,
    GPT2LMHeadModel,
    OPTConfig,
    OPTForCausalLM,
    StaticCache,
    StoppingCriteria,
)

from tokenward.errors import UsageError
from tokenward.inprocess.forwards import table_of_positions
from tokenward.inprocess.memory import Memory
from tokenward.inprocess.settings import cache_name

PROMPTS = ["ab", "b 12 a", "1. Q"]
SAMPLING = {"do_sample": True, "max_new_tokens": 24, "eos_token_id": None}
REWIND = {"stage": "output", "detect": {"strings": "all"}, "action": {"rewind": {"attempts": 20}}}
OFTEN = ["12", "b a", "!Q"]


@pytest.fixture
def compiled() -> Iterator[dict[str, Any]]:
    """Options that have a static cache compiled on a CPU, too, as it is on a GPU by itself."""
    config = CompileConfig(backend="eager", mode=None)
    config._compile_all_devices = True
    torch._dynamo.reset()
    counters.clear()
    yield {"cache_implementation": "static", "compile_config": config}
    torch._dynamo.reset()


def bare(model: Any, tokenizer: Any, **kwargs: Any) -> list[list[int]]:
    encoded = tokenizer(PROMPTS, return_tensors="pt", padding=True, return_token_type_ids=False)
    torch.manual_seed(7)
    return model.generate(**encoded, **kwargs)[:, encoded.input_ids.shape[1] :].tolist()


def guarded(guard: Any, model: Any, tokenizer: Any, **kwargs: Any) -> list[Any]:
    torch.manual_seed(7)
    return guard.generate(model, tokenizer, PROMPTS, **kwargs)


# -- compiled steps ------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_compiled_model_steps_in_the_graph_of_generate(
    load: Any, babbler: Any, letters: Any, compiled: Any
) -> None:
    expected = bare(babbler, letters, **SAMPLING, **compiled)
    graphs = counters["stats"]["unique_graphs"]
    outputs = guarded(load(REWIND, strings=["QQ!QQ"]), babbler, letters, **SAMPLING, **compiled)
    assert [list(output.tokens) for output in outputs] == expected

    outputs = guarded(load(REWIND, strings=OFTEN), babbler, letters, **SAMPLING, **compiled)
    assert sum(output.rewinds for output in outputs) > 5
    assert counters["stats"]["unique_graphs"] == graphs == 1


@pytest.mark.slow
def test_what_is_read_ahead_changes_no_token(
    load: Any, babbler: Any, letters: Any, compiled: Any, monkeypatch: Any
) -> None:
    guard, steps, step = load(REWIND, strings=OFTEN), [], Memory.step
    monkeypatch.setattr(Memory, "step", lambda *given: steps.append(1) or step(*given))
    ahead = guarded(guard, babbler, letters, **SAMPLING, **compiled)
    taken, rewinds = len(steps), sum(output.rewinds for output in ahead)
    behind = guarded(guard, babbler, letters, **SAMPLING, **compiled, disable_compile=True)

    assert [output.tokens for output in ahead] == [output.tokens for output in behind]
    assert [output.text for output in ahead] == [output.text for output in behind]
    assert rewinds > 5
    assert taken > len(steps) - taken  # what was read in vain


class Sixteen(StoppingCriteria):
    """Ends every row at a length of 16 tokens."""

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:
        return torch.full((len(input_ids),), input_ids.shape[1] >= 16)


@pytest.mark.slow
def test_nothing_is_read_ahead_into_a_cache_of_the_caller(
    load: Any, babbler: Any, letters: Any, compiled: Any
) -> None:
    config = {
        **SAMPLING, "compile_config": compiled["compile_config"], "stopping_criteria": [Sixteen()]
    }  # fmt: skip
    caches = [StaticCache(config=babbler.config, max_cache_len=60) for _ in range(2)]
    bare(babbler, letters, **config, **{cache_name(babbler): caches[0]})
    guarded(load(), babbler, letters, **config, **{cache_name(babbler): caches[1]})
    assert caches[0].get_seq_length() == caches[1].get_seq_length() == 15
    assert torch.equal(caches[0].layers[1].keys, caches[1].layers[1].keys)


# -- experts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", [60, 30])
def test_a_model_is_switched_for_its_steps_alone(
    load: Any, letters: Any, make_llama: Any, room: int
) -> None:
    """transformers multiplies experts in another way while it decodes, where it is on a GPU."""
    model, switched, seen = make_llama(vocabulary=len(letters), scale=6.0), [False], []

    @contextmanager
    def switch() -> Iterator[None]:
        switched[0] = True
        yield
        switched[0] = False

    model.register_forward_pre_hook(
        lambda _, __, inputs: seen.append((inputs["input_ids"].shape[1] > 1, switched[0])),
        with_kwargs=True,
    )
    model._optimize_model_for_decode = switch
    cache = {cache_name(model): StaticCache(config=model.config, max_cache_len=room)}
    outputs = guarded(load(REWIND, strings=OFTEN), model, letters, **SAMPLING, **cache)
    assert sum(output.rewinds for output in outputs) > 5
    assert set(seen) == {(True, False), (False, True)}
    assert (seen.count((True, False)) > 1) is (room == 30)  # then all is read again
    assert switched == [False]


# -- the host does not wait more than once a step --------------------------------------------------


@pytest.mark.parametrize("rewinds", [False, True])
def test_numbers_come_from_the_device_once_a_step(
    load: Any, babbler: Any, letters: Any, monkeypatch: Any, rewinds: bool
) -> None:
    guard = load(REWIND, strings=OFTEN if rewinds else ["QQ!QQ"])
    waits, steps, step, tolist = [], [], Memory.step, torch.Tensor.tolist
    monkeypatch.setattr(Memory, "step", lambda *given: steps.append(1) or step(*given))
    monkeypatch.setattr(torch.Tensor, "tolist", lambda one: waits.append(1) or tolist(one))
    guarded(guard, babbler, letters, **SAMPLING)
    first = 1 + len(PROMPTS)  # that of the prompts, and what of each is no padding
    assert len(steps) >= SAMPLING["max_new_tokens"] - 1
    assert len(waits) == len(steps) + first


# -- tables of positions ---------------------------------------------------------------------------


def test_learned_positions_are_counted_and_computed_ones_are_not(babbler: Any) -> None:
    small = {"vocab_size": 40, "num_attention_heads": 2, "num_hidden_layers": 1, "hidden_size": 8}
    opt = OPTConfig(**small, ffn_dim=8, word_embed_proj_dim=8, max_position_embeddings=24)
    assert table_of_positions(OPTForCausalLM(opt)) == 24  # the table has two rows more
    assert table_of_positions(babbler) is None


def test_a_model_is_not_asked_for_positions_that_it_does_not_have(load: Any, letters: Any) -> None:
    """On a GPU to ask is to lose the GPU: no later call of the process works."""
    config = GPT2Config(
        vocab_size=len(letters), n_embd=16, n_layer=1, n_head=2, n_positions=12,
        bos_token_id=1, eos_token_id=2,
    )  # fmt: skip
    model, asked = GPT2LMHeadModel(config).eval(), []
    model.register_forward_pre_hook(
        lambda _, __, inputs: asked.append(int(inputs["position_ids"].max())), with_kwargs=True
    )
    with pytest.raises(UsageError, match="knows positions for 12"):
        load().generate(model, letters, "ab", max_new_tokens=20, eos_token_id=None)
    assert max(asked) == 11
