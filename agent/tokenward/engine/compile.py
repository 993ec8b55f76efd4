"""Compiles a policy against the registered detectors into one plan a stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tokenward.engine.escalate import EscalatingClassifier
from tokenward.errors import PolicyError, one_of
from tokenward.policy.schema import ALL_TYPES, DetectorConfig, Policy, Rule
from tokenward.registry import Registry
from tokenward.stream.calm import LONGEST_WORD
from tokenward.stream.plan import CompiledRule, SpanPart, StagePlan, UnitPart
from tokenward.stream.segment import MAX_SENTENCE
from tokenward.types import Classifier, Detector, PolicyRef, SpanDetector

ANY_STAGE = "any"
"""The plan of all rules together, for a text whose stage is not said."""


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy ready to run: the plans by stage, and the detectors they share."""

    policy: Policy
    plans: Mapping[str, StagePlan]
    detectors: Mapping[str, Detector]

    def hold_back(self, stage: str) -> int | None:
        """Returns the most characters that the stage can hold back; ``None`` for a whole text."""
        plan = self.plans[stage]
        longest = max((p.detector.hold_back for p in plan.spans if p.enforcing), default=0)
        units = {p.detector.unit for p in plan.units if p.enforcing}
        if "text" in units:
            return None
        return max(longest, MAX_SENTENCE) if units else longest


def compile_policy(policy: Policy, registry: Registry) -> CompiledPolicy:
    """Builds the detectors that a policy names and the plans of its stages."""
    detectors = {name: _build(config, policy, registry) for name, config in _used(policy).items()}
    _check_types(policy, detectors)
    plans: dict[str, StagePlan] = {
        stage: _plan(policy, detectors, stage, _of_stage(policy, stage))
        for stage in policy.stages()
    }
    plans[ANY_STAGE] = _plan(policy, detectors, ANY_STAGE, policy.rules)
    return CompiledPolicy(policy, plans, detectors)


def _used(policy: Policy) -> dict[str, DetectorConfig]:
    names = {name for rule in policy.rules for name in rule.detect}
    return {name: config for name, config in policy.detectors.items() if name in names}


def _of_stage(policy: Policy, stage: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in policy.rules if stage in rule.stages)


def _build(config: DetectorConfig, policy: Policy, registry: Registry) -> Detector:
    detector = registry.build(config.plugin, config.settings, config.where or policy.source)
    if config.escalate is None:
        return detector
    target = policy.detectors.get(config.escalate.to)
    name, settings = (target.plugin, target.settings) if target else (config.escalate.to, {})
    second = registry.build(name, settings, config.where)
    if not isinstance(detector, Classifier) or not isinstance(second, Classifier):
        raise PolicyError(
            f"{config.where}: only a classifier can escalate, and only to a classifier"
        )
    return EscalatingClassifier(detector, second, config.escalate.low, config.escalate.high)


def _check_types(policy: Policy, detectors: Mapping[str, Detector]) -> None:
    for rule in policy.rules:
        for name, types in rule.detect.items():
            known = detectors[name].types
            for type_ in types:
                if type_ != ALL_TYPES and type_ not in known:
                    raise PolicyError(
                        f"{rule.where}: rule {rule.id!r}: detector {name!r} has no type {type_!r}; "
                        f"{one_of([ALL_TYPES, *sorted(known)])}"
                    )


def _plan(
    policy: Policy, detectors: Mapping[str, Detector], stage: str, rules: tuple[Rule, ...]
) -> StagePlan:
    compiled = {rule.id: _rule(rule) for rule in rules}
    spans: list[SpanPart] = []
    units: list[UnitPart] = []
    for name, detector in detectors.items():
        using = [rule for rule in rules if name in rule.detect]
        routes = _routes(name, detector, using, compiled)
        if not routes:
            continue
        if isinstance(detector, SpanDetector):
            spans += _span_parts(name, detector, routes)
        else:
            deadline = min(rule.deadline_ms for rule in using) / 1000
            units.append(UnitPart(name, detector, routes, _enforcing(routes), deadline))
    return StagePlan(
        stage=stage,
        policy=PolicyRef(policy.name, policy.revision),
        rules=tuple(compiled.values()),
        spans=tuple(spans),
        units=tuple(units),
        scores=_score_names((*spans, *units)),
    )


def _score_names(parts: Iterable[SpanPart | UnitPart]) -> tuple[str, ...]:
    return tuple(f"{part.name}.{type_}" for part in parts for type_ in sorted(part.routes))


def _rule(rule: Rule) -> CompiledRule:
    return CompiledRule(
        id=rule.id,
        kind=rule.action.kind,
        threshold=rule.when.threshold,
        strict=rule.when.strict,
        enforced=rule.mode == "enforce",
        style=rule.action.style,
        text=rule.action.text,
        attempts=rule.action.attempts,
        fallback=rule.action.otherwise,
        block_on_error=rule.on_error == "block",
        message=rule.message,
    )


def _routes(
    name: str, detector: Detector, rules: Iterable[Rule], compiled: Mapping[str, CompiledRule]
) -> dict[str, tuple[CompiledRule, ...]]:
    routes: dict[str, list[CompiledRule]] = {}
    for rule in rules:
        named = rule.detect[name]
        for type_ in sorted(detector.types) if ALL_TYPES in named else dict.fromkeys(named):
            routes.setdefault(type_, []).append(compiled[rule.id])
    return {type_: tuple(some) for type_, some in routes.items()}


def _enforcing(routes: Mapping[str, tuple[CompiledRule, ...]]) -> bool:
    return any(rule.enforcing for rules in routes.values() for rule in rules)


def _span_parts(
    name: str, detector: SpanDetector, routes: Mapping[str, tuple[CompiledRule, ...]]
) -> list[SpanPart]:
    """Splits what must be waited for from what is only watched, which never holds text back."""
    waited = {t: rules for t, rules in routes.items() if any(rule.enforcing for rule in rules)}
    watched = {t: rules for t, rules in routes.items() if t not in waited}
    return [
        SpanPart(name, detector, some, enforcing, calm_enough(detector, frozenset(some)))
        for some, enforcing in ((waited, True), (watched, False))
        if some
    ]


def calm_enough(detector: SpanDetector, types: frozenset[str]) -> bool:
    """Tells whether a detector promises that it need not see calm text, for these types."""
    promise = getattr(detector, "calm_words", None)
    return promise is not None and promise(types) >= LONGEST_WORD
