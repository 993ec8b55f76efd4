"""Requests that failed on one side are dropped from both; too many of them are no comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from tokenward.compare.case import Case
from tokenward.compare.metrics.side import passes
from tokenward.compare.run import Run
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UpstreamError

MOST = 0.01
"""The share of cases that may be dropped."""
Key = tuple[str, str]


def failed(run: Run, suites: Sequence[Suite]) -> set[Key]:
    """Returns the cases, as suite and id, of which an answer or rating failed or is no number.

    What a model cannot tell at all, such as ratings without log-probabilities, is no failure.
    """
    found: set[Key] = set()
    for suite in suites:
        side = passes(run, suite, run.sampling.samples)[0]
        silent = {one.id for one in suite.cases if _asks(one) and one.id not in side.answers}
        found |= {(suite.name, case) for case in side.mute | side.unrated | silent}
    return found


def _asks(case: Case) -> bool:
    return case.answered or not case.rated


def dropped(base: Run, optimized: Run, suites: Sequence[Suite]) -> dict[str, Any]:
    """Returns how many cases each side lost, and how often answers were cut off at their length.

    Raises `UpstreamError` where more than 1 % of the cases are lost to both: what fails is not
    what is compared, so no outcome could be trusted.
    """
    lost = [failed(run, suites) for run in (base, optimized)]
    total = sum(len(suite.cases) for suite in suites)
    both = lost[0] | lost[1]
    if len(both) > MOST * total:
        raise UpstreamError(
            f"{len(both)} of {total} cases failed ({len(lost[0])} of the base, {len(lost[1])} of "
            f"the optimized model{_first_error(base, optimized)}); at most {MOST:.0%} may, "
            "so there is no result"
        )
    return {
        "cases": total,
        "dropped": len(both),
        "base": len(lost[0]),
        "optimized": len(lost[1]),
        "ids": sorted(f"{suite}/{case}" for suite, case in both),
        "truncated": {"base": truncated(base), "optimized": truncated(optimized)},
    }


def _first_error(base: Run, optimized: Run) -> str:
    """Returns the commonest kind of error; backends word them without text of cases."""
    found: Counter[str] = Counter()
    for run in (base, optimized):
        found.update(row.answer.error for row in run.answers if row.answer.error)
        found.update(row.error for row in run.ratings if row.error)
    return f"; most often: {found.most_common(1)[0][0]}" if found else ""


def truncated(run: Run) -> dict[str, float]:
    """Returns the share of answers that ended at the most tokens, by suite."""
    every: Counter[str] = Counter()
    cut: Counter[str] = Counter()
    for row in run.answers:
        if not row.repeat and row.answer.error is None:
            every[row.suite] += 1
            cut[row.suite] += row.answer.finish == "length"
    return {name: cut[name] / count for name, count in every.items()}
