"""The value types and protocols that the core and its plugins share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Stage = Literal["input", "output", "tool_call", "tool_result"]
STAGES: tuple[Stage, ...] = ("input", "output", "tool_call", "tool_result")

ActionKind = Literal["allow", "flag", "redact", "replace", "rewind", "block"]
ACTIONS: tuple[ActionKind, ...] = ("allow", "flag", "redact", "replace", "rewind", "block")
"""Weakest first: the strongest action of the rules that fired is the decision's."""

UnitKind = Literal["sentence", "window", "text"]


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing that a detector found in a text.

    ``start`` and ``end`` are code points of the whole original text, half open; ``score`` is in
    [0, 1]. ``evidence`` says why (pattern name, check digit, top features) and never holds text.

    >>> Detection("pii", "EMAIL_ADDRESS", 8, 21, 1.0).as_dict()
    {'detector': 'pii', 'type': 'EMAIL_ADDRESS', 'start': 8, 'end': 21, 'score': 1.0}
    """

    detector: str
    type: str
    start: int
    end: int
    score: float
    evidence: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Returns the fields that decisions and logs carry."""
        return {
            "detector": self.detector,
            "type": self.type,
            "start": self.start,
            "end": self.end,
            "score": self.score,
        }


@dataclass(frozen=True, slots=True)
class ScanContext:
    """What a span detector is told when a text begins.

    ``detector`` is the name that the policy gave the instance (it goes into each detection);
    ``types`` are the types that the policy's rules ask for: no others need be looked for.
    """

    detector: str
    stage: str
    types: frozenset[str]


class Scan(Protocol):
    """The state of one span detector over one text; it is never shared between texts."""

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters; returns what became certain, and the settled offset.

        Settled means: every detection that starts before it has been returned, and no later one
        starts before it. It never decreases, and it never lies inside a returned detection.
        The same detections must come out however the text is cut.
        """

    def finish(self) -> Sequence[Detection]:
        """Returns what was still open, the text having ended; everything is settled after it."""


class CalmScan(Scan, Protocol):
    """The scan of a detector that promised to need no calm text.

    ``calm`` is true while nothing is open but possibly the last word of what was fed.
    """

    calm: bool

    def skip(self, length: int, tail: str) -> None:
        """Takes note of ``length`` characters of calm text, all words complete, as if it was fed.

        ``tail`` is the end of it, at most 256 characters: the words before a value.
        """


@runtime_checkable
class SpanDetector(Protocol):
    """Finds spans incrementally: cheap, synchronous, linear, exact in any chunking.

    ``hold_back`` is the most characters that ``Scan.feed`` may leave unsettled.

    What follows is optional. ``calm_words(types) -> int`` promises that calm text, whose words have
    no more letters than that, holds no value of these types: its scans are then ``CalmScan``, and
    are not shown prose; for a text that is calm to its end none is opened. (Calm text is words of
    letters between white space, commas, quotes and full stops: no digits, no other signs.)
    ``hold_back_of(types) -> int`` says a smaller ``hold_back`` for some types,
    ``hold_back_reason(types) -> str`` what causes it.

    ``plain``, if true, asks for text with disguise undone (full-width letters, zero-width
    characters, entities ...); the stream maps what is found back. ``encoded``, if true, asks for a
    scan of its own for each word that is text in base 64. ``groups``, a mapping of words to types,
    lets policies write a word for several types.
    """

    types: frozenset[str]
    hold_back: int

    def open(self, context: ScanContext) -> Scan:
        """Starts a text."""


@runtime_checkable
class Classifier(Protocol):
    """Scores units of text (sentences, windows, whole texts) for labels, its ``types``.

    ``inline`` says that a unit costs well under a millisecond, so it is scored in the stream's
    own thread; otherwise units of all open streams are batched in worker threads.
    """

    types: frozenset[str]
    unit: UnitKind
    inline: bool

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Returns one mapping of label to score in [0, 1] for each text, in order."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A span that a ``Tagger`` found: ``start`` and ``end`` are code points of the unit's text."""

    type: str
    start: int
    end: int
    score: float
    evidence: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@runtime_checkable
class Tagger(Protocol):
    """Finds spans in units of text: for models that must see a sentence as a whole.

    ``unit`` is ``"sentence"`` or ``"text"``; ``inline`` is as for a ``Classifier``. An enforcing
    rule holds the unit back until it is tagged.
    """

    types: frozenset[str]
    unit: UnitKind
    inline: bool

    def tag(self, texts: Sequence[str]) -> Sequence[Sequence[Tag]]:
        """Returns the tags of each text, in order."""


UnitDetector = Classifier | Tagger
"""What judges units, which the engine cuts, batches and waits for."""

Detector = SpanDetector | UnitDetector

DetectorSource = Callable[[str], Detector]
"""Builds another registered detector by plugin name, with its default settings."""


@dataclass(frozen=True, slots=True)
class DetectorPlugin:
    """What a plugin registers: a named kind of detector that policies can use.

    ``settings`` is a frozen dataclass; its fields are the keys that a policy may write under
    ``detectors:`` and are checked at load. ``create`` gets a settings object and a source of other
    detectors, and must raise a ``TokenwardError`` if it cannot work (a model that is not there).
    ``types`` is what it can find; ``None`` where that depends on the settings.
    """

    name: str
    create: Callable[[Any, DetectorSource], Detector]
    settings: type[Any]
    types: frozenset[str] | None
    description: str


FeatureValue = float | str | tuple[float, ...]
"""A number, a category, or the components of a vector."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A number, category or vector of a text that is recorded to watch for drift.

    ``of`` must be pure and linear in the text; it runs off the request's path. Features that look
    at a text in the same way can share that: ``of`` gets what ``prepare`` returned for the text,
    which is called once for all features that name it, and must be pure and linear, too.

    >>> Feature("words", "number", len, "Words.", prepare=str.split).take("two words")
    2
    """

    name: str
    kind: Literal["number", "category", "vector"]
    of: Callable[[Any], FeatureValue]
    description: str
    prepare: Callable[[str], Any] | None = None

    def take(self, text: str) -> FeatureValue:
        """Returns the feature of one text; whoever takes several features shares what they may."""
        return self.of(text if self.prepare is None else self.prepare(text))


ColumnKind = Literal["number", "category", "rate", "count", "vector"]
COLUMN_KINDS: tuple[ColumnKind, ...] = ("number", "category", "rate", "count", "vector")


@dataclass(frozen=True, slots=True)
class DriftTable:
    """Counts of reference and current over the same ordered cells.

    They are scaled to the number of independent rows that they are worth (weights, sessions), so
    that a method may take them as plain counts. ``middles`` are the numbers that the cells stand
    for; empty where the cells are categories.
    """

    reference: NDArray[np.float64]
    current: NDArray[np.float64]
    middles: NDArray[np.float64]

    @property
    def sizes(self) -> tuple[float, float]:
        """The independent rows of reference and current."""
        return float(self.reference.sum()), float(self.current.sum())

    @property
    def shares(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The shares of the cells."""
        n, m = self.sizes
        return self.reference / n, self.current / m


@dataclass(frozen=True, slots=True)
class DriftVectors:
    """Samples of a column of vectors, one vector a row.

    ``worth`` is how many independent rows a row of each says as much as: those of a session are
    alike.
    """

    reference: NDArray[np.float64]
    current: NDArray[np.float64]
    worth: tuple[float, float] = (1.0, 1.0)

    @property
    def sizes(self) -> tuple[float, float]:
        """The independent rows of reference and current."""
        return len(self.reference) * self.worth[0], len(self.current) * self.worth[1]


@dataclass(frozen=True, slots=True)
class DriftOutcome:
    """An effect size, and the probability of one as large where nothing changed.

    ``interval`` holds the ends of the 95 % interval of a difference, where a method has one.
    """

    statistic: float
    p_value: float
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class DriftMethod:
    """A way to tell how far apart two periods of a column are, and how sure that is.

    ``of`` takes a ``DriftTable``, or ``DriftVectors`` where ``kinds`` is ``{"vector"}``; it must be
    pure. The statistic must not grow with the number of rows; ``threshold`` is the one from which a
    change matters, ``thresholds`` says others by kind of column. ``fine`` asks for every value
    that occurs instead of tenths of the reference. ``symmetric`` promises that the statistic stays
    when the periods change places. ``paper`` says who described it, with year and place.
    """

    name: str
    of: Callable[[Any], DriftOutcome]
    kinds: frozenset[ColumnKind]
    threshold: float
    description: str
    paper: str
    fine: bool = False
    symmetric: bool = True
    thresholds: Mapping[ColumnKind, float] = field(default_factory=dict)


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
    that did not run to the end.
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
        }
