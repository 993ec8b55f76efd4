"""What happened in one stream: scores, rules that fired, failures; it becomes the decision."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal

from tokenward.stream.plan import STRENGTH, CompiledRule, StagePlan
from tokenward.types import ActionKind, Decision, Detection, FiredRule

MAX_DETECTIONS = 1000
"""Detections kept for a rule; further ones are only counted, so that the state is bounded."""

FAILED = "failed"
"""Why a detector did not run to the end, where it did not say why."""


class Record:
    """The growing decision of one stream."""

    __slots__ = (
        "_fired", "_kinds", "_led", "_plan", "_rewinds", "asked", "degraded", "judged", "message",
        "passed_over", "scores",
    )  # fmt: skip

    def __init__(self, plan: StagePlan) -> None:
        self._plan = plan
        self.scores: dict[str, float] = {}
        """The highest score of each detector's type that was found: most texts have none."""
        self._fired: dict[str, list[Detection]] = {}
        self._kinds: dict[str, tuple[ActionKind, int]] = {}
        self._rewinds: dict[str, int] = {}
        self._led: dict[str, list[Detection]] = {}
        self.degraded: dict[str, str] = {}
        """The detectors that failed, each with the first reason."""
        self.judged: frozenset[str] = frozenset()
        """The detectors of units that have judged one."""
        self.passed_over: frozenset[str] = frozenset()
        """Those that could not measure one."""
        self.message: str | None = None
        self.asked: tuple[tuple[CompiledRule, Detection], ...] = ()
        """The rules that asked for the latest rewind, each with a detection that made it ask."""

    def score(self, detection: Detection) -> None:
        """Keeps the highest score of a detector's type, if the plan asks for that."""
        key = f"{detection.detector}.{detection.type}"
        if detection.score > self.scores.get(key, 0.0) and key in self._plan.zeros:
            self.scores[key] = detection.score

    def fire(self, rule: CompiledRule, detection: Detection, kind: ActionKind) -> None:
        """Notes that a rule fired, and what it does this time."""
        kept = self._fired.setdefault(rule.id, [])
        kept.append(detection)
        if len(kept) == 2 * MAX_DETECTIONS:  # the first in the text, in whatever order they came
            kept.sort(key=_place)
            del kept[MAX_DETECTIONS:]
        known, count = self._kinds.get(rule.id, (kind, 0))
        strongest = kind if STRENGTH[kind] > STRENGTH[known] else known
        self._kinds[rule.id] = (strongest, count + 1)

    def change(self, rule: CompiledRule) -> None:
        """Notes that a rule which was to rewind does what it falls back to."""
        kind, count = self._kinds[rule.id]
        stronger = STRENGTH[rule.fallback] > STRENGTH[kind]
        if stronger or (kind == "rewind" and not self.rewinds(rule.id)):
            self._kinds[rule.id] = (rule.fallback, count)

    def degrade(self, detector: str, rules: Iterable[CompiledRule], reason: str = FAILED) -> bool:
        """Notes that a detector failed; returns whether one of its rules blocks for that."""
        self.degraded.setdefault(detector, reason)
        blocking = [rule for rule in rules if rule.enforcing and rule.block_on_error]
        for rule in blocking:
            self._kinds[rule.id] = ("block", self._kinds.get(rule.id, ("block", 0))[1])
            self.stop(rule)
        return bool(blocking)

    def judge(self, detector: str, *, measured: bool) -> None:
        """Notes that a detector has judged a unit, or could not measure it."""
        if measured:
            self.judged |= {detector}
        else:
            self.passed_over |= {detector}

    def stop(self, rule: CompiledRule) -> None:
        """Notes which rule stopped the text."""
        if self.message is None:
            self.message = rule.message

    def rewind(self, reasons: Iterable[tuple[CompiledRule, Detection]]) -> None:
        """Counts a rewind for each rule that asked for it, and keeps what led to it."""
        self.asked = tuple(reasons)
        asked: dict[str, None] = {}
        for rule, detection in self.asked:
            asked[rule.id] = None
            led = self._led.setdefault(rule.id, [])
            if len(led) < MAX_DETECTIONS:
                led.append(detection)
        for rule_id in asked:
            self._rewinds[rule_id] = self._rewinds.get(rule_id, 0) + 1

    def take_back_rewind(self) -> None:
        """Forgets the latest rewind: it could not be made."""
        for rule, detection in self.asked:
            led = self._led.get(rule.id, [])
            led[:] = [one for one in led if one is not detection]
            if not led:
                self._led.pop(rule.id, None)
        for rule_id in {rule.id for rule, _ in self.asked}:
            self._rewinds[rule_id] -= 1
        self.asked = ()

    def rewinds(self, rule_id: str) -> int:
        """Returns how often a rule has rewound the text."""
        return self._rewinds.get(rule_id, 0)

    def present(self) -> tuple[Detection, ...]:
        """Returns what was found in the text as it is, without what a rewind has taken back.

        In the text's order, each once; of a rule at most ``MAX_DETECTIONS``, as in the decision.
        """
        gone = {id(one) for led in self._led.values() for one in led}
        there = {
            one: None
            for found in self._fired.values()
            for one in sorted(found, key=_place)[:MAX_DETECTIONS]
            if id(one) not in gone
        }
        return tuple(sorted(there, key=_place))

    def successor(self) -> Record:
        """Returns the record to go on with after a rewind: rewinds stay, with their reasons."""
        record = Record(self._plan)
        record.scores.update(self.scores)
        record._rewinds.update(self._rewinds)
        record.degraded.update(self.degraded)
        record.judged |= self.judged
        record.passed_over |= self.passed_over
        # what was found in the kept text is found again; what was found in the rest is gone
        for rule_id, detections in self._led.items():
            record._led[rule_id] = list(detections)
            record._fired[rule_id] = list(detections)
            record._kinds[rule_id] = ("rewind", len(detections))
        return record

    def decision(self, text: str | None, decision_id: str) -> Decision:
        """Returns the decision."""
        unmeasured = self.passed_over - self.judged
        return decided(
            self._plan,
            decision_id,
            text,
            self.rules(),
            self.scores,
            self.degraded,
            self.message,
            unmeasured,
        )

    def rules(self) -> tuple[FiredRule, ...]:
        """Returns the rules that fired, in the policy's order, with detections in the text's."""
        if not self._kinds:  # as in most texts
            return ()
        return tuple(self._rule(rule) for rule in self._plan.rules if rule.id in self._kinds)

    def _rule(self, rule: CompiledRule) -> FiredRule:
        kind, count = self._kinds[rule.id]
        found = sorted(self._fired.get(rule.id, []), key=_place)[:MAX_DETECTIONS]
        mode: Literal["enforce", "monitor"] = "enforce" if rule.enforced else "monitor"
        return FiredRule(rule.id, kind, mode, tuple(found), count, rule.message)


def _place(found: Detection) -> tuple[int, int, str, str]:
    return found.start, found.end, found.detector, found.type


def decided(
    plan: StagePlan,
    decision_id: str,
    text: str | None,
    rules: tuple[FiredRule, ...],
    scores: dict[str, float],
    degraded: Mapping[str, str],
    message: str | None,
    unmeasured: Collection[str] = (),
) -> Decision:
    """Returns the decision of a stage: the strongest action of the enforced rules that fired.

    ``scores`` are those above 0, of names that the plan has; ``unmeasured`` detectors have none.
    ``degraded`` tells why.
    """
    enforced = [rule.action for rule in rules if rule.mode == "enforce"] if rules else ()
    action: ActionKind = max(enforced, key=STRENGTH.__getitem__) if enforced else "allow"
    told = tuple(dict.fromkeys((*degraded, *plan.shed))) if degraded or plan.shed else ()
    return Decision(
        decision_id=decision_id,
        stage=plan.stage,
        action=action,
        text=text,
        rules=rules,
        scores=_zeros(plan, unmeasured) | scores,
        policy=plan.policy,
        degraded=told,
        message=message if action == "block" else None,
        unmeasured=tuple(sorted(unmeasured)),
        reasons=_reasons(degraded) if degraded else {},
    )


def _reasons(degraded: Mapping[str, str]) -> dict[str, str]:
    return {name: why for name, why in degraded.items() if why != FAILED}


def _zeros(plan: StagePlan, unmeasured: Collection[str]) -> dict[str, float]:
    if not unmeasured:  # as nearly always
        return plan.zeros
    gone = {f"{p.name}.{type_}" for p in plan.units if p.name in unmeasured for type_ in p.routes}
    return {name: zero for name, zero in plan.zeros.items() if name not in gone}
