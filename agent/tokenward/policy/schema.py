"""What a policy is once it is read: frozen values, checked, in the order of the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tokenward.redact.styles import RedactStyle
from tokenward.types import ActionKind, Stage

OnError = Literal["block", "allow"]
ON_ERROR: tuple[OnError, ...] = ("block", "allow")
Mode = Literal["enforce", "monitor"]
MODES: tuple[Mode, ...] = ("enforce", "monitor")
Beyond = Literal["clamp", "refuse"]
BEYOND: tuple[Beyond, ...] = ("clamp", "refuse")
"""What is done with a parameter beyond its limit: the nearest allowed is taken, or nothing runs."""

ALL_TYPES = "all"
DEFAULT_DEADLINE_MS = 2000
DEFAULT_MESSAGE = "This answer was stopped by policy."


@dataclass(frozen=True, slots=True)
class Action:
    """What a rule does when it fires.

    ``style`` and what follows it are for ``redact``, ``text`` is for ``replace``, ``attempts`` and
    ``otherwise`` are for ``rewind``. ``key_env`` names the environment variable with the key.
    """

    kind: ActionKind
    style: RedactStyle = "tag"
    restore: bool = False
    strict: bool = False
    key_env: str | None = None
    text: str = ""
    attempts: int = 2
    otherwise: ActionKind = "block"


@dataclass(frozen=True, slots=True)
class When:
    """The least score at which a detection makes a rule fire.

    >>> When(0.5).holds(0.5), When(0.5, strict=True).holds(0.5)
    (True, False)
    """

    threshold: float
    strict: bool = False

    def holds(self, score: float) -> bool:
        """Tells whether a score is enough."""
        return score > self.threshold if self.strict else score >= self.threshold

    def __str__(self) -> str:
        return f"score {'>' if self.strict else '>='} {self.threshold:g}"


@dataclass(frozen=True, slots=True)
class Escalation:
    """Which detector decides instead, where the first one's score lies between two bounds."""

    to: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """A detector instance: its name in the policy, the plugin's name, and its settings."""

    name: str
    plugin: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    escalate: Escalation | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of a policy."""

    id: str
    stages: tuple[Stage, ...]
    detect: Mapping[str, tuple[str, ...]]
    when: When
    action: Action
    on_error: OnError
    mode: Mode = "enforce"
    message: str | None = None
    deadline_ms: int = DEFAULT_DEADLINE_MS
    where: str = ""

    @property
    def enforcing(self) -> bool:
        """Whether the rule can change or stop text, so that text waits for it."""
        return self.mode == "enforce" and self.action.kind not in ("allow", "flag")


@dataclass(frozen=True, slots=True)
class Limit:
    """Bounds of a generation parameter of a request, and what is done with one beyond them.

    >>> str(Limit(0.1, 1.0)), str(Limit(high=64))
    ('from 0.1 to 1', 'at most 64')
    """

    low: float | None = None
    high: float | None = None
    default: float | None = None
    otherwise: Beyond = "clamp"

    def refuses(self, asked: float) -> bool:
        """Tells whether a request must be refused for what it asks."""
        return self.otherwise == "refuse" and self.nearest(asked) != asked

    def nearest(self, value: float) -> float:
        """Returns the allowed value that is nearest to one."""
        if self.high is not None and value > self.high:
            return self.high
        if self.low is not None and value < self.low:
            return self.low
        return value

    def __str__(self) -> str:
        if self.low is not None and self.high is not None:
            return f"from {self.low:g} to {self.high:g}"
        if self.high is not None:
            return f"at most {self.high:g}"
        return "anything" if self.low is None else f"at least {self.low:g}"


KeepText = Literal["none", "masked"]
KEEP_TEXT: tuple[KeepText, ...] = ("none", "masked")
KeepSubject = Literal["hashed", "none"]
KEEP_SUBJECT: tuple[KeepSubject, ...] = ("hashed", "none")


@dataclass(frozen=True, slots=True)
class Recording:
    """What is kept of requests under a policy.

    ``sample`` is the share that is kept of those about which there is nothing to tell, and
    ``text_days`` how long masked texts are kept at most. ``counterfactuals`` is the share of
    requests whose texts are decided about again as if they were about other groups of people.
    """

    text: KeepText = "none"
    sample: float = 1.0
    subject: KeepSubject = "hashed"
    text_days: int | None = None
    counterfactuals: float = 0.0


@dataclass(frozen=True, slots=True)
class Policy:
    """A named, versioned, ordered list of rules; ``revision`` is a digest of its content."""

    name: str
    description: str
    revision: str
    rules: tuple[Rule, ...]
    detectors: Mapping[str, DetectorConfig]
    match: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    stop: tuple[str, ...] = ()
    source: str = ""
    record: Recording = field(default_factory=Recording)

    def stages(self) -> tuple[Stage, ...]:
        """Returns the stages that any rule looks at, in the order of first use."""
        return tuple({stage: None for rule in self.rules for stage in rule.stages})
