"""What two policies decided about one text or one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tokenward.stream.plan import STRENGTH
from tokenward.types import ActionKind, Decision, Detection

SHOWN = 20
"""Spans of an example."""


class Fired(NamedTuple):
    """Whether a rule fired, and fires; ``None`` where that cannot be said."""

    before: bool | None
    after: bool | None


@dataclass(frozen=True, slots=True)
class Compared:
    """The two decisions; ``after`` is ``None`` where the second cannot be said, ``why`` then why.

    ``edited`` says whether the action is the same and its text another, ``None`` where that cannot
    be said. ``stronger`` are the rules in ``mode: monitor`` that would strengthen the action if
    they were enforced. ``weight`` is how many requests this one stands for.
    """

    id: Any
    before: ActionKind
    after: ActionKind | None
    edited: bool | None
    rules: Mapping[str, Fired]
    stronger: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    """Rules in ``mode: monitor`` of which it cannot be said whether they would."""
    why: tuple[str, ...] = ()
    spans: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    weight: float = 1.0
    policy: str = ""
    """Which policy decided, in which revision."""

    @property
    def differs(self) -> bool:
        """Whether the decision is certainly another."""
        return self.after is not None and (self.after != self.before or bool(self.edited))

    def example(self) -> dict[str, Any]:
        """Returns the request as an example: its rules and spans, no text."""
        return {
            "id": self.id,
            "rules_before": sorted(name for name, one in self.rules.items() if one.before),
            "rules_after": sorted(name for name, one in self.rules.items() if one.after),
            "detections": list(self.spans[:SHOWN]),
        }


def if_enforced(decision: Decision, actions: Mapping[str, ActionKind]) -> frozenset[str]:
    """Returns the rules that watched, fired, and would strengthen the action if enforced."""
    return frozenset(
        rule.id
        for rule in decision.rules
        if rule.mode == "monitor"
        and STRENGTH[actions.get(rule.id, rule.action)] > STRENGTH[decision.action]
    )


def span(stage: str, rule: str, found: Detection) -> dict[str, Any]:
    """Returns a detection as examples show it; ``start`` is ``None`` where its place is unknown."""
    told = {"stage": stage, "rule": rule, **found.as_dict()}
    return told if found.start >= 0 else {**told, "start": None, "end": None}
