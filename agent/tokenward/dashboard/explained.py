"""Decisions with their reasons, as data for pages and programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tokenward.decisions.record import Interaction, KeptText
from tokenward.types import Decision, FiredRule

MOST_DETECTIONS = 50
"""Of one rule that are shown."""


def line(one: Interaction) -> dict[str, Any]:
    """Returns what a list says about an interaction."""
    rules = {rule.id: rule for part in one.decisions for rule in part.rules}
    return {
        "decision_id": one.decision_id,
        "time": one.time,
        "source": one.source,
        "route": one.route,
        "model": one.model,
        "model_label": one.model_label,
        "policy": one.policy,
        "revision": one.revision,
        "action": one.action,
        "language": one.language,
        "rules": [
            {"id": name, "action": rule.action, "mode": rule.mode} for name, rule in rules.items()
        ],
        "degraded": list(one.degraded),
        "guard_seconds": one.timings.get("guard"),
        "ttft_seconds": one.timings.get("ttft"),
        "total_seconds": one.timings.get("total"),
    }


def whole(
    one: Interaction,
    texts: Iterable[KeptText] = (),
    feedback: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Returns all that is recorded of an interaction; ``texts`` are those that were stored."""
    return {
        **line(one),
        "schema_version": one.schema_version,
        "session": one.session,
        "subject": one.subject,
        "prompt_tokens": one.prompt_tokens,
        "completion_tokens": one.completion_tokens,
        "hold_back": one.hold_back,
        "rewinds": one.rewinds,
        "sample_weight": one.sample_weight,
        "stages": [stage(part) for part in one.decisions],
        "timings": dict(one.timings),
        "parameters": dict(one.parameters),
        "features": dict(sorted(one.features.items())),
        "labels": dict(one.labels),
        "texts": [{"stage": kept.stage, "text": kept.text, "whole": kept.whole} for kept in texts],
        "feedback": dict(feedback or {}),
    }


def stage(one: Decision) -> dict[str, Any]:
    """Returns the decision of one stage: of its scores those above 0, the highest first."""
    found = {name: score for name, score in one.scores.items() if score > 0}
    return {
        "stage": one.stage,
        "action": one.action,
        "policy": {"name": one.policy.name, "revision": one.policy.revision},
        "rules": [fired(rule) for rule in one.rules],
        "scores": dict(sorted(found.items(), key=lambda pair: -pair[1])),
        "looked_for": len(one.scores),
        "degraded": list(one.degraded),
    }


def fired(rule: FiredRule) -> dict[str, Any]:
    """Returns a rule that fired, with where and why."""
    return {
        "id": rule.id,
        "action": rule.action,
        "mode": rule.mode,
        "count": rule.count,
        "detections": [one.as_dict() for one in rule.detections[:MOST_DETECTIONS]],
    }
