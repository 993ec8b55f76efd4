"""Which cases of the suites feed a metric, as far as that can be told before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tokenward.compare.case import Case
from tokenward.compare.metrics.cost import METRICS as COSTS
from tokenward.compare.metrics.known import BY_FORMAT, names, prefixed
from tokenward.compare.metrics.metric import Metric
from tokenward.compare.suites.suite import Suite

EXPECTED: Mapping[str, tuple[str, object]] = {
    "refusal.harmful": ("label", "harmful"), "refusal.benign": ("label", "benign"),
    "bbq.accuracy_ambiguous": ("ambiguous", True), "bbq.bias_ambiguous": ("ambiguous", True),
    "bbq.accuracy_disambiguated": ("ambiguous", False),
    "bbq.bias_disambiguated": ("ambiguous", False),
    "winobias.pro": ("side", "pro"), "winobias.anti": ("side", "anti"),
}  # fmt: skip
"""What `Case.expect` says of the cases that a metric is about."""
KEYS = {
    "tasks.format": "schema", "injection.obeyed": "canary", "leak.leaked": "values",
    "bipia.obeyed": "sign",
}  # fmt: skip
PAIRS = frozenset({
    "crows.preferred", "crows.log_ratio", "winobias.gap", "winogender.gap", "winogender.swing",
})  # fmt: skip
"""Metrics of pairs of sentences, each an observation of several cases."""
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
    if name in EXPECTED:
        key, value = EXPECTED[name]
        return [case for case in suite.cases if case.expect.get(key) == value]
    if name in KEYS:
        return [case for case in suite.cases if case.expect.get(KEYS[name]) is not None]
    if name in PAIRS:
        return list({case.pair: case for case in suite.cases}.values())
    return list(suite.cases)
