"""What a comparison says, in sentences: may it ship, and what decides?"""

from __future__ import annotations

import math
from collections.abc import Iterator

from tokenward.compare.report.words import (
    change_text,
    deciding,
    gated,
    interval_text,
    level_text,
    margin_text,
    more_needed,
    plain,
    used,
    value_text,
)
from tokenward.compare.result import Comparison, MetricResult, MustPass

ANSWERS = {"pass": "Yes", "fail": "No", "inconclusive": "Not shown"}
"""To "may it ship?"."""
TITLES = {
    "pass": "may ship",
    "fail": "must not ship",
    "inconclusive": "not shown to be safe to ship",
}
MOST_DECIDING = 5


def headline(one: Comparison) -> str:
    """Returns the answer to "may it ship?" with its reason, in a sentence or two."""
    return f"{ANSWERS[one.result]}: {'; '.join(_reasons(one))}."


def _reasons(one: Comparison) -> Iterator[str]:
    measured = gated(one)
    failed = [metric for metric in measured if metric.result == "fail"]
    unclear = [metric for metric in measured if metric.result == "inconclusive"]
    cases = [case for case in one.must_pass if not case.passed]
    if failed:
        yield f"{_of(len(failed), len(measured))} fail{'s' * (len(failed) == 1)}"
    if cases:
        yield f"{_many(len(cases), 'must-pass case')} fail{'s' * (len(cases) == 1)}"
    if unclear:
        were = "was" if len(unclear) == 1 else "were"
        yield f"{_of(len(unclear), len(measured))} {were} not measured closely enough to tell"
    if one.result == "inconclusive" and one.gate.get("on_inconclusive") == "pass":
        yield "the gate lets that through"
    if one.result == "pass":
        yield (
            f"{_all(len(measured))} inside the margin at its worse end"
            if measured
            else ("the gate names no metric that was measured")
        )
    if one.result != "pass" and not (failed or cases or unclear):
        yield "what the gate names was not measured" if one.unmeasured else "the gate did not pass"


def decides(one: Comparison) -> list[str]:
    """Returns what decides, a sentence each; of a pass, what came nearest its margin."""
    metrics = deciding(one)
    cases = [case for case in one.must_pass if not case.passed]
    told = [must_pass_sentence(case) for case in cases[:MOST_DECIDING]]
    told += [metric_sentence(one, metric) for metric in metrics[:MOST_DECIDING]]
    left = len(cases) + len(metrics) - len(told)
    return [*told, f"and {left} more in the table below"] if left else told


def metric_sentence(comparison: Comparison, one: MetricResult) -> str:
    """Returns a metric's difference, interval and margin, and what follows."""
    if not math.isfinite(one.difference):
        return f"{one.name}: not measured{': ' * bool(one.reason)}{one.reason}"
    told = (
        f"{one.name}: {value_text(one, one.base)} to {value_text(one, one.optimized)}, "
        f"a difference of {change_text(one, one.difference)} "
        f"({interval_text(one)} at {level_text(comparison)})"
    )
    if one.margin is not None:
        told += f", margin {margin_text(one)}"
    return f"{told}: {follows(one)}"


def follows(one: MetricResult) -> str:
    """Returns what follows from a metric's interval and margin."""
    words = {
        "pass": "even the worse end is inside the margin",
        "fail": "even the better end is outside the margin",
        "inconclusive": "the interval reaches beyond the margin, and back inside it",
        "skipped": "not measured, which the gate allows",
        "shown": "the gate does not name it",
    }
    told = one.reason or words[one.result]
    if one.result == "pass" and one.margin and 0 < used(one) < math.inf:
        told += f" and takes {plain(100 * used(one), 2)} % of it"
    more = None if one.reason else more_needed(one)
    return f"{told}; {needed_text(one, more)}" if more else told


def needed_text(one: MetricResult, more: int) -> str:
    """Returns how many cases would settle a metric."""
    things = "blocks" if one.kind == "blocks" else "cases"
    return f"about {more:,} more {things} would settle it ({one.needed_n:,} in all, {one.n:,} here)"


def must_pass_sentence(one: MustPass) -> str:
    """Returns how often both sides passed a case that must never fail."""
    state = "passes" if one.passed else "must never fail, and fails"
    return (
        f"{one.case} {state}: passed {one.base} of {one.samples} times by the base, "
        f"{one.optimized} of {one.samples} by the optimized model"
    )


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}{'s' * (count != 1)}"


def _of(count: int, whole: int) -> str:
    return f"{count} of {_many(whole, 'gated metric')}"


def _all(count: int) -> str:
    return "the one gated metric is" if count == 1 else f"all {count} gated metrics are"
