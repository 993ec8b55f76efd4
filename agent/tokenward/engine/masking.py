"""Masks texts that are to be kept: whatever a rule of the policy finds in them gives way to a tag.

What may leave is not always what may be kept: rules that watch, flag or block leave values in the
text, rules look at some stages only, and what was taken out of a prompt comes back in the answer.
"""

from __future__ import annotations

from dataclasses import replace

from tokenward.engine.compile import ANY_STAGE, CompiledPolicy, plan_of
from tokenward.engine.driving import decide
from tokenward.engine.engine import Engine
from tokenward.engine.text import TextStream
from tokenward.errors import DetectorError
from tokenward.policy.schema import Action, Rule
from tokenward.types import STAGES, Classifier


class Masker:
    """Masks by all rules of a policy at once, at every stage; classifiers find no places."""

    def __init__(self, compiled: CompiledPolicy) -> None:
        rules = tuple(filter(None, (masking(rule, compiled) for rule in compiled.policy.rules)))
        names = {name for rule in rules for name in rule.detect}
        policy = replace(compiled.policy, rules=rules)
        detectors = {name: one for name, one in compiled.detectors.items() if name in names}
        plans = {ANY_STAGE: plan_of(policy, detectors, ANY_STAGE, rules)}
        self._engine = Engine(CompiledPolicy(policy, plans, detectors))

    def __call__(self, text: str) -> str:
        """Returns the masked text; raises a ``DetectorError`` where a detector did not run."""
        decision = decide(TextStream(self._engine, None), text)
        if decision.degraded or decision.text is None:
            raise DetectorError("a text is not kept: a detector that masks it did not run")
        return decision.text

    def close(self) -> None:
        """Ends the worker threads."""
        self._engine.close()


def masking(rule: Rule, compiled: CompiledPolicy) -> Rule | None:
    """Returns a rule as it masks; ``None`` where it finds no places."""
    detect = {
        name: types
        for name, types in rule.detect.items()
        if not isinstance(compiled.detectors[name], Classifier)
    }
    if not detect or rule.action.kind == "allow":
        return None
    action = Action("redact", style="tag")
    return replace(
        rule, stages=STAGES, detect=detect, action=action, mode="enforce", on_error="block"
    )
