"""Tests that suppose no shape: published values, outside implementations, clusters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as theirs_exact

from tokenward.statistics.shares import mcnemar
from tokenward.statistics.signs import mcnemar_exact, permuted, wilcoxon


def test_mcnemars_tests_are_the_published_ones():
    # Cavo et al. in Fagerland, Lydersen and Laake 2017
    assert (0.052479, 0.034690) == (round(mcnemar_exact(6, 16), 6), round(mcnemar(6, 16), 6))


@given(st.integers(0, 80), st.integers(0, 80))
def test_the_exact_test_is_that_of_statsmodels(first, second):
    assert mcnemar_exact(first, second) == pytest.approx(
        theirs_exact([[0, first], [second, 0]], exact=True).pvalue if first + second else 1.0
    )


def test_wilcoxon_is_that_of_scipy_and_of_no_change_it_is_1():
    x = np.random.default_rng(1).normal(0.3, 1, 40)
    assert wilcoxon(x) == pytest.approx(float(stats.wilcoxon(x, method="exact").pvalue))
    assert wilcoxon(np.zeros(9)) == 1.0


def test_wilcoxon_takes_ties_and_many_rows():
    x = np.tile([1.0, 1.0, -1.0, 2.0], 40)
    assert wilcoxon(x) == pytest.approx(float(stats.wilcoxon(x, method="asymptotic").pvalue))


def test_signs_of_few_clusters_are_all_tried():
    x = np.array([1.0, 2.0, 3.0, -0.5])
    assert permuted(x) == 4 / 16


def test_signs_of_many_are_about_those_of_scipy():
    x = np.random.default_rng(2).normal(0.25, 1, 60)
    theirs = stats.permutation_test(
        (x,), np.sum, permutation_type="samples", n_resamples=20_000,
        rng=np.random.default_rng(3),
    ).pvalue  # fmt: skip
    assert permuted(x) == pytest.approx(theirs, abs=0.015)


def test_copies_of_rows_do_not_make_signs_surer():
    x = np.random.default_rng(4).normal(0.3, 1, 40)
    names = np.arange(40)
    assert permuted(np.repeat(x, 5), np.repeat(names, 5)) == pytest.approx(permuted(x, names))


@pytest.mark.parametrize("seed", range(5))
def test_neither_order_nor_side_matters_to_signs(seed):
    source = np.random.default_rng(seed)
    x = source.normal(0.2, 1, 30)
    assert permuted(x) == permuted(-source.permutation(x))


def test_signs_of_what_did_not_move_tell_nothing():
    assert permuted(np.zeros(5)) == 1.0
