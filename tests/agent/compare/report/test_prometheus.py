"""Prometheus text: read by the client's own parser."""

from __future__ import annotations

import math

from prometheus_client.parser import text_string_to_metric_families
from tests.agent.compare.report import made

from tokenward.compare.report.prometheus import to_prometheus


def read(*comparisons):
    families = list(text_string_to_metric_families(to_prometheus(comparisons)))
    return {
        (sample.name.removeprefix("tokenward_compare_"), sample.labels.get("metric"),
         sample.labels["optimized"]): sample.value
        for family in families for sample in family.samples
    }  # fmt: skip


def test_outcomes_are_numbers_and_values_are_those_measured():
    told = read(made.failing(), made.comparison())
    int4, int8 = "support-int4", "support-int8"
    assert (2, 0) == (told["result", None, int4], told["result", None, int8])
    assert (2, 1) == (
        told["outcome", "quality.kl", int4],
        told["outcome", "injection.obeyed", int4],
    )
    assert -0.104 == told["difference_low", "refusal.harmful", int4]
    assert (1, 0) == (
        told["must_pass_failures", None, int4],
        told["must_pass_failures", None, int8],
    )
    assert 312.4 == told["duration_seconds", None, int8]


def test_what_was_not_measured_or_not_gated_has_no_sample():
    told = read(made.failing())
    assert ("difference", "cost.energy_per_1k", "support-int4") not in told
    assert ("outcome", "pairs.gap", "support-int4") not in told
    assert ("margin", "pairs.gap", "support-int4") not in told
    assert all(map(math.isfinite, told.values()))


def test_names_are_escaped():
    one = made.comparison(name='a "b" \\ c\nd', metrics=())
    assert 0 == read(one)["result", None, 'a "b" \\ c\nd']


def test_every_family_says_what_it_is():
    families = list(text_string_to_metric_families(to_prometheus(made.several())))
    assert all(family.documentation and "gauge" == family.type for family in families)
    assert len(families) == len({family.name for family in families})


def test_nothing_is_said_twice():
    twice = made.comparison(metrics=(made.metric(), made.metric()))
    lines = [line for line in to_prometheus([twice]).splitlines() if not line.startswith("#")]
    series = [line.rpartition(" ")[0] for line in lines]
    assert len(series) == len(set(series))
