"""Pages of ``policy diff`` and ``policy replay``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tokenward.cli.output import grid
from tokenward.cli.show import characters

CHANGES = ("rule", "what", "before", "after", "makes it")
MOVES = ("before", "after", "rows", "share", "interval", "examples")
RULES = ("rule", "mode", "action", "before", "after", "newly", "no longer", "not measured",
         "if enforced")  # fmt: skip
FEW = 3
"""Identifiers of examples in a cell."""


def fails(told: Mapping[str, Any], changed: float, unmeasured: float) -> bool:
    """Tells whether larger shares than these are decided otherwise, or not measured."""
    limits = {"changed": changed, "not_measured": unmeasured}
    return any(told[key]["n"] and told[key]["share"] > limit for key, limit in limits.items())


def policy_lines(told: Mapping[str, Any]) -> Iterator[str]:
    """Yields what differs between two policies."""
    for name in ("first", "second"):
        one = told[name]
        yield f"{one['name']} (revision {one['revision']}): {one['source']}"
    yield ""
    if told["changes"]:
        rows = [
            (
                one["rule"] or "(the policy)",
                f"{one['what']} {one['key']}".rstrip(),
                one["before"],
                one["after"],
                one["means"] if one["means"] != "other" else "otherwise",
            )
            for one in told["changes"]
        ]
        yield grid(CHANGES, rows)
    else:
        yield "  the same rules"
    for stage, held in told["hold_back"].items():
        if held["before"] != held["after"]:
            pair = f"{characters(held['before'])}, then {characters(held['after'])}"
            yield f"  longest hold-back at {stage}: {pair}"


def decided_lines(told: Mapping[str, Any], what: str) -> Iterator[str]:
    """Yields what would be decided otherwise."""
    yield ""
    yield f"{told['n']} {what}{_weight(told)}: {_share(told['changed'])} decided otherwise"
    not_measured = told["not_measured"]
    if not_measured["n"]:
        yield f"  not measured: {_share(not_measured)}"
        for reason, count in not_measured["why"].items():
            yield f"    {count}: {reason}"
    if told["edits_not_measured"]["n"]:
        unknown = _share(told["edits_not_measured"])
        yield f"  same action, but whether its text is the same is not measured: {unknown}"
    if told["transitions"]:
        yield ""
        yield grid(MOVES, [_move(one) for one in told["transitions"]])
    rules = [_rule(one) for one in told["rules"]]
    if rules:
        yield ""
        yield grid(RULES, rules)


def _weight(told: Mapping[str, Any]) -> str:
    return "" if told["requests"] == told["n"] else f" (they stand for {told['requests']:g})"


def _share(one: Mapping[str, Any]) -> str:
    if not one["n"]:
        return f"0 (0 %, {_interval(one)})"
    return f"{one['n']} ({100 * one['share']:.3g} %, {_interval(one)})"


def _interval(one: Mapping[str, Any]) -> str:
    return f"{100 * one['low']:.3g} to {100 * one['high']:.3g} %"


def _move(one: Mapping[str, Any]) -> tuple[str, ...]:
    after = one["after"]
    if one["before"] == after:
        after += ", another text"
    names = [str(each["id"]) for each in one["examples"]]
    told = ", ".join(names[:FEW]) + (", ..." if len(names) > FEW else "")
    return one["before"], after, str(one["n"]), f"{100 * one['share']:.3g} %", _interval(one), told


def _rule(one: Mapping[str, Any]) -> tuple[str, ...]:
    keys = ("before", "after", "newly", "no_longer", "not_measured")
    counts = (str(one[key]["n"]) for key in keys)
    enforced = f"{one['action']} {_share(one['if_enforced'])}" if "if_enforced" in one else ""
    return one["rule"], one["mode"] or "gone", one["action"] or "", *counts, enforced
