"""Both parts of a variance, of cases that were asked several times."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.agent.compare.judge.made import gate, paired
from tests.agent.compare.metrics import made
from tests.agent.compare.metrics.test_scored import REQUESTS

from tokenward.compare.judge import judge
from tokenward.compare.judge.varying import varying
from tokenward.compare.metrics.found import Found
from tokenward.compare.metrics.metric import Metric
from tokenward.compare.metrics.pooled import pooled
from tokenward.compare.metrics.sides import Sides


def sampled(between, within, *, cases=4000, samples=4):
    """Differences with known parts: each case has its own, and each sample some more."""
    source = np.random.default_rng(3)
    own = source.normal(0, between**0.5, (cases, 1))
    x = own + source.normal(0, within**0.5, (cases, samples))
    one = paired("a.b", np.zeros(cases), x.mean(1), "mean", within=x.var(1, ddof=1))
    return replace(one, samples=samples)


@pytest.mark.parametrize(("between", "within"), [(1.0, 0.5), (0.2, 3.0), (0.0, 1.0)])
def test_both_parts_of_the_variance_are_found_again(between, within):
    told = varying(sampled(between, within))
    assert (between, within, 4) == (
        pytest.approx(told["between"], abs=0.07), pytest.approx(told["within"], rel=0.07),
        told["samples"],
    )  # fmt: skip
    assert told["by_samples"] == pytest.approx(within / 4 / (between + within / 4), abs=0.06)


def test_more_samples_would_help_only_as_far_as_told():
    """With so many samples more that nothing within is left, the variance is the part between."""
    few, many = sampled(1.0, 3.0, samples=2), sampled(1.0, 3.0, samples=64)
    told = varying(few)
    whole = few.optimized.var(ddof=1)
    assert whole * (1 - told["by_samples"]) == pytest.approx(many.optimized.var(ddof=1), rel=0.12)


def test_what_was_asked_once_has_no_parts():
    (row,) = judge([paired("a.b", np.zeros(30), np.ones(30), "mean")], gate())
    assert "variance" not in row.extra


def test_a_row_has_both_parts():
    (row,) = judge([sampled(1.0, 0.5)], gate())
    assert {"samples", "between", "within", "by_samples"} == row.extra["variance"].keys()


def test_samples_of_a_case_are_pairs_so_what_both_vary_by_alike_is_no_noise():
    """The third sample is long for both models, which no difference has a part in."""
    length = Metric("refusal.length", "word", "mean", "none", "words of an answer")
    sides = [
        made.run(made.said(REQUESTS, {"a": texts, "b": ["x", "x", "x"]}), samples=3)
        for texts in (["x", "x x", "x x x x x"], ["x x", "x x x", "x x x x x x"])
    ]
    found = Sides.of(REQUESTS, *sides, None, "refusal").answered(
        length, lambda _, one: float(len(one.text.split()))
    )
    assert [("a", 1.0, 0.0), ("b", 0.0, 0.0)] == list(
        zip(found.cases, found.optimized - found.base, found.within, strict=True)
    )


def test_suites_that_are_pooled_keep_their_parts_only_if_all_have_them():
    with_, without = sampled(1.0, 1.0, cases=5), paired("a.b", np.zeros(3), np.ones(3), "mean")
    joined = pooled([("s", Found([with_])), ("t", Found([with_]))], [with_.metric]).paired[0]
    mixed = pooled([("s", Found([with_])), ("t", Found([without]))], [with_.metric]).paired[0]
    assert (10, None) == (len(joined.within), mixed.within)
