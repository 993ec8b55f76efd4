"""The logits processors for vLLM, against stand-ins for the interfaces that it documents.

vLLM itself does not run here; what is tested is our side of its two interfaces.
"""

from __future__ import annotations

import enum
import importlib
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch

from tokenward.inprocess.vllm_bans.request import bans_of

V1 = "tokenward.inprocess.vllm_bans.runner_v1"
V2 = "tokenward.inprocess.vllm_bans.runner_v2"


class Direction(enum.Enum):
    UNIDIRECTIONAL = 1
    SWAP = 2


@pytest.fixture
def processors(monkeypatch):
    class Base:
        pass

    for name in ("vllm.v1.sample.logits_processor", "vllm.v1.worker.gpu.sample.logits_processor"):
        parts = name.split(".")
        for size in range(1, len(parts) + 1):
            module = ModuleType(".".join(parts[:size]))
            module.__path__ = []
            module.LogitsProcessor, module.MoveDirectionality = Base, Direction
            monkeypatch.setitem(sys.modules, module.__name__, module)
    for name in (V1, V2):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module(V1).BanTokens, importlib.import_module(V2).BanTokens


def asks(*bans):
    return SimpleNamespace(extra_args={"tokenward_bans": list(bans)} if bans else None)


def update(removed=(), added=(), moved=()):
    return SimpleNamespace(removed=removed, added=added, moved=moved)


def banned(logits):
    return [
        [token for token, value in enumerate(row) if value == -torch.inf] for row in logits.tolist()
    ]


@pytest.mark.parametrize("entries", [["x"], ["1:"], [":3"], ["1:2,"], [7], "-1:3", ["0:1", None]])
def test_bans_that_are_not_well_formed_are_refused_when_the_request_comes(processors, entries):
    params = SimpleNamespace(extra_args={"tokenward_bans": entries})

    for processor in processors:
        with pytest.raises(ValueError, match="tokenward_bans: each entry is"):
            processor.validate_params(params)


def test_a_request_without_bans_is_none_of_its_business(processors):
    first, second = processors
    assert {} == bans_of({"other": 1})
    first.validate_params(asks())

    processor = second(None, SimpleNamespace(prompt_len=None))

    assert not processor.add_request(0, asks())


def test_runner_v1_bans_at_the_position_that_comes_next(processors):
    processor = processors[0](None, torch.device("cpu"), False)
    generated = []
    processor.update_state(update(added=[(1, asks("0:3,4", "2:5"), [9, 9], generated)]))

    seen = []
    for token in (7, 7, 7, 7):
        processor.update_state(None)
        seen.append(banned(processor.apply(torch.zeros((2, 8))))[1])
        generated.append(token)

    assert [[3, 4], [], [5], []] == seen
    assert not processor.is_argmax_invariant()


def test_runner_v1_follows_requests_that_move_and_leave(processors):
    processor = processors[0](None, torch.device("cpu"), False)
    processor.update_state(
        update(
            added=[(0, asks("0:1"), None, []), (1, asks("0:2"), None, []), (2, asks(), None, [])]
        )
    )
    processor.update_state(update(moved=[(0, 1, Direction.SWAP)]))
    assert [[2], [1], []] == banned(processor.apply(torch.zeros((3, 4))))

    processor.update_state(update(removed=[0], moved=[(1, 0, Direction.UNIDIRECTIONAL)]))
    assert [[1], [], []] == banned(processor.apply(torch.zeros((3, 4))))

    processor.update_state(update(added=[(0, asks(), None, [])]))
    assert [[], [], []] == banned(processor.apply(torch.zeros((3, 4))))


def test_runner_v2_bans_by_slot_and_position_in_any_order_of_rows(processors):
    lengths = SimpleNamespace(np=np.array([5, 3]))
    processor = processors[1](None, SimpleNamespace(prompt_len=lengths))
    assert processor.add_request(0, asks("0:1", "1:6"))
    assert processor.add_request(1, asks("0:2"))

    context = SimpleNamespace(
        idx_mapping_np=np.array([1, 0]),
        expanded_idx_mapping=torch.tensor([1, 0, 0]),  # slot 0 has a draft token
        pos=torch.tensor([2, 4, 5]),
    )

    assert [[2], [1], [6]] == banned(processor.apply(torch.zeros((3, 8)), context))


def test_runner_v2_forgets_the_slots_last_request(processors):
    processor = processors[1](None, SimpleNamespace(prompt_len=SimpleNamespace(np=np.array([1]))))
    processor.add_request(0, asks("0:1"))
    processor.add_request(0, asks())
    context = SimpleNamespace(
        idx_mapping_np=np.array([0]), expanded_idx_mapping=torch.tensor([0]), pos=torch.tensor([0])
    )

    assert [[]] == banned(processor.apply(torch.zeros((1, 4)), context))


def test_a_token_that_the_model_does_not_have_is_left_out(processors):
    processor = processors[0](None, torch.device("cpu"), False)
    processor.update_state(update(added=[(0, asks("0:1,99"), None, [])]))

    assert [[1]] == banned(processor.apply(torch.zeros((1, 4))))
