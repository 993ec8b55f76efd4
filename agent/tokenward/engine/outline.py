"""The facts of a compiled policy, stage by stage: what is looked for, what waits, what it costs."""

from __future__ import annotations

from typing import Any

from tokenward.engine.compile import ANY_STAGE, CompiledPolicy
from tokenward.engine.cost import cost_of
from tokenward.engine.hold_back import in_prose, part_hold_back
from tokenward.policy.schema import Action, Rule
from tokenward.stream.plan import SpanPart, StagePlan, UnitPart


def outline(compiled: CompiledPolicy) -> dict[str, Any]:
    """Returns what ``tokenward policy show --json`` prints; keys stay as they are."""
    policy = compiled.policy
    stages = [stage for stage in compiled.plans if stage != ANY_STAGE]
    held = {stage: compiled.hold_back(stage) for stage in stages}
    return {
        "name": policy.name,
        "description": policy.description,
        "revision": policy.revision,
        "source": policy.source,
        "record": {
            "text": policy.record.text,
            "sample": policy.record.sample,
            "subject": policy.record.subject,
            "text_days": policy.record.text_days,
            "counterfactuals": policy.record.counterfactuals,
        },
        "rules": [_rule(rule) for rule in policy.rules],
        "hold_back": {stage: one.characters for stage, one in held.items()},
        "stages": {
            stage: {
                "rules": [rule.id for rule in policy.rules if stage in rule.stages],
                "hold_back": {
                    "characters": held[stage].characters,
                    "detector": held[stage].detector,
                    "reason": held[stage].reason,
                    "in_prose": in_prose(compiled.plans[stage]),
                },
                "detectors": _detectors(compiled, compiled.plans[stage]),
            }
            for stage in stages
        },
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "stages": list(rule.stages),
        "detect": {name: list(types) for name, types in rule.detect.items()},
        "when": str(rule.when),
        "threshold": rule.when.threshold,
        "action": rule.action.kind,
        "action_detail": _detail(rule.action),
        "mode": rule.mode,
        "on_error": rule.on_error,
        "deadline_ms": rule.deadline_ms,
        "message": rule.message,
    }


def _detail(action: Action) -> str | None:
    """Returns what an action does beside its kind; the words that it puts in are not shown."""
    if action.kind == "redact":
        return f"{action.style}, restored" if action.restore else action.style
    if action.kind == "rewind":
        return f"{action.attempts} times, otherwise {action.otherwise}"
    return None


def _detectors(compiled: CompiledPolicy, plan: StagePlan) -> list[dict[str, Any]]:
    parts: list[SpanPart | UnitPart] = [*plan.spans, *plan.units]
    return [_detector(compiled, part) for part in parts]


def _detector(compiled: CompiledPolicy, part: SpanPart | UnitPart) -> dict[str, Any]:
    held, cost = part_hold_back(part), cost_of(part.detector)
    unit = part.detector.unit if isinstance(part, UnitPart) else "chunk"
    deadline = None
    if isinstance(part, UnitPart) and not part.detector.inline:
        deadline = round(1000 * part.deadline)
    return {
        "detector": part.name,
        "plugin": compiled.policy.detectors[part.name].plugin,
        "types": sorted(part.routes),
        "enforcing": part.enforcing,
        "unit": unit,
        "cost": cost.name,
        "cost_means": cost.means,
        "deadline_ms": deadline,
        "hold_back": held.characters,
        "hold_back_reason": held.reason,
    }
