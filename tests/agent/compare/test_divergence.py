from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import entropy

from tokenward.compare.divergence import Distribution, left_over

LOGITS = arrays(np.float64, (2, 5, 40), elements=st.floats(-8, 8))


def logs(logits):
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def kept(base, k):
    ids = np.argsort(-base, axis=1)[:, :k]
    return Distribution.of(np.zeros(len(base), np.int64), ids, np.take_along_axis(base, ids, 1))


@given(LOGITS)
def test_of_a_whole_vocabulary_it_is_the_divergence(both):
    base, other = logs(both)
    found = kept(base, 40).divergence(np.take_along_axis(other, kept(base, 40).ids, 1))
    assert found == pytest.approx(entropy(np.exp(base), np.exp(other), axis=1), abs=2e-5)


@given(LOGITS, st.integers(1, 39))
def test_of_the_likeliest_and_a_bucket_it_is_a_lower_bound_that_grows(both, k):
    base, other = logs(both)
    exact = entropy(np.exp(base), np.exp(other), axis=1)
    few, many = kept(base, k), kept(base, k + 1)
    fewer, more = (d.divergence(np.take_along_axis(other, d.ids, 1)) for d in (few, many))
    assert (fewer >= 0).all()
    assert (fewer <= more + unsure(few, other) + unsure(many, other)).all()
    assert (more <= exact + unsure(many, other)).all()


def unsure(base, other):
    """By how much numbers of single precision may miss: most where the other has hardly any rest.

    A bucket is 1 less a sum that is known to about 1e-7.
    """
    rest = np.exp(left_over(np.take_along_axis(other, base.ids, 1)))
    return 2e-5 + (np.exp(base.rest) + 1e-7) * np.log1p(1e-7 / rest)


@given(LOGITS, st.integers(1, 40))
def test_a_model_has_none_from_itself(both, k):
    base = kept(logs(both)[0], k)
    assert (base.divergence(base.logprobs.astype(np.float64)) == 0).all()


@given(LOGITS, st.integers(2, 40))
def test_ids_that_the_other_cannot_tell_go_into_the_bucket(both, k):
    base, other = logs(both)
    whole, part = kept(base, k), kept(base, k - 1)
    at = np.take_along_axis(other, whole.ids, 1)
    at[:, -1] = np.nan
    without = part.divergence(np.take_along_axis(other, part.ids, 1))
    assert whole.divergence(at) == pytest.approx(without, abs=1e-6)


@given(LOGITS)
def test_its_entropy_is_that_of_a_whole_vocabulary(both):
    base = logs(both)[0]
    assert kept(base, 40).entropy() == pytest.approx(entropy(np.exp(base), axis=1), abs=1e-5)
