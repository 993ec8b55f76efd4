"""Percentiles, prices and grams."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.meters.carbon import grams
from tokenward.meters.latency import least, percentile
from tokenward.meters.price import Price

COUNTS = st.integers(0, 10_000)


@pytest.mark.parametrize(("percent", "count"), [(50, 6), (90, 30), (95, 60), (99, 300)])
def test_a_percentile_needs_three_requests_beyond_it(percent, count):
    assert least(percent) == count
    assert percentile([1.0] * (count - 1), percent) is None
    assert percentile([1.0] * count, percent) == 1.0


@given(st.integers(0, 2**32), st.integers(300, 320))
def test_percentiles_are_between_the_values_that_they_part(seed, count):
    values = np.random.default_rng(seed).exponential(size=count)

    found = [percentile(values, percent) for percent in (50, 95, 99)]

    assert found == sorted(found)
    for value, percent in zip(found, (50, 95, 99), strict=True):
        assert abs((values <= value).sum() - count * percent / 100) <= 1


@given(COUNTS, COUNTS, COUNTS)
def test_kept_tokens_cost_what_is_said_and_as_others_otherwise(prompt, completion, cached):
    cached = min(cached, prompt)
    price = Price(2.0, 6.0)

    assert price.of(prompt, completion, cached) == pytest.approx(price.of(prompt, completion))
    assert Price(2.0, 6.0, 0.0).of(prompt, completion, cached) == pytest.approx(
        price.of(prompt - cached, completion)
    )


def test_grams_follow_the_factor():
    assert grams(3.6e6 / 2, 400.0) == 200.0
