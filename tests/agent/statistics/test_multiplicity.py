"""Many tests at once: outside implementations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

from tokenward.statistics.multiplicity import benjamini_hochberg, holm

P = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@pytest.mark.parametrize("p", [[0.04], [0.01, 0.01, 0.3, 0.02, 0.9], [0.5, 0.001, 0.05, 0.0]])
def test_holms_steps_are_those_of_statsmodels(p):
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1].tolist())


@given(P, st.floats(0.001, 0.5))
def test_holms_steps_stop_at_the_first_that_does_not_pass(p, alpha):
    left = sorted(range(len(p)), key=lambda at: p[at])
    broken = set()
    while left and p[left[0]] * len(left) <= alpha:
        broken.add(left.pop(0))
    assert broken == {at for at, adjusted in enumerate(holm(p)) if adjusted <= alpha}


@given(P)
def test_q_values_are_those_of_scipy(p):
    assert benjamini_hochberg(p) == pytest.approx(false_discovery_control(p).tolist())


def test_of_no_tests_there_are_none():
    assert ([], []) == (holm([]), benjamini_hochberg([]))
