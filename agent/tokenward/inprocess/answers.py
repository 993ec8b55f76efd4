"""Makes the outputs of a generation from its rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import torch

from tokenward.engine.engine import Engine
from tokenward.engine.ids import decision_id
from tokenward.inprocess.limits import Moved
from tokenward.inprocess.output import GuardedOutput
from tokenward.inprocess.prompts import CheckedPrompt
from tokenward.inprocess.repetition import repetition
from tokenward.inprocess.row import Row
from tokenward.inprocess.uncertainty import mean
from tokenward.types import Decision


def attempts_of(engine: Engine, stage: str) -> int:
    """Returns how often the rules of an answer's stage may rewind it, all together."""
    rules = engine.plan(stage).rules
    return sum(rule.attempts for rule in rules if rule.kind == "rewind" and rule.enforced)


def refused(checked: CheckedPrompt, blocking: Decision) -> GuardedOutput:
    """Returns the output for a prompt that was blocked."""
    return GuardedOutput(
        text="",
        decision=blocking,
        input_decisions=checked.decisions,
        finish_reason="block",
        rewinds=0,
        tokens=(),
        sequences=torch.empty((1, 0), dtype=torch.long),
    )


def answer(
    checked: CheckedPrompt, prompt: Sequence[int], row: Row, moved: tuple[Moved, ...]
) -> GuardedOutput:
    """Returns the output of a row that has ended; limits have moved some of its options."""
    assert row.reason is not None
    decision, ends = row.decide(decision_id()), row.origins()
    return GuardedOutput(
        text=row.text,
        decision=_stopped(decision) if row.stopped else decision,
        input_decisions=checked.decisions,
        finish_reason=row.reason,
        rewinds=row.rewinds,
        tokens=tuple(row.tokens),
        sequences=torch.tensor([[*prompt, *row.tokens]]),
        surprisal=mean(row.surprisals),
        entropy=mean(row.entropies),
        margin=mean(row.margins),
        repetition=repetition(row.tokens),
        pieces=ends.pieces("".join(row.pieces)),
        surprisals=tuple(row.surprisals),
        places=tuple(ends.place(one) for one in row.stream.found),
        rewound=tuple(row.rewound),
        moved=moved,
    )


def _stopped(decision: Decision) -> Decision:
    """Returns the decision of a row that could not go on: the rules that rewound it block it."""
    rules = tuple(
        dataclasses.replace(rule, action="block")
        if rule.action == "rewind" and rule.mode == "enforce"
        else rule
        for rule in decision.rules
    )
    messages = (rule.message for rule in rules if rule.action == "block" and rule.message)
    return dataclasses.replace(
        decision, action="block", text=None, rules=rules, message=next(messages, None)
    )
