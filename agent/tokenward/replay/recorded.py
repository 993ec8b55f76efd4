"""What a policy would decide about a recorded stage, from its scores and detections alone.

A record holds the highest score of every type that was looked for. That is enough to say whether a
rule fires, where the detector is set as it was and saw the whole text. What is not enough is told
as not measured, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tokenward.engine.compile import ANY_STAGE, CompiledPolicy, expanded
from tokenward.policy.facts import digest_of, rule_facts
from tokenward.policy.schema import Rule
from tokenward.replay.known import Known
from tokenward.stream.plan import CHANGES, STRENGTH
from tokenward.types import ActionKind, Decision, Detection, FiredRule, PolicyRef, SpanDetector

UNKNOWN_POLICY = "the policy that decided is not at hand; give it with --was"
NOT_RUN = "detector {!r} was not run for this"
SET_OTHERWISE = "detector {!r} was set otherwise"
FAILED = "detector {!r} did not run to its end"
CUT = "the text was stopped before its end"


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule at one stage, over a record's list of scores: what was measured, and what was not."""

    rule: Rule
    names: frozenset[str]
    missing: tuple[str, ...]
    """Why a part of what the rule looks for is not in the scores; empty where all of it is."""
    zeros: frozenset[str] = frozenset()
    """The names whose score of 0 is a detection: those of classifiers."""
    same: bool = False
    """Whether the rule looks for the same as it did, at the same threshold."""
    done: bool = False
    """Whether it also does the same when it fires."""


@dataclass(slots=True)
class Judged:
    """What is certain of one stage: rules that fire, those that cannot be told, and why."""

    stage: str
    fires: dict[str, ActionKind] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    found: dict[str, tuple[Detection, ...]] = field(default_factory=dict, repr=False)
    """Of rules that fire by a stored text, what made them."""
    edited: bool | None = False
    """Whether the text is certainly another; ``None`` where that cannot be said."""


class Judge:
    """A policy that decides about records."""

    def __init__(self, compiled: CompiledPolicy, known: Known) -> None:
        self._compiled = compiled
        self._known = known
        self._asked: dict[tuple[PolicyRef, str, tuple[str, ...]], tuple[Asked, ...]] = {}

    def judge(self, decision: Decision) -> Judged:
        """Returns what the policy would do where another one decided."""
        judged = Judged(decision.stage)
        found = {name: score for name, score in decision.scores.items() if score}
        was = {rule.id: rule for rule in decision.rules if rule.count}  # not for a failure alone
        everything = self.asked(decision)
        for asked in everything:
            rule = asked.rule
            if self._fires(asked, found, was.get(rule.id)):
                judged.fires[rule.id] = action_of(rule, was.get(rule.id))
            elif reason := self._doubt(asked, decision):
                judged.unknown[rule.id] = reason
        if decision.action == "block" and self.strongest(judged) != "block":
            for asked in everything:
                if asked.rule.id not in judged.fires:
                    judged.unknown.setdefault(asked.rule.id, CUT)
        judged.edited = self.edited(decision, judged, everything)
        return judged

    def strongest(self, judged: Judged) -> ActionKind:
        """Returns the strongest action of the enforced rules that certainly fire."""
        rules = {rule.id: rule for rule in self._compiled.policy.rules}
        enforced = [kind for name, kind in judged.fires.items() if rules[name].mode == "enforce"]
        return max(enforced, key=STRENGTH.__getitem__, default="allow")

    def asked(self, decision: Decision) -> tuple[Asked, ...]:
        """Returns the policy's rules of a stage over the list of scores that a decision has."""
        key = (decision.policy, decision.stage, tuple(decision.scores))
        if key not in self._asked:
            self._asked[key] = tuple(self._ask(rule, decision) for rule in self._rules(decision))
        asked = self._asked[key]
        known = {one.rule.id for one in asked}
        calls = [one for one in self._calls(decision) if one.id not in known]
        return (*asked, *(self._ask(rule, decision) for rule in calls))

    def _rules(self, decision: Decision) -> list[Rule]:
        rules = self._compiled.policy.rules
        return [r for r in rules if decision.stage == ANY_STAGE or decision.stage in r.stages]

    def _calls(self, decision: Decision) -> list[Rule]:
        """Returns the rules of calls that fired over an answer in which tools may be called."""
        if decision.stage != "output" or not decision.rules:
            return []
        fired = {rule.id for rule in decision.rules}
        rules = self._compiled.policy.rules
        return [one for one in rules if one.id in fired and "tool_call" in one.stages]

    def _ask(self, rule: Rule, decision: Decision) -> Asked:
        facts = self._known.get(decision.policy)
        names: list[str] = []
        zeros: set[str] = set()
        missing: dict[str, None] = {}
        policy = self._compiled.policy
        for detector, types in rule.detect.items():
            built = self._compiled.detectors[detector]
            wanted = [f"{detector}.{type_}" for type_ in expanded(built, types)]
            run = [name for name in wanted if name in decision.scores]
            if facts is None:
                missing[UNKNOWN_POLICY] = None
            elif len(run) < len(wanted):
                missing[NOT_RUN.format(detector)] = None
            digest = digest_of(policy.detectors[detector], policy.detectors)
            if facts is not None and run and facts["detectors"].get(detector) != digest:
                missing[SET_OTHERWISE.format(detector)] = None
            elif facts is not None:
                names += run
                zeros |= set() if isinstance(built, SpanDetector) else set(run)
        was = facts["rules"].get(rule.id) if facts is not None else None
        now = rule_facts(rule)
        same = was is not None and not missing and looks(was) == looks(now)
        return Asked(
            rule, frozenset(names), tuple(missing), frozenset(zeros), same, same and does(was, now)
        )

    def _fires(self, asked: Asked, found: Mapping[str, float], was: FiredRule | None) -> bool:
        if asked.same and was is not None:
            return True
        when = asked.rule.when
        if any(when.holds(score) for name, score in found.items() if name in asked.names):
            return True
        return when.holds(0.0) and not asked.zeros <= found.keys()

    def _doubt(self, asked: Asked, decision: Decision) -> str:
        """Returns why it cannot be said that a rule does not fire; empty where it can."""
        if asked.missing:
            return asked.missing[0]
        failed = [name for name in asked.rule.detect if name in decision.degraded]
        return FAILED.format(failed[0]) if failed else ""

    def edited(
        self, decision: Decision, judged: Judged, everything: tuple[Asked, ...] | None = None
    ) -> bool | None:
        """Tells whether the text that may leave is another, the action being the same."""
        rules = {one.rule.id: one for one in everything or self.asked(decision)}
        edits = {
            name
            for name, kind in judged.fires.items()
            if rules[name].rule.mode == "enforce" and STRENGTH[kind] >= CHANGES
        }
        was = {
            rule.id
            for rule in decision.rules
            if rule.mode == "enforce" and STRENGTH[rule.action] >= CHANGES
        }
        if edits != was:
            return True
        alike = [rules[name] for name in edits]
        if all(one.done for one in alike):
            return False
        return True if any(one.same for one in alike if not one.done) else None


def looks(facts: Mapping[str, Any]) -> tuple[Any, Any]:
    """Returns what a rule looks for: stages apart, which the record tells."""
    return facts["detect"], facts["when"]


def does(was: Mapping[str, Any] | None, now: Mapping[str, Any]) -> bool:
    """Tells whether a rule does the same as it did."""
    return was is not None and all(was[key] == now[key] for key in ("action", "detail", "mode"))


def action_of(rule: Rule, was: FiredRule | None) -> ActionKind:
    """Returns what a rule does that fires: of a rewind what it did then, where it was one."""
    if rule.action.kind == "rewind" and was is not None:
        fell_back = was.action in ("rewind", rule.action.otherwise)
        return was.action if fell_back else "rewind"
    return rule.action.kind
