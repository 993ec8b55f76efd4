"""Rows of one generation: their sentences are scored together, and each decides for itself."""

from __future__ import annotations

from typing import Any

import torch

SAMPLING = {"do_sample": True, "max_new_tokens": 30, "eos_token_id": None}
SHOUTING = {"stage": "output", "detect": {"slow_shouting": "all"}, "action": "redact"}
WATCHING = {**SHOUTING, "action": "block", "mode": "monitor"}


def run(guard: Any, model: Any, tokenizer: Any, prompts: list[str]) -> Any:
    torch.manual_seed(3)
    return guard.generate(model, tokenizer, prompts, **SAMPLING)


def test_all_rows_of_a_step_are_settled_at_once(
    load: Any, babbler: Any, letters: Any, monkeypatch: Any
) -> None:
    guard = load(SHOUTING)
    steps: list[int] = []
    settle_all = guard.engine.settle_all
    monkeypatch.setattr(
        guard.engine, "settle_all", lambda all_: steps.append(len(all_)) or settle_all(all_)
    )
    run(guard, babbler, letters, ["ab", "ba", "a b"])

    assert steps == [3] * 30


def test_the_decision_of_each_row_has_what_was_only_watched(
    load: Any, babbler: Any, letters: Any
) -> None:
    guard = load(WATCHING)
    outputs = run(guard, babbler, letters, ["ab", "ba", "a b"])

    for output in outputs:
        shouts = "Q" in output.text
        assert output.decision.scores == {"slow_shouting.shouting": float(shouts)}
        assert [rule.id for rule in output.decision.rules] == (["r0"] if shouts else [])
        assert output.decision.degraded == ()
    assert any("Q" in output.text for output in outputs)
