"""A policy's limits in the loop: clamped or refused as it says, and recorded either way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from transformers import GenerationConfig

from tokenward.decisions.columns import row_of
from tokenward.decisions.record import KeptText
from tokenward.errors import LimitExceeded
from tokenward.guard import Guard
from tokenward.inprocess.limits import Moved, within_limits
from tokenward.policy.loader import load_mapping
from tokenward.store.store import Store

REFUSING = {
    "temperature": {"max": 1.0, "otherwise": "refuse"},
    "max_tokens": {"max": 8, "otherwise": "refuse"},
    "top_k": {"min": 5, "max": 50, "otherwise": "clamp"},
}
GREEDY = {"do_sample": False, "max_new_tokens": 4}


def bounded(limits: Any, kwargs: dict[str, Any], **own: Any) -> Any:
    policy = load_mapping({"name": "mine", "rules": [], "limits": limits})
    model = SimpleNamespace(generation_config=GenerationConfig(**own))
    return within_limits(policy, model, kwargs, prompt_tokens=3)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"temperature": 1.5}, "temperature is 1.5; policy 'mine' allows at most 1"),
        ({"max_new_tokens": 9}, "max_new_tokens is 9; policy 'mine' allows at most 8"),
        ({"max_length": 12}, "max_new_tokens is 9; policy 'mine' allows at most 8"),
        (
            {"generation_config": GenerationConfig(temperature=2.0)},
            "temperature is 2; policy 'mine' allows at most 1",
        ),
    ],
)
def test_what_a_call_asks_beyond_a_refusing_limit_is_refused(
    kwargs: dict[str, Any], message: str
) -> None:
    with pytest.raises(LimitExceeded) as caught:
        bounded(REFUSING, kwargs)
    assert str(caught.value) == message
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("kwargs", "own", "moved"),
    [
        ({"temperature": 1.0, "max_new_tokens": 8}, {}, []),
        ({"max_length": 11}, {}, []),
        ({"max_new_tokens": 2}, {"temperature": 1.7}, [Moved("temperature", 1.7, 1)]),
        ({}, {}, [Moved("max_new_tokens", None, 8)]),
        ({"max_new_tokens": 2, "top_k": 90}, {}, [Moved("top_k", 90, 50)]),
        ({"max_new_tokens": 2, "top_k": 1}, {}, [Moved("top_k", 1, 5)]),
    ],
)
def test_what_nobody_asked_is_moved_and_so_is_what_may_be_clamped(
    kwargs: dict[str, Any], own: dict[str, Any], moved: list[Moved]
) -> None:
    options, changed = bounded(REFUSING, kwargs, top_k=own.pop("top_k", 20), **own)
    assert [one for one in changed if one.option != "temperature" or own] == moved
    for one in changed:
        assert options[one.option] == one.allowed


def test_nothing_is_generated_where_a_limit_refuses(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(limits=REFUSING)
    seen: list[Any] = []
    with pytest.raises(LimitExceeded):
        guard.generate(
            babbler, letters, ["a", "b"], temperature=1.2, do_sample=True,
            observe=lambda *step: seen.append(step),
        )  # fmt: skip
    assert seen == []
    assert len(guard.generate(babbler, letters, "a", **GREEDY).tokens) == 4


def test_the_output_says_what_was_moved(load: Any, babbler: Any, letters: Any) -> None:
    guard = load(limits={"max_tokens": {"max": 7}, "temperature": {"max": 0.5}})
    output = guard.generate(
        babbler, letters, "a", do_sample=True, temperature=2.0, max_new_tokens=40, eos_token_id=None
    )
    assert output.moved == (Moved("temperature", 2.0, 0.5), Moved("max_new_tokens", 40, 7))
    explained = guard.explain(output)["moved"]
    assert explained[1] == {"option": "max_new_tokens", "asked": 40, "allowed": 7}


# -- records --------------------------------------------------------------------------------------


@pytest.fixture
def recorded(tmp_path: Any, registry_of_tests: Any) -> Any:
    """Runs something with a guard that keeps records; returns what it did."""

    def recorded(policy: dict[str, Any], use: Any) -> list[Any]:
        url = f"sqlite:///{tmp_path}/records.db"
        with Guard.load(
            {"name": "mine", "rules": [], **policy}, registry=registry_of_tests, store=url
        ) as guard:
            use(guard)
        with Store.open(url) as store:
            return list(store.interactions())

    return recorded


def test_what_was_asked_and_what_was_allowed_is_recorded(
    recorded: Any, babbler: Any, letters: Any
) -> None:
    limits = {"temperature": {"max": 0.5}, "top_p": {"default": 0.9}}
    asked = {"do_sample": True, "temperature": 2.0, "max_new_tokens": 5, "eos_token_id": None}
    (one,) = recorded({"limits": limits}, lambda g: g.generate(babbler, letters, "a", **asked))
    assert dict(one.parameters) == {
        "do_sample": True, "temperature": 0.5, "max_new_tokens": 5, "top_p": 0.9,
        "asked.temperature": 2.0,
    }  # fmt: skip


def test_a_refusal_is_recorded_with_what_was_asked(
    recorded: Any, babbler: Any, letters: Any
) -> None:
    def use(guard: Guard) -> None:
        with pytest.raises(LimitExceeded):
            guard.generate(babbler, letters, "a", temperature=1.5)

    (one,) = recorded({"limits": REFUSING}, use)
    assert dict(one.parameters) == {"temperature": 1.5}
    assert dict(one.labels) == {"outcome": "limit_exceeded"}
    assert (one.policy, one.completion_tokens, one.decisions) == ("mine", None, ())


def test_what_the_tokens_were_like_is_recorded(recorded: Any, babbler: Any, letters: Any) -> None:
    outputs: list[Any] = []
    rewind = {"id": "q", "stage": "output", "detect": {"strings": "all"}}
    policy = {
        "rules": [{**rewind, "action": {"rewind": {"attempts": 9, "otherwise": "redact"}}}],
        "detectors": {"strings": {"plugin": "strings", "words": ["Q", "a"]}},
    }
    asked = {"do_sample": False, "max_new_tokens": 40, "eos_token_id": None}
    (one,) = recorded(
        policy, lambda guard: outputs.append(guard.generate(babbler, letters, "b", **asked))
    )
    (output,) = outputs
    assert output.rewinds > 0
    assert one.rewinds == output.rewinds
    assert dict(one.features) == pytest.approx(
        {
            "answer.surprisal": output.surprisal,
            "answer.entropy": output.entropy,
            "answer.margin": output.margin,
            "answer.token_repetition": output.repetition,
        }
    )

    # and so they are columns of the drift report
    assert row_of(one).values["answer.margin"] == ("number", pytest.approx(output.margin))


def test_numbers_that_are_none_are_left_out(recorded: Any, babbler: Any, letters: Any) -> None:
    def broken(guard: Guard) -> None:
        import copy

        import torch

        model = copy.deepcopy(babbler)
        with torch.no_grad():
            model.lm_head.weight[5:] = float("-inf")  # as quantisation can break a model
        guard.generate(model, letters, "b", do_sample=False, max_new_tokens=2, eos_token_id=None)

    (one,) = recorded({}, broken)
    assert set(one.features) <= {"answer.surprisal", "answer.entropy", "answer.margin"}
    assert len(one.features) < 3


@pytest.mark.parametrize("text", ["none", "masked"])
def test_an_answer_is_kept_where_the_policy_says_so(
    recorded: Any, babbler: Any, letters: Any, tmp_path: Any, text: str
) -> None:
    said: list[str] = []

    def use(guard: Guard) -> None:
        said.append(guard.generate(babbler, letters, "a", **GREEDY).text)

    (one,) = recorded({"record": {"text": text}}, use)
    with Store.open(f"sqlite:///{tmp_path}/records.db") as store:
        kept = store.texts.of([one.decision_id])
    expected = {one.decision_id: [KeptText("output", said[0], whole=True)]}
    assert kept == (expected if text == "masked" else {})
