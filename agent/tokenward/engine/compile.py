"""Compiles a policy against the registered detectors into one plan a stage."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tokenward.engine.escalate import EscalatingClassifier
from tokenward.engine.hold_back import HoldBack, longest
from tokenward.errors import PolicyError, one_of
from tokenward.policy.loader import ISSUING_STAGES
from tokenward.policy.schema import ALL_TYPES, DetectorConfig, Policy, Rule
from tokenward.redact.digest import SHORTEST_KEY
from tokenward.redact.styles import Redaction
from tokenward.registry import Registry
from tokenward.stream.calm import LONGEST_WORD
from tokenward.stream.plan import CompiledRule, SpanPart, StagePlan, UnitPart
from tokenward.types import Classifier, Detector, PolicyRef, ScanContext, SpanDetector, Swapper

ANY_STAGE = "any"
"""The plan of all rules together, for a text whose stage is not said."""
CALLING_STAGE = "output with calls"
"""The plan of an answer within which tools may be called: rules of both stages, as ``output``."""
RESTORED_STAGES = ("output", "tool_call")
"""Where what a session issued comes back."""


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy ready to run: the plans by stage, and the detectors they share."""

    policy: Policy
    plans: Mapping[str, StagePlan]
    detectors: Mapping[str, Detector]
    calling: StagePlan | None = None
    """The plan of an answer within which tools may be called."""
    swappers: tuple[Swapper, ...] = ()
    """What writes texts about other groups, where the policy checks by it."""

    def hold_back(self, stage: str) -> HoldBack:
        """Returns the most characters that the stage can hold back, and why."""
        return longest(self.plans[stage])

    @property
    def restores(self) -> bool:
        """Whether what is taken out of a prompt comes back in its answer, within a session."""
        return any(plan.restores for plan in self.plans.values())


def compile_policy(policy: Policy, registry: Registry) -> CompiledPolicy:
    """Builds the detectors that a policy names and the plans of its stages."""
    build = Builder(policy, registry)
    detectors = {name: build.escalating(config) for name, config in _used(policy).items()}
    _check_types(policy, detectors)
    stages = dict.fromkeys([*policy.stages(), *(RESTORED_STAGES if _restoring(policy) else ())])
    plans: dict[str, StagePlan] = {
        stage: plan_of(policy, detectors, stage, _of_stage(policy, stage)) for stage in stages
    }
    plans[ANY_STAGE] = plan_of(policy, detectors, ANY_STAGE, policy.rules)
    calling = _calling(policy, detectors, plans)
    return CompiledPolicy(policy, plans, detectors, calling, _swappers(policy, registry))


def _swappers(policy: Policy, registry: Registry) -> tuple[Swapper, ...]:
    if not policy.record.counterfactuals:
        return ()
    swappers = tuple(registry.swappers())
    if not swappers:
        raise PolicyError(
            f"{policy.source}: no plugin writes texts about other groups; install one that "
            "registers a swapper, or leave out 'counterfactuals' under 'record'"
        )
    return swappers


def _calling(
    policy: Policy, detectors: Mapping[str, Detector], plans: Mapping[str, StagePlan]
) -> StagePlan | None:
    """Returns the plan of answers with calls of tools; ``None`` where it is that of the output."""
    both = tuple(rule for rule in policy.rules if {"output", "tool_call"} & {*rule.stages})
    if len(both) == len(_of_stage(policy, "output")):
        return plans.get("output")
    return plan_of(policy, detectors, "output", both)


def _used(policy: Policy) -> dict[str, DetectorConfig]:
    names = {name for rule in policy.rules for name in rule.detect}
    return {name: config for name, config in policy.detectors.items() if name in names}


def _restoring(policy: Policy) -> list[Rule]:
    return [rule for rule in policy.rules if rule.mode == "enforce" and rule.action.restore]


def _issuing(policy: Policy) -> bool:
    """Tells whether a prompt may hold what a session has put into it before."""
    return any(
        rule.mode == "enforce" and (rule.action.restore or rule.action.style == "pseudonym")
        for rule in policy.rules
    )


def _of_stage(policy: Policy, stage: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in policy.rules if stage in rule.stages)


class Builder:
    """Builds a policy's detectors, each once: several may escalate to the same one."""

    def __init__(self, policy: Policy, registry: Registry) -> None:
        self._policy, self._registry = policy, registry
        self._built: dict[str, Detector] = {}

    def escalating(self, config: DetectorConfig) -> Detector:
        """Returns a detector, with the one that it escalates to."""
        detector = self._plain(config)
        if config.escalate is None:
            return detector
        to = config.escalate.to
        known = self._policy.detectors.get(to) or DetectorConfig(to, to, where=config.where)
        second = self._plain(known)
        if not isinstance(detector, Classifier) or not isinstance(second, Classifier):
            raise PolicyError(
                f"{config.where}: only a classifier can escalate, and only to a classifier"
            )
        return EscalatingClassifier(detector, second, config.escalate.low, config.escalate.high)

    def _plain(self, config: DetectorConfig) -> Detector:
        if config.name not in self._built:
            where = config.where or self._policy.source
            self._built[config.name] = self._registry.build(config.plugin, config.settings, where)
        return self._built[config.name]


def _check_types(policy: Policy, detectors: Mapping[str, Detector]) -> None:
    for rule in policy.rules:
        for name, types in rule.detect.items():
            words = {ALL_TYPES: None, **groups(detectors[name])}
            known = detectors[name].types
            for type_ in types:
                if type_ not in words and type_ not in known:
                    raise PolicyError(
                        f"{rule.where}: rule {rule.id!r}: detector {name!r} has no type {type_!r}; "
                        f"{one_of([*words, *sorted(known)])}"
                    )


def groups(detector: Detector) -> Mapping[str, frozenset[str]]:
    """Returns the words that stand for several types of a detector: it may have ``groups``."""
    named: Mapping[str, frozenset[str]] = getattr(detector, "groups", {})
    return {word: named[word] & detector.types for word in sorted(named)}


def expanded(detector: Detector, named: Iterable[str]) -> tuple[str, ...]:
    """Returns the types that the words of a rule stand for, each once.

    ``all`` are those of the detector itself, not what one that it escalates to knows beside.
    """
    own = detector.first if isinstance(detector, EscalatingClassifier) else detector
    words = {ALL_TYPES: own.types, **groups(detector)}
    types: dict[str, None] = {}
    for word in named:
        types.update(dict.fromkeys(sorted(words[word]) if word in words else [word]))
    return tuple(types)


def plan_of(
    policy: Policy, detectors: Mapping[str, Detector], stage: str, rules: tuple[Rule, ...]
) -> StagePlan:
    """Returns the plan by which some rules of a policy are applied to texts of a stage."""
    compiled = {rule.id: _rule(rule) for rule in rules}
    spans: list[SpanPart] = []
    units: list[UnitPart] = []
    for name, detector in detectors.items():
        using = [rule for rule in rules if name in rule.detect]
        routes = _routes(name, detector, using, compiled)
        if not routes:
            continue
        if isinstance(detector, SpanDetector):
            spans += _warmed(_span_parts(name, detector, routes), stage)
        else:
            deadline = min(rule.deadline_ms for rule in using) / 1000
            units.append(UnitPart(name, detector, routes, _enforcing(routes), deadline))
    restoring = _restoring(policy)
    comes_back = bool(restoring) and stage in RESTORED_STAGES
    strict = next((_stopping(rule) for rule in restoring if rule.action.strict), None)
    if strict is not None and comes_back:
        compiled.setdefault(strict.id, strict)
    return StagePlan(
        stage=stage,
        policy=PolicyRef(policy.name, policy.revision),
        rules=tuple(compiled.values()),
        spans=tuple(spans),
        units=tuple(units),
        scores=_score_names((*spans, *units)),
        vaulted=any(rule.redaction.from_vault for rule in compiled.values()),
        issues=stage in ISSUING_STAGES and _issuing(policy),
        restores=comes_back,
        strict=strict if comes_back else None,
    )


def _warmed(parts: list[SpanPart], stage: str) -> list[SpanPart]:
    """Opens each scan once, so that what a detector loads on demand is there before a request."""
    for part in parts:
        _opens(part, stage)
    return parts


def _opens(part: SpanPart, stage: str) -> bool:
    try:
        part.detector.open(ScanContext(part.name, stage, part.types))
    except Exception:  # noqa: BLE001  # a detector may fail in any way; in a stream its rules decide
        return False
    return True


def _score_names(parts: Iterable[SpanPart | UnitPart]) -> tuple[str, ...]:
    return tuple(f"{part.name}.{type_}" for part in parts for type_ in sorted(part.routes))


def _rule(rule: Rule) -> CompiledRule:
    return CompiledRule(
        id=rule.id,
        kind=rule.action.kind,
        threshold=rule.when.threshold,
        strict=rule.when.strict,
        enforced=rule.mode == "enforce",
        redaction=_redaction(rule),
        text=rule.action.text,
        attempts=rule.action.attempts,
        fallback=rule.action.otherwise,
        block_on_error=rule.on_error == "block",
        message=rule.message,
    )


def _stopping(rule: Rule) -> CompiledRule:
    """Returns the rule as it stops an answer in which a placeholder is made up."""
    return replace(_rule(rule), kind="block")


def _redaction(rule: Rule) -> Redaction:
    action = rule.action
    key = _key(rule, action.key_env) if action.key_env is not None else None
    return Redaction(action.style, action.restore, action.strict, key)


def _key(rule: Rule, name: str) -> bytes:
    key = os.environ.get(name, "").encode("utf-8", "surrogateescape")
    if len(key) < SHORTEST_KEY:
        what = f"holds {len(key)} bytes" if key else "is not set"
        raise PolicyError(
            f"{rule.where}: rule {rule.id!r}: environment variable {name!r} {what}; it must hold "
            f"the key of 'hash', at least {SHORTEST_KEY} bytes; without 'key_env' each session has "
            "a key of its own"
        )
    return key


def _routes(
    name: str, detector: Detector, rules: Iterable[Rule], compiled: Mapping[str, CompiledRule]
) -> dict[str, tuple[CompiledRule, ...]]:
    routes: dict[str, list[CompiledRule]] = {}
    for rule in rules:
        for type_ in expanded(detector, rule.detect[name]):
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
        SpanPart(
            name,
            detector,
            some,
            enforcing,
            calm=calm_enough(detector, frozenset(some)),
            plain=getattr(detector, "plain", False),
            encoded=getattr(detector, "encoded", False),
        )
        for some, enforcing in ((waited, True), (watched, False))
        if some
    ]


def calm_enough(detector: SpanDetector, types: frozenset[str]) -> bool:
    """Tells whether a detector promises that it need not see calm text, for these types."""
    promise = getattr(detector, "calm_words", None)
    return promise is not None and promise(types) >= LONGEST_WORD
