"""What a stream is told to do: the rules of one stage, compiled to lookups by detector and type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tokenward.redact.styles import Redaction, tag
from tokenward.redact.vault import Vault
from tokenward.types import (
    ACTIONS,
    ActionKind,
    Classifier,
    ContextDetector,
    PolicyRef,
    ScanContext,
    SpanDetector,
    UnitDetector,
)

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
    redaction: Redaction = field(default_factory=Redaction)
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

    def labels(self, kind: str) -> bool:
        """Tells whether what stands in a value's place says nothing of it: once is enough."""
        plain = self.redaction.style == "tag" and not self.redaction.restore
        return kind == "replace" or (kind == "redact" and plain)

    def masks(self, kind: str) -> bool:
        """Tells whether stars stand in a value's place."""
        return kind == "redact" and self.redaction.style == "mask"

    def replacement(
        self,
        kind: str,
        type_: str,
        value: str,
        vault: Vault | None = None,
        *,
        restores: bool,
        inside: bool = False,
    ) -> str:
        """Returns what stands in the place of a value that is not masked.

        An allowed one comes back as its text. ``inside`` of a word a pseudonym could not be told
        from the letters around it: a placeholder stands there.

        ``vault`` is that of the text's session, ``restores`` whether the value may be taken back.

        >>> CompiledRule("r", "redact", 0.5).replacement("redact", "US_SSN", "536-90-4399",
        ...                                              restores=False)
        '<US_SSN>'
        """
        if kind in ("replace", "allow"):
            return self.text
        if self.redaction.style == "remove":
            return ""
        if vault is None:
            return tag(type_)
        redaction = self.redaction
        if inside and redaction.style == "pseudonym":
            redaction = replace(redaction, style="tag")
        return vault.put(redaction, type_, value, restores=restores)


Routes = Mapping[str, tuple[CompiledRule, ...]]


@dataclass(frozen=True, slots=True)
class SpanPart:
    """A span detector as one stage uses it: the types looked for, and the rules for each.

    ``calm`` says that it promised to need no calm text,
    ``plain`` that it is fed text with disguise undone, ``encoded`` also what stands in base 64;
    ``types`` is one set for all streams.
    """

    name: str
    detector: SpanDetector
    routes: Routes
    enforcing: bool
    calm: bool = False
    plain: bool = False
    encoded: bool = False
    types: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "types", frozenset(self.routes))


@dataclass(frozen=True, slots=True)
class UnitPart:
    """A detector of units as one stage uses it."""

    name: str
    detector: UnitDetector
    routes: Routes
    enforcing: bool
    deadline: float = 2.0


Openings = tuple[tuple[SpanPart, ScanContext], ...]


@dataclass(frozen=True, slots=True)
class StagePlan:
    """Everything that a stream of one stage needs; shared by all its streams, never changed.

    ``restores`` says that what a session issued comes back in texts of this stage, ``issues`` that
    what is put into them may come back, and that what was issued before is left as it is.
    ``strict`` is the rule that stops a made-up placeholder; ``vaulted`` says that some rule needs a
    vault.
    """

    stage: str
    policy: PolicyRef
    rules: tuple[CompiledRule, ...]
    spans: tuple[SpanPart, ...]
    units: tuple[UnitPart, ...]
    scores: tuple[str, ...] = field(default=())
    vaulted: bool = False
    issues: bool = False
    restores: bool = False
    strict: CompiledRule | None = None
    shed: tuple[str, ...] = ()
    """Detectors that were left out, and are told as degraded."""
    zeros: dict[str, float] = field(init=False, repr=False, compare=False)
    """The scores of a text in which nothing is found: they are copied, never built again."""
    calm_spans: Openings = field(init=False, repr=False, compare=False)
    """Those of ``spans`` that need no calm text, and what each is told when a text begins."""
    calm_waits: bool = field(init=False, repr=False, compare=False)
    """Whether text waits for one of those."""
    other_spans: Openings = field(init=False, repr=False, compare=False)
    """The other ones."""
    asks: bool = field(init=False, repr=False, compare=False)
    """Whether a detector judges texts by the request that they answer."""
    attempts: int = field(init=False, repr=False, compare=False)
    """How often a text may be taken back, by all its rules together."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "zeros", dict.fromkeys(self.scores, 0.0))
        judges = (*(part.detector for part in self.spans), *(part.detector for part in self.units))
        object.__setattr__(self, "asks", any(isinstance(one, ContextDetector) for one in judges))
        rewinds = (rule for rule in self.rules if rule.kind == "rewind" and rule.enforced)
        object.__setattr__(self, "attempts", sum(rule.attempts for rule in rewinds))
        told = [(part, ScanContext(part.name, self.stage, part.types)) for part in self.spans]
        for name, calm in (("calm_spans", True), ("other_spans", False)):
            object.__setattr__(self, name, tuple(one for one in told if one[0].calm is calm))
        waits = any(part.enforcing for part in self.spans if part.calm)
        object.__setattr__(self, "calm_waits", waits)

    def judging(self) -> StagePlan:
        """Returns the plan of texts that are only judged: none of their places is one to edit."""
        units = []
        for part in self.units:
            routes = {
                type_: tuple(rule for rule in rules if rule.kind in ("flag", "block"))
                for type_, rules in part.routes.items()
            }
            routes = {type_: rules for type_, rules in routes.items() if rules}
            if routes and isinstance(part.detector, Classifier):
                enforcing = any(rule.enforcing for rules in routes.values() for rule in rules)
                units.append(replace(part, routes=routes, enforcing=enforcing))
        return replace(self, spans=(), units=tuple(units), restores=False)

    def lightened(self) -> StagePlan:
        """Returns the plan without what no text waits for; nobody is told that it ran."""
        parts: tuple[SpanPart | UnitPart, ...] = (*self.spans, *self.units)
        kept = [part for part in parts if part.enforcing]
        left_out = [part for part in parts if not part.enforcing]
        names = {f"{part.name}.{type_}" for part in kept for type_ in part.routes}
        return replace(
            self,
            spans=tuple(part for part in self.spans if part.enforcing),
            units=tuple(part for part in self.units if part.enforcing),
            scores=tuple(name for name in self.scores if name in names),
            shed=tuple(dict.fromkeys(part.name for part in left_out)),
        )
