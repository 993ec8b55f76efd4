"""One outcome of all results: failed if any did, passed if all did."""

from __future__ import annotations

from collections.abc import Sequence

from tokenward.compare.gate.gate import Gate
from tokenward.compare.gate.matching import covers
from tokenward.compare.result import MetricResult, MustPass, Outcome

JUDGED = ("pass", "fail", "inconclusive")


def outcome(results: Sequence[MetricResult], must_pass: Sequence[MustPass], gate: Gate) -> Outcome:
    """Returns the outcome of a comparison.

    What is skipped or only shown decides nothing. Where nothing was judged at all, or a bound of
    the gate has no result, it is inconclusive. ``on_inconclusive`` is about the exit code, not
    about this word.
    """
    states = [one.result for one in results if one.result in JUDGED]
    if "fail" in states or not all(one.passed for one in must_pass):
        return "fail"
    if "inconclusive" in states or not (states or must_pass):
        return "inconclusive"
    names = [one.name for one in results]
    unanswered = any(
        not any(covers(bound, name) or name == bound.metric for name in names)
        for bound in gate.bounds
    )
    return "inconclusive" if unanswered else "pass"
