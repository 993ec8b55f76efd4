"""What differs between two policies, rule by rule, and whether it makes them stricter."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tokenward.engine.compile import ANY_STAGE, CompiledPolicy, expanded
from tokenward.policy.facts import detail_of, digest_of
from tokenward.policy.schema import Action, Limit, Policy, Rule
from tokenward.stream.plan import STRENGTH

Meaning = Literal["stricter", "looser", "other"]
SHOWN = 12
"""Types that are written out; of more their number is told."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; ``rule`` is ``None`` where it is one of the whole policy."""

    rule: str | None
    what: Literal["added", "removed", "changed"]
    key: str
    before: str
    after: str
    means: Meaning

    def as_dict(self) -> dict[str, Any]:
        """Returns the difference as JSON data."""
        names = ("rule", "what", "key", "before", "after", "means")
        return {name: getattr(self, name) for name in names}


def changes(first: CompiledPolicy, second: CompiledPolicy) -> list[Change]:
    """Returns what the second policy has otherwise: of the whole first, then by rule."""
    was = {rule.id: rule for rule in first.policy.rules}
    now = {rule.id: rule for rule in second.policy.rules}
    found = list(_of_policy(first.policy, second.policy))
    common = [name for name in now if name in was]
    if [name for name in was if name in now] != common:
        found.append(Change(None, "changed", "order of rules", "", ", ".join(now), "other"))
    for name in dict.fromkeys([*was, *now]):
        if name not in now:
            found.append(Change(name, "removed", "", _short(was[name]), "", _loss(was[name])))
        elif name not in was:
            found.append(Change(name, "added", "", "", _short(now[name]), _gain(now[name])))
        else:
            found += _of_rule(first, was[name], second, now[name])
    return found


def hold_backs(first: CompiledPolicy, second: CompiledPolicy) -> dict[str, dict[str, int | None]]:
    """Returns the longest hold-back of each stage before and after; ``None``: the whole text."""
    stages = dict.fromkeys([*first.plans, *second.plans])
    return {
        stage: {"before": _held(first, stage), "after": _held(second, stage)}
        for stage in stages
        if stage != ANY_STAGE
    }


def _held(compiled: CompiledPolicy, stage: str) -> int | None:
    return compiled.hold_back(stage).characters if stage in compiled.plans else 0


def _gain(rule: Rule) -> Meaning:
    return "stricter" if rule.enforcing else "other"


def _loss(rule: Rule) -> Meaning:
    return "looser" if rule.enforcing else "other"


def _short(rule: Rule) -> str:
    watches = ", only watches" if rule.mode == "monitor" else ""
    return f"{rule.action.kind} when {rule.when} at {', '.join(rule.stages)}{watches}"


def _of_policy(was: Policy, now: Policy) -> Iterator[Change]:
    if was.name != now.name:
        yield Change(None, "changed", "name", was.name, now.name, "other")
    for key in dict.fromkeys([*was.limits, *now.limits]):
        old, new = was.limits.get(key), now.limits.get(key)
        if old != new:
            yield Change(
                None, "changed", f"limits.{key}", _limit(old), _limit(new), _limit_means(old, new)
            )
    for key in ("text", "sample", "subject", "text_days"):
        before, after = (str(getattr(one.record, key)) for one in (was, now))
        if before != after:
            yield Change(None, "changed", f"record.{key}", before, after, "other")
    if was.match != now.match:
        yield Change(None, "changed", "match", _match(was), _match(now), "other")
    if was.stop != now.stop:
        before, after = (f"{len(one.stop)} strings" for one in (was, now))
        yield Change(None, "changed", "stop", before, after, "other")


def _limit(limit: Limit | None) -> str:
    return "" if limit is None else str(limit)


def _limit_means(was: Limit | None, now: Limit | None) -> Meaning:
    (old_low, old_high), (low, high) = (_bounds(one or Limit()) for one in (was, now))
    return _meaning(
        tighter=high < old_high or low > old_low, wider=high > old_high or low < old_low
    )


def _bounds(limit: Limit) -> tuple[float, float]:
    low = -math.inf if limit.low is None else limit.low
    return low, math.inf if limit.high is None else limit.high


def _meaning(*, tighter: bool, wider: bool) -> Meaning:
    if tighter == wider:
        return "other"
    return "stricter" if tighter else "looser"


def _of_rule(first: CompiledPolicy, was: Rule, second: CompiledPolicy, now: Rule) -> list[Change]:
    pairs: list[tuple[str, str, str, Meaning]] = [
        ("stage", ", ".join(was.stages), ", ".join(now.stages), _sets(was.stages, now.stages)),
        ("when", str(was.when), str(now.when), _whens(was, now)),
        ("action", _action(was.action), _action(now.action), _actions(was.action, now.action)),
        ("mode", was.mode, now.mode, "stricter" if now.mode == "enforce" else "looser"),
        (
            "on_error",
            was.on_error,
            now.on_error,
            "stricter" if now.on_error == "block" else "looser",
        ),
        ("deadline_ms", str(was.deadline_ms), str(now.deadline_ms), "other"),
        ("message", was.message or "", now.message or "", "other"),
    ]
    found = [
        Change(now.id, "changed", key, before, after, means)
        for key, before, after, means in pairs
        if before != after
    ]
    if _action(was.action) == _action(now.action) and detail_of(was.action) != detail_of(
        now.action
    ):
        kind = now.action.kind
        found.append(Change(now.id, "changed", "action", kind, f"{kind}, done otherwise", "other"))
    return [*_of_detect(first, was, second, now), *found]


def _of_detect(
    first: CompiledPolicy, was: Rule, second: CompiledPolicy, now: Rule
) -> Iterator[Change]:
    old, new = _types(first, was), _types(second, now)
    gone, come = old - new, new - old
    if gone or come:
        means = _meaning(tighter=bool(come), wider=bool(gone))
        yield Change(now.id, "changed", "detect", _named("-", gone), _named("+", come), means)
    for name in was.detect:
        if name in now.detect:
            before = digest_of(first.policy.detectors[name], first.policy.detectors)
            after = digest_of(second.policy.detectors[name], second.policy.detectors)
            if before != after:
                told = (f"settings {before[:8]}", f"settings {after[:8]}")
                yield Change(now.id, "changed", f"detectors.{name}", *told, "other")


def _types(compiled: CompiledPolicy, rule: Rule) -> set[str]:
    return {
        f"{name}.{type_}"
        for name, types in rule.detect.items()
        for type_ in expanded(compiled.detectors[name], types)
    }


def _named(sign: str, names: set[str]) -> str:
    if len(names) > SHOWN:
        return f"{sign}{len(names)} types"
    return ", ".join(f"{sign}{name}" for name in sorted(names))


def _sets(was: tuple[str, ...], now: tuple[str, ...]) -> Meaning:
    return _meaning(tighter=bool({*now} - {*was}), wider=bool({*was} - {*now}))


def _whens(was: Rule, now: Rule) -> Meaning:
    old, new = ((rule.when.threshold, rule.when.strict) for rule in (was, now))
    return _meaning(tighter=new < old, wider=old < new)


def _action(action: Action) -> str:
    if action.kind == "redact":
        return f"redact: {action.style}{', restored' if action.restore else ''}"
    if action.kind == "rewind":
        return f"rewind: {action.attempts} times, otherwise {action.otherwise}"
    return action.kind


def _actions(was: Action, now: Action) -> Meaning:
    old, new = STRENGTH[was.kind], STRENGTH[now.kind]
    return _meaning(tighter=new > old, wider=new < old)


def _match(policy: Policy) -> str:
    return "; ".join(f"{key}: {', '.join(some)}" for key, some in policy.match.items())
