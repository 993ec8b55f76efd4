"""Says why a text was decided as it was: what fired or nearly did, what waited, what it cost."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from tokenward.engine.batcher import judge_of
from tokenward.engine.cost import cost_of
from tokenward.engine.engine import Engine
from tokenward.engine.ids import decision_id
from tokenward.engine.words import with_words
from tokenward.policy.schema import Rule
from tokenward.stream.given import Given
from tokenward.stream.guarded import GuardedStream
from tokenward.stream.plan import CompiledRule, SpanPart, StagePlan, UnitPart
from tokenward.stream.record import Record
from tokenward.stream.units import Unit
from tokenward.types import Decision, Detection

MOST_NEAR = 3
"""Detections below the threshold that are kept for a rule: those with the highest scores."""
LEAST = 0.01
"""Scores below it say that there is nothing."""
NEARLY = 0.5
"""Share of the threshold from which on a detection has nearly made its rule fire."""
WORDY = 5
"""Detections of a rule that fired of which the words are told; of one that nearly did, one is."""
MEASURED = 20_000
"""Characters, from the text's beginning, over which detectors are timed."""
CHUNK = 4
"""Characters of the chunks in which a model writes, about."""

State = Literal["fired", "near", "quiet", "other stage"]
"""What a rule did: ``near`` is a detection not far below its threshold, and none at it."""


@dataclass(frozen=True, slots=True)
class RuleStory:
    """What one rule of the policy did; ``failed`` names its detectors that did not run."""

    rule: Rule
    state: State
    found: tuple[Detection, ...] = ()
    count: int = 0
    near: tuple[Detection, ...] = ()
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one detector took for the text: ``calls`` are chunks, or units.

    ``held`` is the most text that waited for it, up to ``held_at``.
    """

    part: SpanPart | UnitPart
    calls: int
    seconds: float
    held: int
    held_at: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision with its reasons."""

    decision: Decision
    rules: tuple[RuleStory, ...]
    detectors: tuple[Measurement, ...]
    characters: int
    """How much of the text was measured."""

    def as_dict(self, text: str | None = None) -> dict[str, Any]:
        """Returns the part ``explain`` of ``tokenward check --json --explain``.

        Spans say where; what stood there is in it only where the text is given.
        """
        return {
            "decided": self.decision.stage,
            "rules": [_story(one, text) for one in self.rules],
            "detectors": [_measurement(one) for one in self.detectors],
            "measured": {"characters": self.characters, "chunk": CHUNK},
        }


def explain(
    engine: Engine, text: str, stage: str | None, given: Given | None = None
) -> Explanation:
    """Decides about a whole text and says why; it takes several times as long as the decision."""
    plan = engine.plan(stage)
    record = NearRecord(plan)
    stream = engine.open(stage, record=record, given=given)
    stream.feed(text)
    stream.finish()
    engine.complete(stream)
    decision = stream.decide(stream.release(), decision_id())
    stories = [
        _worded(plan, text, _tell(rule, plan, decision, record.near))
        for rule in engine.compiled.policy.rules
    ]
    some = text[:MEASURED]
    measured = [_measure(plan, part, some, given) for part in _parts(plan)]
    return Explanation(decision, tuple(stories), tuple(measured), len(some))


def _parts(plan: StagePlan) -> tuple[SpanPart | UnitPart, ...]:
    return (*plan.spans, *plan.units)


class NearRecord(Record):
    """A record that keeps the detections which came nearest to making a rule fire."""

    __slots__ = ("_rules", "near")

    def __init__(self, plan: StagePlan) -> None:
        super().__init__(plan)
        self.near: dict[str, list[Detection]] = {}
        self._rules: dict[tuple[str, str], tuple[CompiledRule, ...]] = {
            (part.name, type_): rules
            for part in _parts(plan)
            for type_, rules in part.routes.items()
        }

    def score(self, detection: Detection) -> None:
        """Keeps the detection for the rules that it is not enough for."""
        super().score(detection)
        for rule in self._rules.get((detection.detector, detection.type), ()):
            if detection.score >= LEAST and not rule.holds(detection.score):
                near = self.near.setdefault(rule.id, [])
                near.append(detection)
                near.sort(key=lambda one: (-one.score, one.start, one.end, one.type))
                del near[MOST_NEAR:]


def _tell(
    rule: Rule, plan: StagePlan, decision: Decision, near: Mapping[str, Sequence[Detection]]
) -> RuleStory:
    if not any(rule.id == one.id for one in plan.rules):
        return RuleStory(rule, "other stage")
    kept = tuple(near.get(rule.id, ()))
    failed = tuple(name for name in decision.degraded if name in rule.detect)
    for one in decision.rules:
        if one.id == rule.id:
            return RuleStory(rule, "fired", one.detections, one.count, kept, failed)
    nearly = any(one.score >= NEARLY * rule.when.threshold for one in kept)
    return RuleStory(rule, "near" if nearly else "quiet", near=kept, failed=failed)


def _worded(plan: StagePlan, text: str, story: RuleStory) -> RuleStory:
    """Returns the story with the words that carried the scores of its first detections."""
    if story.state == "fired":
        found = story.found
        return replace(story, found=(*with_words(plan, text, found[:WORDY]), *found[WORDY:]))
    if story.state != "near":
        return story
    near = story.near
    return replace(story, near=(*with_words(plan, text, near[:1]), *near[1:]))


def _measure(
    plan: StagePlan, part: SpanPart | UnitPart, text: str, given: Given | None
) -> Measurement:
    """Runs one detector alone over the text, in small chunks."""
    if isinstance(part, SpanPart):
        alone = replace(plan, spans=(part,), units=())
    else:
        alone = replace(plan, spans=(), units=(part,))
    first = text[: 16 * CHUNK]
    _run(alone, part, first, given)  # what is built on first use is not the text's cost
    return _run(alone, part, text, given)


def _run(plan: StagePlan, part: SpanPart | UnitPart, text: str, given: Given | None) -> Measurement:
    stream = GuardedStream(plan, given=given)
    feeding, judging = 0.0, 0.0
    chunks, units, held, held_at = 0, 0, 0, 0
    for at in range(0, len(text), CHUNK):
        began = time.perf_counter()
        stream.feed(text[at : at + CHUNK])
        feeding += time.perf_counter() - began
        chunks += 1
        some = stream.units()
        units += len(some)
        judging += _judge(stream, some)
        if stream.held > held:
            held, held_at = stream.held, stream.length
    stream.finish()
    some = stream.units()
    units, judging = units + len(some), judging + _judge(stream, some)
    if isinstance(part, SpanPart):
        return Measurement(part, chunks, feeding, held, held_at)
    return Measurement(part, units, judging, held, held_at)


def _judge(stream: GuardedStream, units: Sequence[Unit]) -> float:
    """Judges units one by one; returns the seconds that it took."""
    began = time.perf_counter()
    for unit in units:
        try:
            (judged,) = judge_of(unit.detector)([unit.text])
            stream.resolve(unit, judged)
        except Exception:  # noqa: BLE001  # that it failed is in the decision
            stream.fail(unit)
    return time.perf_counter() - began


def _story(one: RuleStory, text: str | None) -> dict[str, Any]:
    rule = one.rule
    return {
        "id": rule.id,
        "state": one.state,
        "mode": rule.mode,
        "action": rule.action.kind,
        "when": str(rule.when),
        "stages": list(rule.stages),
        "found": [_row(found, rule, text) for found in one.found],
        "count": one.count,
        "near": [_row(found, rule, text) for found in one.near],
        "not_run": list(one.failed),
    }


def _row(found: Detection, rule: Rule, text: str | None) -> dict[str, Any]:
    row = {
        **found.as_dict(),
        "threshold": rule.when.threshold,
        "margin": round(found.score - rule.when.threshold, 6),
        "evidence": evidence(found, text),
    }
    if text is not None:
        row["text"] = text[found.start : found.end]
    return row


def evidence(found: Detection, text: str | None, base: int = 0) -> dict[str, Any]:
    """Returns the evidence of a detection as JSON has it; with the text each word says itself.

    The text begins at ``base`` in the offsets of the detection.
    """
    row = {key: _plain(value) for key, value in found.evidence.items() if key != "words"}
    words = found.evidence.get("words")
    if words:
        row["words"] = [
            [[start, end], share, *([] if text is None else [text[start - base : end - base]])]
            for (start, end), share in words
        ]
    return row


def _plain(value: Any) -> Any:
    """Returns a value that JSON has."""
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _measurement(one: Measurement) -> dict[str, Any]:
    cost = cost_of(one.part.detector)
    unit = one.part.detector.unit if isinstance(one.part, UnitPart) else "chunk"
    return {
        "detector": one.part.name,
        "types": sorted(one.part.routes),
        "cost": cost.name,
        "unit": unit,
        "calls": one.calls,
        "seconds": round(one.seconds, 6),
        "seconds_each": round(one.seconds / one.calls, 9) if one.calls else None,
        "longest_held": one.held,
        "held_from": one.held_at - one.held,
        "held_to": one.held_at,
    }
