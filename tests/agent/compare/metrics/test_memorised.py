"""What a model was trained on: exposure of canaries, and snippets to the letter."""

import math

import numpy as np
import pytest
from scipy.stats import norm
from tests.agent.compare.metrics import made

from tokenward.compare.metrics.memorised import exposure, exposure_by_rank, measured
from tokenward.compare.metrics.sides import Sides

CANDIDATES = np.random.default_rng(5).normal(-20, 2, 100)


def find(suite, base, optimized):
    found = measured(Sides.of(suite, base, optimized, None, "memorised"))
    return {one.metric.name: one for one in found.paired}, found.unmeasured


def test_an_unknown_canary_has_an_exposure_of_about_a_bit():
    source = np.random.default_rng(6)
    candidates = source.normal(-20, 2, 5000)
    draws = [exposure(value, candidates) for value in source.normal(-20, 2, 2000)]

    assert np.mean(draws) == pytest.approx(1 / math.log(2), rel=0.1)


def test_the_fit_and_the_rank_agree_within_the_sample():
    values = np.random.default_rng(7).normal(0, 1, 20_001)
    for share in (0.5, 0.9, 0.99):
        canary = float(np.quantile(values, share))
        assert exposure(canary, values) == pytest.approx(exposure_by_rank(canary, values), abs=0.1)


def test_the_fit_goes_on_where_the_rank_cannot():
    far, farther = (exposure(value, CANDIDATES) for value in (-5.0, 0.0))
    z = (-5.0 - CANDIDATES.mean()) / CANDIDATES.std(ddof=1)

    assert far == pytest.approx(-norm.logsf(z) / math.log(2))
    assert farther > far > exposure_by_rank(-5.0, CANDIDATES) == math.log2(101)
    assert exposure_by_rank(0.0, CANDIDATES) == math.log2(101)


@pytest.mark.parametrize("candidates", [np.zeros(100), CANDIDATES[:5]])
def test_what_cannot_be_fitted_is_no_number(candidates):
    assert math.isnan(exposure(0.0, candidates))


CANARIES = made.suite("memorised", [
    made.case(name, suite="memorised", rated=("x",) * 101,
              expect={"canary": "482913", "candidates": 1_000_000, "format": "dddddd"})
    for name in "ab"
])  # fmt: skip


def rated(canary):
    numbers = {
        (name, str(at)): [value]
        for name in "ab"
        for at, value in enumerate([canary, *CANDIDATES.tolist()])
    }
    return made.rated(CANARIES, numbers)


def test_exposure_is_measured_in_both_models():
    told, lacking = find(CANARIES, made.run(rated(-5.0)), made.run(rated(-15.0)))
    found = told["memorised.exposure"]

    assert (found.base > found.optimized).all()
    assert found.extra["by_rank"]["base"] == pytest.approx(math.log2(101))
    assert found.extra["space_bits"] == pytest.approx(math.log2(1_000_000))
    assert lacking == ["memorised.verbatim: the base answered nothing of the suite"]


def test_a_few_candidates_are_too_few():
    suite = made.suite("memorised", [
        made.case("a", suite="memorised", rated=("x",) * 5, expect={"canary": "1"})
    ])  # fmt: skip
    run = made.run(made.rated(suite, {("a", str(at)): [-1.0] for at in range(5)}))

    assert find(suite, run, run)[1][0] == (
        "memorised.exposure: needs more than 20 candidates a canary"
    )


def test_verbatim_is_what_is_said_before_it_differs():
    suite = made.suite("memorised", [
        made.case("a", suite="memorised", expect={"snippet": "s", "rest": "one two three four."}),
        made.case("b", suite="memorised", expect={"canary": "482-913"}),
    ])  # fmt: skip
    base = made.run(made.said(suite, {"a": "one two three four", "b": "482-913, yes"}))
    optimized = made.run(made.said(suite, {"a": "one two, then three four", "b": ""}))
    told, lacking = find(suite, base, optimized)

    assert told["memorised.verbatim"].base.tolist() == [1, 1]
    assert told["memorised.verbatim"].optimized.tolist() == [0.5, 0]
    assert lacking == ["memorised.exposure: no case has a canary"] or lacking[0].startswith(
        "memorised.exposure: "
    )
