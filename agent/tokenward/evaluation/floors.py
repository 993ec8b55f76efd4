"""Least values that measures must have, from a file: ``tokenward evaluate --floor``.

A file is YAML or JSON: ``auc: 0.85``, or ``auc: {least: 0.85, at: point}``; what must be low has
``most``: ``false_positive_rate: {most: 0.02}``. ``slices: {language: {de: {auc: 0.8}}}`` is about
slices, ``"*"`` about each value of a key. ``at: lower`` (the default) compares the worse end of the
interval, so that few rows do not pass by luck; ``at: point`` compares the value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from tokenward.errors import UsageError, one_of
from tokenward.evaluation.confusion import RATES
from tokenward.evaluation.files import text_of
from tokenward.evaluation.identity import AUCS
from tokenward.evaluation.measures import CURVES, Told
from tokenward.evaluation.spans import RATES as SPAN_RATES
from tokenward.evaluation.spans import WAYS
from tokenward.policy.document import Node, parse

At = Literal["lower", "point"]
ATS: tuple[At, ...] = ("lower", "point")
LOW = frozenset({"false_positive_rate", "expected_calibration_error"})
"""Measures that are better the lower they are."""
OF_SLICES = (*CURVES, *RATES)
OF_ALL = (
    *OF_SLICES,
    "expected_calibration_error",
    *(f"{way}_{rate}" for way in WAYS for rate in SPAN_RATES),
    *(f"identity_{name}" for name in AUCS),
)
EACH = "*"
NO_INTERVAL = ("expected_calibration_error", *(f"identity_{name}" for name in AUCS))


@dataclass(frozen=True, slots=True)
class Floor:
    """A bound of a measure, of all rows or of a slice (``value`` is ``*`` for each of a key)."""

    measure: str
    bound: float
    at: At = "lower"
    key: str | None = None
    value: str | None = None

    @property
    def place(self) -> str:
        """The slice in words; empty for all rows."""
        return "" if self.key is None else f"{self.key}={self.value}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A floor with what was found, and whether that is enough; ``None`` is never enough."""

    floor: Floor
    found: float | None
    value: float | None
    passed: bool

    def as_dict(self) -> dict[str, Any]:
        """Returns the verdict as ``tokenward evaluate --json`` prints it."""
        side = "most" if self.floor.measure in LOW else "least"
        return {
            "measure": self.floor.measure,
            "slice": self.floor.place or None,
            side: self.floor.bound,
            "at": self.floor.at,
            "compared": self.found,
            "value": self.value,
            "passed": self.passed,
        }


def read_floors(path: Path) -> list[Floor]:
    """Reads a file of floors; every mistake is told with its line and the allowed words."""
    text = text_of(path, "--floor", "a floor, such as auc: 0.85")
    values = parse(text, str(path)).mapping(("at", "slices", *OF_ALL))
    at = _at(values.pop("at")) if "at" in values else "lower"
    keys = values.pop("slices", None)
    found = [_floor(name, node, at) for name, node in values.items()]
    if keys is not None:
        found += _of_slices(keys, at)
    if not found:
        raise UsageError(f"--floor {path}: no floor in it; {one_of(OF_ALL)}")
    return found


def _at(node: Node) -> At:
    return ATS[ATS.index(node.word("what is compared", ATS))]


def _floor(measure: str, node: Node, at: At) -> Floor:
    side = "most" if measure in LOW else "least"
    if not node.is_mapping:
        if measure in LOW:
            node.fail(f"{measure} is better the lower it is; write {{most: 0.02}}")
        return Floor(measure, node.number(f"the least {measure}", 0, 1), at)
    values = node.mapping((side, "at"), required=(side,))
    bound = values[side].number(f"the {side} {measure}", 0, 1)
    return Floor(measure, bound, _at(values["at"]) if "at" in values else at)


def _of_slices(keys: Node, at: At) -> Iterator[Floor]:
    for key, of_key in keys.items():
        for value, of_value in of_key.items():
            for measure, node in of_value.mapping(OF_SLICES).items():
                yield replace(_floor(measure, node, at), key=key, value=value)


def judge(floors: list[Floor], told: Told) -> list[Verdict]:
    """Compares floors with a report; one of each slice makes as many verdicts as there are."""
    return [
        _verdict(one, estimate)
        for floor in floors
        for one, estimate in _found(floor, told)
    ]  # fmt: skip


def _found(floor: Floor, told: Told) -> Iterator[tuple[Floor, Told | None]]:
    if floor.key is None:
        yield floor, of_all(floor.measure, told)
        return
    parts = told["slices"].get(floor.key, [])
    some = [one for one in parts if floor.value in (EACH, one["value"])]
    for one in some:
        yield replace(floor, value=one["value"]), one[floor.measure]
    if not some:
        yield floor, None


def of_all(measure: str, told: Told) -> Told | None:
    """Returns the estimate of a measure of all rows; ``None`` where it was not measured."""
    way, _, rate = measure.partition("_")
    if measure in CURVES:
        found: Told | None = told[measure]
    elif measure in RATES:
        found = told["at_threshold"][measure]
    elif measure == "expected_calibration_error":
        found = told["calibration"] and {"value": told["calibration"][measure]}
    elif way == "identity":
        value = told.get("identity", {}).get("power_means", {}).get(rate)
        found = None if value is None else {"value": value}
    else:
        agreed = (told["spans"] or {}).get(way)
        found = agreed and agreed[rate]
    return found


def _verdict(floor: Floor, estimate: Told | None) -> Verdict:
    if estimate is None:
        return Verdict(floor, None, None, passed=False)
    low = floor.measure in LOW
    value = float(estimate["value"])
    found = float(estimate.get("high" if low else "low", value)) if floor.at == "lower" else value
    passed = found <= floor.bound if low else found >= floor.bound
    return Verdict(floor, found, value, passed=passed)
