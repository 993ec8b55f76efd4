"""What was decided of a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tokenward.types.detection import Detection
from tokenward.types.stages import ActionKind


@dataclass(frozen=True, slots=True)
class FiredRule:
    """A rule that fired in a decision, with what made it fire."""

    id: str
    action: ActionKind
    mode: Literal["enforce", "monitor"]
    detections: tuple[Detection, ...]
    count: int
    message: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Returns the rule as decisions and logs carry it."""
        row: dict[str, Any] = {
            "id": self.id,
            "action": self.action,
            "mode": self.mode,
            "detections": [detection.as_dict() for detection in self.detections],
        }
        if self.count != len(self.detections):
            row["count"] = self.count
        return row


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """Which policy, in which revision, decided."""

    name: str
    revision: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was done at one stage of one request, and why.

    ``text`` is what may be released: ``None`` when blocked. ``scores`` holds, for every detector
    and type that the policy runs, the highest score over the text. ``degraded`` names detectors
    that did not run to the end, ``reasons`` tells why where one of them said so, ``unmeasured``
    names those that had nothing to judge the text by.
    """

    decision_id: str
    stage: str
    action: ActionKind
    text: str | None = field(repr=False)
    rules: tuple[FiredRule, ...]
    scores: Mapping[str, float]
    policy: PolicyRef
    degraded: tuple[str, ...] = ()
    message: str | None = None
    unmeasured: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def detections(self) -> tuple[Detection, ...]:
        """All detections of the rules that fired, once each, in order of the text."""
        seen = {detection: None for rule in self.rules for detection in rule.detections}
        return tuple(sorted(seen, key=lambda d: (d.start, d.end, d.detector, d.type)))

    @property
    def blocked(self) -> bool:
        """Whether the decision is to block."""
        return self.action == "block"

    def as_dict(self) -> dict[str, Any]:
        """Returns the decision in the shape of ``tokenward check --json``."""
        return {
            "decision_id": self.decision_id,
            "stage": self.stage,
            "action": self.action,
            "text": self.text,
            "rules": [rule.as_dict() for rule in self.rules],
            "scores": dict(self.scores),
            "policy": {"name": self.policy.name, "revision": self.policy.revision},
            "degraded": list(self.degraded),
            **({"unmeasured": list(self.unmeasured)} if self.unmeasured else {}),
            **({"reasons": dict(self.reasons)} if self.reasons else {}),
        }
