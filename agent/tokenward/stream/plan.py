"""What a stream is told to do: the rules of one stage, compiled to lookups by detector and type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tokenward.types import ACTIONS, ActionKind, PolicyRef, SpanDetector, UnitDetector

STRENGTH: Mapping[str, int] = {kind: rank for rank, kind in enumerate(ACTIONS)}
CHANGES = STRENGTH["redact"]  # from here on an action changes or stops text


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule as the stream applies it; ``fallback`` is what a rewind becomes."""

    id: str
    kind: ActionKind
    threshold: float
    strict: bool = False
    enforced: bool = True
    style: str = "label"
    text: str = ""
    attempts: int = 0
    fallback: ActionKind = "block"
    block_on_error: bool = True
    message: str | None = None

    def holds(self, score: float) -> bool:
        """Tells whether a detection with this score makes the rule fire."""
        return score > self.threshold if self.strict else score >= self.threshold

    @property
    def enforcing(self) -> bool:
        """Whether text waits for this rule."""
        return self.enforced and STRENGTH[self.kind] >= CHANGES

    def replacement(self, kind: str, type_: str, length: int) -> str:
        """Returns what stands in the place of a removed span.

        >>> CompiledRule("r", "redact", 0.5).replacement("redact", "US_SSN", 11)
        '<US_SSN>'
        """
        if kind == "replace":
            return self.text
        if self.style == "mask":
            return "*" * length
        return "" if self.style == "remove" else f"<{type_}>"


Routes = Mapping[str, tuple[CompiledRule, ...]]


@dataclass(frozen=True, slots=True)
class SpanPart:
    """A span detector as one stage uses it: the types looked for, and the rules for each.

    ``calm`` says that it promised to need no calm text.
    """

    name: str
    detector: SpanDetector
    routes: Routes
    enforcing: bool
    calm: bool = False


@dataclass(frozen=True, slots=True)
class UnitPart:
    """A detector of units as one stage uses it."""

    name: str
    detector: UnitDetector
    routes: Routes
    enforcing: bool
    deadline: float = 2.0


@dataclass(frozen=True, slots=True)
class StagePlan:
    """Everything that a stream of one stage needs; shared by all its streams, never changed."""

    stage: str
    policy: PolicyRef
    rules: tuple[CompiledRule, ...]
    spans: tuple[SpanPart, ...]
    units: tuple[UnitPart, ...]
    scores: tuple[str, ...] = field(default=())
