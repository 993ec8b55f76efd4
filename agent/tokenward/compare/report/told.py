"""A comparison as plain data: what ``tokenward compare --json`` prints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from tokenward.compare.ranking import ranked
from tokenward.compare.report.finite import finite
from tokenward.compare.result import Comparison, Outcome

Told = dict[str, Any]
WORST: tuple[Outcome, ...] = ("fail", "inconclusive", "pass")


def to_told(comparison: Comparison) -> Told:
    """Returns a comparison as JSON says it; what is no finite number is ``None``."""
    told = {
        "result": comparison.result,
        "base": comparison.base,
        "optimized": comparison.optimized,
        "comparable": comparison.comparable,
        "metrics": comparison.metrics,
        "must_pass": {
            "passed": all(one.passed for one in comparison.must_pass),
            "cases": comparison.must_pass,
        },
        "cost": comparison.cost,
        "unmeasured": comparison.unmeasured,
        "dropped": comparison.dropped,
        "gate": comparison.gate,
        "seconds": comparison.seconds,
        "command": comparison.command,
        "versions": comparison.versions,
    }
    if comparison.texts is not None:
        told["texts"] = comparison.texts
    plain: Told = finite(told)
    return plain


def all_told(comparisons: Sequence[Comparison]) -> Told:
    """Returns one comparison as `to_told` does, several as a ranking of them.

    Raises:
        ValueError: There is none.
    """
    if len(comparisons) == 1:
        return to_told(comparisons[0])
    ranks = ranked(comparisons)
    return {
        "result": worst_of(comparisons),
        "comparisons": [to_told(one) for one in comparisons],
        "ranking": finite(ranks),
        "pareto": [one.name for one in ranks if not one.dominated_by],
    }


def worst_of(comparisons: Sequence[Comparison]) -> Outcome:
    """Returns the worst outcome of several.

    Raises:
        ValueError: There is none.
    """
    if not comparisons:
        raise ValueError("no comparison to tell of")
    found = {one.result for one in comparisons}
    return next(outcome for outcome in WORST if outcome in found)


@cache
def _schema() -> str:
    return files("tokenward.compare.report").joinpath("schema.json").read_text("utf-8")


def schema() -> Told:
    """Returns the JSON Schema of what `to_told` and `all_told` return."""
    found: Told = json.loads(_schema())
    return found
