"""Texts of answers, for those who asked to see them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tokenward.compare.result import MetricResult
from tokenward.compare.run import Run


def shown_texts(base: Run, optimized: Run, results: Iterable[MetricResult]) -> dict[str, Any]:
    """Returns the first answers of both models to the cases that got worse most, by case."""
    wanted = {case for one in results for case in one.worst}
    sides = [
        {row.case: row.answer.text for row in run.answers
         if row.case in wanted and not row.sample and not row.repeat}
        for run in (base, optimized)
    ]  # fmt: skip
    return {
        case: {"base": sides[0].get(case), "optimized": sides[1].get(case)}
        for case in sorted(wanted)
    }
