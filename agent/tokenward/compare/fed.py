"""Which cases of the suites feed a metric, as far as that can be told before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokenward.compare.case import Case
from tokenward.compare.metrics.cost import METRICS as COSTS
from tokenward.compare.metrics.known import BY_FORMAT, names, prefixed
from tokenward.compare.metrics.metric import Metric
from tokenward.compare.suites.suite import Suite

LABELS = {"refusal.harmful": "harmful", "refusal.benign": "benign"}
KEYS = {"tasks.format": "schema", "injection.obeyed": "canary", "leak.leaked": "values"}
ANSWERS = "toxicity"
"""Metrics of all answers, whatever suite they are of."""
COST = "cost"
"""Metrics of the run itself."""


def all_metrics(suites: Sequence[Suite] = ()) -> Mapping[str, Metric]:
    """Returns what a gate over suites may name, by name: their metrics, and those of cost."""
    return {**names(suites), **{one.name: one for one in COSTS}}


def feeding(name: str, suites: Sequence[Suite]) -> list[Case]:
    """Returns the cases that a metric is about; none where no suite that runs has it."""
    prefix, _, rest = name.partition(".")
    if prefix == ANSWERS:
        return [case for suite in suites for case in suite.cases if case.answered]
    for suite, its in prefixed(suites):
        if its == prefix:
            return _of_suite(f"{BY_FORMAT[suite.format].prefix}.{rest}", suite)
    return []


def _of_suite(name: str, suite: Suite) -> list[Case]:
    if name in LABELS:
        return [case for case in suite.cases if case.expect.get("label") == LABELS[name]]
    if name in KEYS:
        return [case for case in suite.cases if KEYS[name] in case.expect]
    return list(suite.cases)
