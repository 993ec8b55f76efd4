"""``tokenward policy show``: a policy, stage by stage, as a page to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokenward.cli.output import grid

RULES = ("rule", "detects", "when", "action", "mode", "on_error")
DETECTORS = ("detector", "cost", "unit", "deadline", "longest wait", "because")
MANY = 8
"""Types from which on they are counted, where a rule asks for all."""


def page(outline: Mapping[str, Any]) -> Iterator[str]:
    """Yields the lines; stages that do the same are shown together."""
    yield f"{outline['name']} (revision {outline['revision']})"
    if outline["description"]:
        yield outline["description"]
    yield from _record(outline["record"])
    rules = {rule["id"]: rule for rule in outline["rules"]}
    for stages, facts in _together(outline["stages"]):
        yield ""
        yield ", ".join(stages)
        if facts["rules"]:
            yield grid(RULES, [_rule(rules[name], facts["detectors"]) for name in facts["rules"]])
            yield ""
        if facts["detectors"]:
            yield grid(DETECTORS, [_detector(one) for one in facts["detectors"]])
        held = facts["hold_back"]
        yield f"  longest hold-back: {_hold_back(held)}"
        if held["in_prose"] is not None:
            yield f"  ordinary words wait for {held['in_prose']}"


def _record(record: Mapping[str, Any]) -> Iterator[str]:
    """Yields what is said of records, where it is not the usual."""
    if record["text"] == "masked":
        days = record["text_days"]
        limit = f", for {days} {'day' if days == 1 else 'days'}" if days else ""
        yield f"records keep texts, masked{limit}"
    if record["sample"] < 1:
        share = f"{100 * record['sample']:.3g} %"
        yield f"records are kept of all requests where a rule fired, and of {share} of the others"
    if record["subject"] == "none":
        yield "records say nothing of who asked"


def _together(stages: Mapping[str, Any]) -> Iterator[tuple[list[str], Mapping[str, Any]]]:
    left = dict(stages)
    while left:
        facts = next(iter(left.values()))
        alike = [stage for stage, other in left.items() if other == facts]
        yield alike, facts
        for stage in alike:
            del left[stage]


def _rule(rule: Mapping[str, Any], detectors: list[Mapping[str, Any]]) -> tuple[str, ...]:
    known = {one["detector"]: one["types"] for one in detectors}
    detects = "; ".join(
        f"{name}: {_types(types, known.get(name, ()))}" for name, types in rule["detect"].items()
    )
    detail = f": {rule['action_detail']}" if rule["action_detail"] else ""
    action = f"{rule['action']}{detail}"
    return rule["id"], detects, rule["when"], action, rule["mode"], rule["on_error"]


def _types(asked: list[str], known: list[str]) -> str:
    if asked != ["all"]:
        return ", ".join(asked)
    return f"all {len(known)} types" if len(known) > MANY else f"all ({', '.join(known)})"


def _detector(one: Mapping[str, Any]) -> tuple[str, ...]:
    deadline = "" if one["deadline_ms"] is None else f"{one['deadline_ms']} ms"
    cost = f"{one['cost']}: {one['cost_means']}"
    waits = characters(one["hold_back"])
    return one["detector"], cost, one["unit"], deadline, waits, one["hold_back_reason"]


def _hold_back(held: Mapping[str, Any]) -> str:
    because = (
        held["reason"] if held["detector"] is None else f"{held['detector']}: {held['reason']}"
    )
    return f"{characters(held['characters'])} ({because})"


def characters(count: int | None) -> str:
    """Returns a length as people read it.

    >>> characters(None), characters(0), characters(1), characters(64)
    ('the whole text', 'none', '1 character', '64 characters')
    """
    if count is None:
        return "the whole text"
    return {0: "none", 1: "1 character"}.get(count, f"{count} characters")
