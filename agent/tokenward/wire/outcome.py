"""What was decided about all texts of one stage, added up to one decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tokenward.stream.guarded import GuardedStream
from tokenward.stream.plan import STRENGTH, StagePlan
from tokenward.stream.record import MAX_DETECTIONS, decided
from tokenward.types import Decision, FiredRule


class Outcome:
    """The growing decision of one stage of one request.

    A stage has many texts (messages, choices, channels); each rule appears once, with the
    detections of all of them. Spans are offsets in the text that each detection was found in.
    """

    __slots__ = ("_decision", "_degraded", "_judged", "_message", "_passed_over", "_plan", "_rules",
                 "_scores", "length", "longest_held")  # fmt: skip

    def __init__(self, plan: StagePlan) -> None:
        self._plan = plan
        self._rules: dict[str, FiredRule] = {}
        self._scores: dict[str, float] = {}  # those above 0, as in a record
        self._degraded: dict[str, str] = {}
        self._message: str | None = None
        self._judged: frozenset[str] = frozenset()
        self._passed_over: frozenset[str] = frozenset()
        self._decision: Decision | None = None  # asked for by the answer's head and at the end
        self.longest_held = 0
        self.length = 0
        """Characters of the texts."""

    def add(self, stream: GuardedStream) -> None:
        """Adds what was decided about a text."""
        self._decision = None
        self.longest_held = max(self.longest_held, stream.longest_held)
        self.length += stream.length
        record, scores = stream.record, self._scores
        for name, score in record.scores.items():
            if score > scores.get(name, 0.0):
                scores[name] = score
        if record.degraded:
            self._degraded.update(record.degraded)
        if stream.plan.units:
            self._judged |= record.judged
            self._passed_over |= record.passed_over
        self._message = self._message or record.message
        for rule in record.rules():
            known = self._rules.get(rule.id)
            self._rules[rule.id] = rule if known is None else joined(known, rule)

    def skip(self, length: int, held: int) -> None:
        """Adds a text of so many characters in which there is nothing to find."""
        self._decision = None
        self.length += length
        self.longest_held = max(self.longest_held, held)

    def decision(self, decision_id: str, more: Sequence[GuardedStream] = ()) -> Decision:
        """Returns the decision as it stands, with what ``more`` streams have found so far."""
        if more:
            whole = self._copy()
            for stream in more:
                whole.add(stream)
            return whole.decision(decision_id)
        was = self._decision
        if was is not None and was.decision_id == decision_id:
            return was
        known = self._rules
        rules = tuple(known[r.id] for r in self._plan.rules if r.id in known) if known else ()
        self._decision = decided(
            self._plan,
            decision_id,
            None,
            rules,
            self._scores,
            self._degraded,
            self._message,
            self._passed_over - self._judged,
        )
        return self._decision

    @property
    def stage(self) -> str:
        """The stage whose decision it is."""
        return self._plan.stage

    @property
    def is_quiet(self) -> bool:
        """Whether no rule fired and no detector failed or was left out: all of it may pass."""
        return not (self._rules or self._degraded or self._passed_over or self._plan.shed)

    @property
    def is_degraded(self) -> bool:
        """Whether a detector failed so far, or was left out."""
        return bool(self._degraded or self._plan.shed)

    def degraded(self, more: Iterable[GuardedStream] = ()) -> list[str]:
        """Returns the detectors that failed so far, those of ``more`` streams too, or left out."""
        names = list(self._degraded)
        for stream in more:
            names += stream.record.degraded
        return [*names, *self._plan.shed]

    def _copy(self) -> Outcome:
        copy = Outcome(self._plan)
        copy._rules.update(self._rules)
        copy._scores.update(self._scores)
        copy._degraded.update(self._degraded)
        copy._judged, copy._passed_over = self._judged, self._passed_over
        copy._message = self._message
        return copy


def joined(one: FiredRule, other: FiredRule) -> FiredRule:
    """Returns a rule with what made it fire in two texts."""
    found = (*one.detections, *other.detections[: MAX_DETECTIONS - len(one.detections)])
    action = max(one.action, other.action, key=STRENGTH.__getitem__)
    return FiredRule(one.id, action, one.mode, found, one.count + other.count, one.message)
