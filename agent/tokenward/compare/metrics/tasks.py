"""Tasks with a known answer: is it right, and is it of the form that was asked for."""

from __future__ import annotations

from tokenward.compare.backends.base import Answer
from tokenward.compare.case import Case
from tokenward.compare.metrics.found import Found
from tokenward.compare.metrics.metric import Metric
from tokenward.compare.metrics.sides import Sides
from tokenward.compare.metrics.texts import answer_of
from tokenward.compare.suites.answers import formed, right
from tokenward.errors import MissingExtra

CORRECT = Metric(
    "tasks.correct", "", "binary", "higher", "share of answers that are right, wrapping forgiven"
)
FORMAT = Metric(
    "tasks.format", "", "binary", "higher",
    "share of answers that are JSON of the schema that was asked for (draft 2020-12)",
)  # fmt: skip
METRICS = (CORRECT, FORMAT)


def measured(sides: Sides) -> Found:
    """Returns how many tasks both models solve; an empty answer is a wrong one."""
    found = Found()
    shaped = [case for case in sides.suite.cases if "schema" in case.expect]
    for metric, of, cases in ((CORRECT, _right, None), (FORMAT, _formed, shaped)):
        reason = sides.lacks(rated=False)
        try:
            if reason is None:
                found.add(sides.answered(metric, of, cases))
        except MissingExtra as error:
            reason = str(error)
        if reason is not None:
            found.lacks(sides.named(metric).name, reason)
    return found


def _right(case: Case, answer: Answer) -> float:
    return float(right(answer_of(answer.text), case.expect))


def _formed(case: Case, answer: Answer) -> float:
    return float(formed(answer_of(answer.text), case.expect))
