"""Decides about texts with two policies, and compares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenward.engine.driving import decide
from tokenward.engine.engine import Engine
from tokenward.engine.text import TextStream
from tokenward.replay.compared import Compared, Fired, if_enforced, span
from tokenward.types import ActionKind, Decision


class Pair:
    """Two policies at work on the same texts."""

    def __init__(self, first: Engine, second: Engine) -> None:
        self._first = first
        self._second = second
        self._actions: dict[str, ActionKind] = {
            rule.id: rule.action.kind for rule in second.compiled.policy.rules
        }

    def compare(self, name: Any, text: str, stage: str | None) -> Compared:
        """Decides about a text with both; what a detector failed at is not measured."""
        was = decide(TextStream(self._first, stage), text)
        now = decide(TextStream(self._second, stage), text)
        failed = sorted({*was.degraded, *now.degraded})
        return Compared(
            id=name,
            before=was.action,
            after=None if failed else now.action,
            edited=None if failed else was.action == now.action and was.text != now.text,
            rules=fired(was, now),
            stronger=if_enforced(now, self._actions),
            why=tuple(f"detector {one!r} did not run to its end" for one in failed),
            spans=differing(was, now),
        )


def fired(was: Decision, now: Decision) -> Mapping[str, Fired]:
    """Returns of each rule that fired in either whether it did."""
    before, after = ({rule.id for rule in one.rules} for one in (was, now))
    return {name: Fired(name in before, name in after) for name in sorted(before | after)}


def differing(was: Decision, now: Decision) -> tuple[dict[str, Any], ...]:
    """Returns the detections of rules in one of the two that are not in the other."""
    told = []
    for which, one, other in (("before", was, now), ("after", now, was)):
        there = {(rule.id, rule.action, found) for rule in other.rules for found in rule.detections}
        for rule in one.rules:
            told += [
                {"in": which, **span(now.stage, rule.id, found)}
                for found in rule.detections
                if (rule.id, rule.action, found) not in there
            ]
    return tuple(sorted(told, key=lambda one: (one["start"], one["end"], one["in"])))
