"""Margins and bounds as a gate file writes them, and whether they make sense for a metric."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from tokenward.compare.gate.gate import Bound, Direction, IfUnmeasured, Unit
from tokenward.compare.metrics.metric import Metric
from tokenward.policy.document import Node

KEYS = ("margin", "min", "max", "direction", "groups", "if_unmeasured", "reason")
UNITS = ("pp", "%")
AMOUNT = re.compile(r"\s*([0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)\s*(\S*)\s*")
SHARES = ("binary", "bounded")
QUOTIENTS = ("ratio", "blocks")
DETERMINISTIC = ("value", "blocks")
OF_THE_CHANGE = frozenset({"kl", "top1", "flips", "moved"})
"""Metrics of how far the optimized model moved from the base: the base's own value is 0."""


@dataclass(frozen=True, slots=True)
class Sense:
    """What can be said of a metric in a gate."""

    share: bool
    quotient: bool
    change: bool
    exact: bool
    better: str
    unit: str

    @classmethod
    def of(cls, metric: Metric) -> Sense:
        """Returns what a metric's kind and name allow."""
        return cls(
            share=is_share(metric),
            quotient=metric.kind in QUOTIENTS,
            change=metric.name.partition(".")[2] in OF_THE_CHANGE,
            exact=metric.kind in DETERMINISTIC,
            better=metric.better,
            unit=metric.unit,
        )


def is_share(metric: Metric) -> bool:
    """Tells whether a metric's values lie in 0 to 1, so that its differences are points."""
    return metric.kind in SHARES


def bounds_of(name: str, node: Node, metrics: Sequence[Metric]) -> Bound:
    """Returns the bound of an entry, which is about all metrics that its name stands for.

    Fails where the entry makes no sense for one of them, or means another thing for each.
    """
    found = {bound_of(one.name if "*" in name else name, node, Sense.of(one)) for one in metrics}
    alike = {replace(one, metric=name) for one in found}
    if len(alike) > 1:
        names = ", ".join(one.name for one in metrics)
        node.fail(f"{name} means another thing for each of {names}; state direction, or each alone")
    return alike.pop()


def bound_of(name: str, node: Node, sense: Sense) -> Bound:
    """Returns the bound that an entry states of one metric."""
    values = node.mapping(KEYS)
    if not {"margin", "min", "max"} & set(values):
        node.fail(f"{name} has no bound; write margin: {_example(sense)}, or min or max")
    margin, unit = _margin(name, values["margin"], sense) if "margin" in values else (None, "")
    return Bound(
        metric=name,
        margin=margin,
        unit=cast("Unit", unit),
        direction=_direction(name, values.get("direction"), sense),
        least=_absolute(name, "min", values.get("min"), sense),
        most=_absolute(name, "max", values.get("max"), sense),
        if_unmeasured=_if_unmeasured(values.get("if_unmeasured")),
        reason=values["reason"].text("the reason") if "reason" in values else None,
        groups=_groups(values.get("groups")),
        where=node.where,
    )


def _example(sense: Sense) -> str:
    if sense.share:
        return "2 pp"
    return "2 %" if sense.quotient else f"0.1 ({sense.unit})" if sense.unit else "0.1"


def _amount(node: Node, what: str) -> tuple[float, str]:
    """Returns a number with its unit, of ``2 pp``, ``2%`` or ``0.02``."""
    plain = node.plain()
    if isinstance(plain, bool) or not isinstance(plain, int | float | str):
        node.fail(f"expected {what} such as 2 pp, 2 % or 0.02, found {node.kind}")
    if not isinstance(plain, str):
        if not math.isfinite(plain) or plain < 0:
            node.fail(f"{what} is {plain}; it must be a number from 0 up")
        return float(plain), ""
    match = AMOUNT.fullmatch(plain)
    if match is None:
        node.fail(f"cannot read {what} {plain!r}; write such as 2 pp, 2 % or 0.02")
    if match[2] not in ("", *UNITS):
        node.fail(f"unknown unit {match[2]!r}; use pp, % or a plain number in the metric's unit")
    return float(match[1]), match[2]


def _margin(name: str, node: Node, sense: Sense) -> tuple[float, str]:
    value, unit = _amount(node, "a margin")
    if not unit and sense.share:
        node.fail(
            f"{name} is a share, and {value:g} could be points or a part of the base; "
            f"write {value * 100:g} pp, or {value * 100:g} % of the base's share"
        )
    if not unit and sense.quotient:
        node.fail(f"{name} is compared as a quotient; write {value * 100:g} %")
    if unit == "pp" and not sense.share:
        node.fail(f"{name} is no share, so it has no points; write {_example(sense)}")
    if unit == "%" and sense.change:
        node.fail(
            f"{name} is 0 for the base, so no part of that can be a margin; "
            f"write {'2 pp' if sense.share else '0.02'}"
        )
    value = value / 100 if unit else value
    if sense.share and value >= 1:
        node.fail(f"a margin of {value:.0%} keeps nothing; write one below 100 {unit}")
    if value == 0 and not sense.exact:
        node.fail(
            f"no number of cases can show that {name} keeps a margin of 0; write {_example(sense)}"
        )
    return value, unit


def _direction(name: str, node: Node | None, sense: Sense) -> Direction:
    if node is None:
        return "both" if sense.better == "none" else "worse"
    word = node.word("direction", ("worse", "both"))
    if word == "worse" and sense.better == "none":
        node.fail(f"{name} is neither better high nor low; write direction: both")
    if word == "both" and sense.change and sense.better != "none":
        node.fail(f"{name} is never below 0, so it has one direction; leave direction out")
    return cast("Direction", word)


def _absolute(name: str, key: str, node: Node | None, sense: Sense) -> float | None:
    """Returns a bound of the optimized model's own value; of a share also as ``90 %``."""
    if node is None:
        return None
    value, unit = _amount(node, key)
    wrong = {"lower": "min", "higher": "max"}.get(sense.better)
    if key == wrong:
        other = "max" if key == "min" else "min"
        node.fail(f"{name} is better the {sense.better} it is; write {other}")
    if unit == "pp" or (unit and not sense.share):
        node.fail(f"{key} is a value of its own, not a difference; write {key}: {value / 100:g}")
    value = value / 100 if unit else value
    if sense.share and value > 1:
        node.fail(f"{name} is a share; {key} must lie in [0, 1], or be such as 90 %")
    return value


def _if_unmeasured(node: Node | None) -> IfUnmeasured:
    if node is None:
        return "fail"
    return cast("IfUnmeasured", node.word("if_unmeasured", ("fail", "skip")))


def _groups(node: Node | None) -> str | None:
    return None if node is None else node.word("groups", ("holm",))
