"""Runs the cases of a policy: each text whole, and again character by character."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tokenward.engine.engine import Engine
from tokenward.engine.text import TextStream
from tokenward.errors import PolicyError, one_of
from tokenward.policy.cases import Case
from tokenward.stream.given import given_of
from tokenward.types import Decision

CHUNKED_UP_TO = 5000
"""Characters up to which a case is also run one character at a time."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A case that was run, and what was wrong (empty when it passed)."""

    case: Case
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether the policy decided as expected."""
        return not self.faults


def run_cases(engine: Engine, cases: Iterable[Case]) -> Iterator[Trial]:
    """Yields a trial for each case."""
    known = [rule.id for rule in engine.compiled.policy.rules]
    for case in cases:
        for rule in case.rules or ():
            if rule not in known:
                raise PolicyError(f"{case.where}: no rule {rule!r} in this policy; {one_of(known)}")
        yield Trial(case, tuple(_faults(engine, case)))


def untested(engine: Engine, cases: Iterable[Case]) -> dict[str, str]:
    """Returns the rules that lack a case, and which: one that fires, one that does not."""
    fires: set[str] = set()
    spares: set[str] = set()
    some = list(cases)
    for case in some:
        fired = set(case.rules or ())
        fires |= fired
        spares |= {
            rule.id
            for rule in engine.compiled.policy.rules
            if case.rules is not None and case.stage in rule.stages and rule.id not in fired
        }
    lacking: dict[str, str] = {}
    for rule in engine.compiled.policy.rules:
        if rule.id not in fires:
            lacking[rule.id] = "no case in which it fires"
        elif rule.id not in spares:
            lacking[rule.id] = "no case in which it does not fire"
    return lacking


def _faults(engine: Engine, case: Case) -> Iterator[str]:
    whole = _decide(engine, case, [case.text])
    fired = tuple(rule.id for rule in whole.rules)
    if whole.action != case.action:
        yield f"action is {whole.action!r}, expected {case.action!r}"
    if case.rules is not None and set(fired) != set(case.rules):
        yield f"rules that fired are {list(fired)}, expected {list(case.rules)}"
    if case.released is not None and whole.text != case.released:
        # a case file holds made-up text: showing it is what its author wants
        yield f"released {whole.text!r}, expected {case.released!r}"
    if whole.degraded:
        yield f"degraded: {', '.join(whole.degraded)} did not run"
    if len(case.text) <= CHUNKED_UP_TO:
        chunked = _decide(engine, case, list(case.text))
        if (chunked.action, chunked.text, chunked.rules) != (whole.action, whole.text, whole.rules):
            yield "the decision differs when the text comes one character at a time"


def _decide(engine: Engine, case: Case, chunks: list[str]) -> Decision:
    stream = TextStream(engine, case.stage, given=given_of(case.context))
    for chunk in chunks:
        stream.feed(chunk)
    stream.finish()
    return stream.decision
