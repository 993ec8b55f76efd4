"""Methods against scipy, and their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from tokenward.monitor.methods import methods, psi_bound
from tokenward.types import DriftTable
from tokenward_plugins.drift_methods.homogeneity import fisher, homogeneity, likelihood_ratio

METHODS = {
    name: method for name, method in methods().items() if method.kinds != frozenset({"vector"})
}
MIDDLES = np.array([0.0, 1.0, 2.0, 4.0])
counts = st.lists(st.integers(0, 400), min_size=4, max_size=4).filter(
    lambda values: sum(values) > 99
)


def table(reference, current):
    return DriftTable(np.array(reference, dtype=float), np.array(current, dtype=float), MIDDLES)


@given(counts)
def test_equal_shares_are_no_drift_by_any_method(values):
    for method in METHODS.values():
        outcome = method.of(table(values, values))
        assert (0.0, 1.0) == (round(outcome.statistic, 7), round(outcome.p_value, 9))


@settings(max_examples=60)
@given(counts, counts)
def test_statistics_and_p_values_are_in_bounds_and_sides_can_be_swapped(one, other):
    for method in METHODS.values():
        there, back = method.of(table(one, other)), method.of(table(other, one))
        assert 0 <= there.p_value <= 1
        assert 0 <= there.statistic
        assert there.p_value == pytest.approx(back.p_value, rel=1e-6, abs=1e-300)
        if method.symmetric:
            assert there.statistic == pytest.approx(back.statistic, rel=1e-6, abs=1e-9)


REFERENCE, CURRENT = [500, 300, 150, 50], [180, 130, 60, 30]


def test_the_jensen_shannon_distance_is_scipys():
    expected = jensenshannon(np.array(REFERENCE) / 1000, np.array(CURRENT) / 400, base=2)

    assert expected == pytest.approx(
        METHODS["jensenshannon"].of(table(REFERENCE, CURRENT)).statistic
    )


def test_the_chi_squared_effect_is_scipys():
    expected = stats.contingency.association(np.array([REFERENCE, CURRENT]), method="cramer")

    assert expected == pytest.approx(METHODS["chi2"].of(table(REFERENCE, CURRENT)).statistic)


def test_the_ks_and_wasserstein_distances_are_scipys():
    one, other = np.repeat(MIDDLES, REFERENCE), np.repeat(MIDDLES, CURRENT)
    expected = stats.ks_2samp(one, other)
    distance = stats.wasserstein_distance(one, other) / one.std()

    assert expected.statistic == pytest.approx(
        METHODS["ks"].of(table(REFERENCE, CURRENT)).statistic
    )
    assert expected.pvalue == pytest.approx(
        METHODS["ks"].of(table(REFERENCE, CURRENT)).p_value, rel=0.1
    )
    assert distance == pytest.approx(METHODS["wasserstein"].of(table(REFERENCE, CURRENT)).statistic)


def test_the_likelihood_ratio_is_scipys_but_for_williams_correction():
    observed = np.array([REFERENCE, CURRENT], dtype=float)
    expected = stats.chi2_contingency(observed, lambda_="log-likelihood").pvalue

    assert expected == pytest.approx(likelihood_ratio(observed), rel=0.02)
    assert likelihood_ratio(observed) > expected


@pytest.mark.parametrize(
    ("few", "sizes"), [((0, 5), (1000, 100)), ((3, 3), (300, 120)), ((4, 0), (200, 500))]
)
def test_the_exact_test_is_scipys(few, sizes):
    expected = stats.fisher_exact([list(few), [sizes[0] - few[0], sizes[1] - few[1]]]).pvalue

    assert expected == pytest.approx(fisher(np.array(few, float), np.array(sizes, float)))


def test_a_new_rare_value_is_seen_beside_common_ones():
    assert homogeneity(table([3000, 1700, 100, 0], [195, 104, 7, 14])) < 1e-8


def test_the_bound_of_the_index_is_what_chance_reaches():
    chance = np.random.default_rng(3)
    draws = [
        METHODS["psi"]
        .of(table(*(chance.multinomial(n, [0.25] * 4) for n in (1000, 300))))
        .statistic
        for _ in range(2000)
    ]

    assert np.quantile(draws, 0.95) == pytest.approx(psi_bound(4, 1000, 300, 0.05), rel=0.1)
