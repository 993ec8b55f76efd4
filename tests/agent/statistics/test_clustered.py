"""Paired differences in clusters: outside implementations, and laws that intervals keep."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tokenward.statistics.clustered import (
    alone,
    blocks,
    difference,
    differing,
    interval,
    per_weight,
    quotient,
)
from tokenward.statistics.clusters import Clusters
from tokenward.statistics.evidence import Flips, Known, Middle, Share
from tokenward.statistics.shares import wilson_at
from tokenward.statistics.tango import bonett_price, tango

KINDS = ("binary", "bounded", "mean")


def drawn(seed, rows=60, flips=0.2):
    source = np.random.default_rng(seed)
    return source.choice([-1.0, 0.0, 1.0], rows, p=[flips / 3, 1 - flips, 2 * flips / 3])


def test_a_mean_in_clusters_is_that_of_an_outside_implementation():
    source = np.random.default_rng(1)
    names = source.integers(0, 15, 80)
    x = source.normal(size=80) + source.normal(size=15)[names]
    theirs = sm.OLS(x, np.ones(80)).fit(
        cov_type="cluster", cov_kwds={"groups": names, "df_correction": True}, use_t=True
    )
    ours = difference(x, [f"c{name}" for name in names], 0.05, "mean")
    # theirs also scales by (n - 1) / (n - k), which is 1 for a mean
    assert ours.error == pytest.approx(float(theirs.bse[0]))
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs.conf_int(alpha=0.1)[0]))


def test_rows_without_clusters_are_students_t():
    x = np.random.default_rng(2).normal(size=30)
    ours = difference(x, None, 0.05, "mean")
    theirs = stats.ttest_1samp(x, 0).confidence_interval(0.9)
    assert (ours.low, ours.high, ours.deff) == pytest.approx((theirs.low, theirs.high, 1.0))


def test_flips_without_clusters_are_tangos_with_students_quantile():
    x = drawn(3)
    ours = difference(x, None, 0.05, "binary")
    counts = (x > 0).sum(), (x < 0).sum(), len(x), float(stats.t.ppf(0.95, len(x) - 1))
    assert (ours.low, ours.high) == pytest.approx(tango(*counts))
    careful = bonett_price(*counts)
    assert ours.careful_low == pytest.approx(min(ours.low, careful[0]))
    assert ours.careful_high == pytest.approx(max(ours.high, careful[1]))


def test_bounded_values_of_0_and_1_are_bonett_and_prices_interval():
    x = drawn(4)
    ours = difference(x, None, 0.05, "bounded")
    quantile = float(stats.t.ppf(0.95, len(x) - 1))
    theirs = bonett_price((x > 0).sum(), (x < 0).sum(), len(x), quantile)
    assert (ours.low, ours.high) == pytest.approx(theirs)


def test_several_samples_a_row_are_no_flips():
    x = np.array([0.5, -0.25, 0.0, 0.0] * 10)
    assert difference(x, None, 0.05, "binary") == difference(x, None, 0.05, "bounded")


def test_means_of_samples_that_are_whole_but_for_rounding_are_flips():
    x = drawn(5)
    assert isinstance(differing(x + 1e-15, None, "binary"), Flips)


@given(st.integers(0, 10**6), st.sampled_from(KINDS), st.sampled_from([0.0, 0.02, 0.2]))
def test_swapped_sides_mirror_every_number(seed, kind, flips):
    x = drawn(seed, flips=flips)
    names = np.random.default_rng(seed).integers(0, 20, len(x))
    one, other = (difference(side, names, 0.05, kind) for side in (x, -x))
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))
    assert (one.careful_low, one.deff, one.error) == pytest.approx(
        (-other.careful_high, other.deff, other.error)
    )


@given(st.randoms(use_true_random=False), st.sampled_from(KINDS))
def test_the_order_of_rows_does_not_matter(random, kind):
    x, names = drawn(random.randint(0, 99)), [f"c{at % 17}" for at in range(60)]
    order = list(range(60))
    random.shuffle(order)
    one = difference(x, names, 0.05, kind)
    other = difference(x[order], [names[at] for at in order], 0.05, kind)
    assert (one.low, one.high, one.deff) == pytest.approx((other.low, other.high, other.deff))


@given(st.integers(0, 10**6), st.sampled_from(KINDS), st.integers(2, 6),
       st.sampled_from([0.0, 0.01, 0.1, 0.5]))  # fmt: skip
def test_copies_of_rows_never_make_an_interval_narrower(seed, kind, copies, flips):
    x, names = drawn(seed, flips=flips), np.arange(60)
    one = difference(x, names, 0.05, kind)
    many = difference(np.repeat(x, copies), np.repeat(names, copies), 0.05, kind)
    assert many.low <= one.low + 1e-9
    assert many.high >= one.high - 1e-9
    assert many.value == pytest.approx(one.value)


def test_rows_that_never_change_tell_as_much_as_there_are_clusters():
    ours = difference(np.zeros(200), np.repeat(np.arange(50), 4), 0.05, "binary")
    assert (ours.deff, ours.high) == pytest.approx(
        (4.0, tango(0, 0, 50, float(stats.t.ppf(0.95, 49)))[1])
    )


def test_a_single_cluster_tells_nothing_of_a_mean():
    ours = difference(np.arange(5.0), ["a"] * 5, 0.05, "mean")
    assert (ours.low, ours.high) == (-np.inf, np.inf)
    shares = difference(np.array([1.0, 0, 0, 0]), ["a"] * 4, 0.05, "binary")
    assert shares.high - shares.low > 1.3


def test_equal_means_have_no_width():
    ours = difference(np.zeros(30), None, 0.05, "mean")
    assert (ours.low, ours.high, ours.error) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("kind", KINDS)
def test_of_no_rows_there_is_nothing_to_say(kind):
    with pytest.raises(ValueError, match="no rows"):
        difference(np.zeros(0), None, 0.05, kind)


def test_names_for_other_rows_are_refused():
    with pytest.raises(ValueError, match="2 clusters named for 3 rows"):
        difference(np.zeros(3), ["a", "b"])


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (np.arange(100) % 20, "20 clusters: far fewer than 40"),
        (np.arange(100) % 30, "30 clusters: fewer than 40"),
        (np.maximum(0, np.arange(100) - 30), "one cluster holds 31% of all rows"),
    ],
)
def test_what_makes_an_interval_rough_is_told(names, words):
    assert any(words in each for each in difference(drawn(1, 100), names, 0.05).warnings)


def test_skewed_means_are_told():
    x = np.zeros(100)
    x[0] = 1.0
    (warning,) = difference(x, None, 0.05, "mean").warnings
    assert warning.startswith("skewness 9.8")


def test_a_quotient_of_sums_is_not_a_mean_of_quotients():
    base, optimized = np.array([1.0, 100.0] * 20), np.array([2.0, 100.0] * 20)
    found = quotient(base, optimized)
    assert found.value == pytest.approx(102 / 101 - 1)
    assert found.low < found.value < found.high


def test_the_quotient_of_perplexities_is_the_exponential_of_the_difference():
    source = np.random.default_rng(6)
    tokens = source.integers(5, 50, 60).astype(float)
    base = tokens * source.normal(2, 0.2, 60)
    optimized = base + tokens * source.normal(0.05, 0.02, 60)
    found = quotient(base, optimized, tokens, log=True)
    perplexities = [np.exp(side.sum() / tokens.sum()) for side in (base, optimized)]
    assert found.value == pytest.approx(perplexities[1] / perplexities[0] - 1)
    # the delta method on a ratio of sums: a weighted regression on nothing but the weights
    theirs = sm.WLS((optimized - base) / tokens, np.ones(60), weights=tokens).fit(cov_type="HC0")
    assert found.error == pytest.approx(float(theirs.bse[0]) * (60 / 59) ** 0.5)


@given(st.integers(0, 10**6), st.booleans())
def test_a_quotient_turned_around_is_its_inverse(seed, log):
    source = np.random.default_rng(seed)
    base, optimized, weights = source.uniform(1, 5, (3, 45))
    one = quotient(base, optimized, weights, log=log)
    other = quotient(optimized, base, weights, log=log)
    inverse = [1 / (1 + end) - 1 for end in (other.value, other.high, other.low)]
    assert (one.value, one.low, one.high) == pytest.approx(tuple(inverse))


def test_blocks_have_the_interval_of_a_median():
    quotients = np.array([1.1, 0.9, 1.2, 1.3, 1.05, 1.15, 1.25, 1.0])
    found = blocks(np.full(8, 2.0), 2 * quotients, 0.05)
    assert (found.value, found.low, found.high) == pytest.approx((0.125, 0.0, 0.25))


def test_fewer_than_eight_blocks_have_none():
    found = blocks(np.ones(7), np.full(7, 1.5))
    assert np.isnan([found.low, found.high]).all()
    assert found.warnings == ("7 blocks; 8 are needed for an interval",)
    assert (1.0, 1.0) == tuple(
        side(0.0) for evidence in [Middle(differing(np.ones(7), None, "mean").about, (1.0,) * 7)]
        for side in (evidence.above, evidence.below)
    )  # fmt: skip


def test_a_share_of_its_own_is_wilsons():
    values = np.array([1.0] * 30 + [0.0] * 70)
    found = alone(values, None, "binary")
    assert isinstance(found, Share)
    assert found.ends(0.05) == pytest.approx(wilson_at(0.3, 100, float(stats.t.ppf(0.95, 99))))


def test_a_perplexity_of_its_own_is_judged_by_its_logarithm():
    tokens = np.full(40, 10.0)
    found = per_weight(tokens * 2 + np.tile([1.0, -1.0], 20), tokens, None, log=True)
    assert found.value == pytest.approx(np.exp(2.0) - 1)
    assert found.below(np.exp(2.5) - 1) < 0.05 < found.below(np.exp(2.01) - 1)


EVIDENCE = st.sampled_from([
    differing(drawn(1), None, "binary"),
    differing(drawn(1), np.arange(60) % 25, "binary"),
    differing(drawn(1), None, "bounded"),
    differing(drawn(1), None, "mean"),
    alone(np.abs(drawn(1)), None, "binary"),
    per_weight(np.linspace(1, 2, 40), None, None, log=True),
    Middle(differing(np.ones(20), None, "mean").about, tuple(np.linspace(-0.2, 0.4, 20))),
])  # fmt: skip


@given(EVIDENCE, st.floats(0.001, 0.3), st.booleans())
def test_an_end_is_the_bound_whose_p_is_alpha(evidence, alpha, careful):
    low, high = evidence.ends(alpha, careful=careful)
    apart = 1e-6
    assert evidence.below(high + apart, careful=careful) <= alpha + 1e-9
    assert evidence.below(high - apart, careful=careful) >= alpha - 1e-9
    assert evidence.above(low - apart, careful=careful) <= alpha + 1e-9
    assert evidence.above(low + apart, careful=careful) >= alpha - 1e-9


def test_what_is_known_is_at_its_bound_and_not_beyond_it():
    known = Known(0.5)
    assert (0.0, 1.0) == (known.below(0.5), known.above(0.5, careful=True))
    assert interval(known, 0.05).low == interval(known, 0.05).high == 0.5


def test_a_design_effect_of_clusters_is_that_of_their_size_and_correlation():
    source = np.random.default_rng(8)
    x = np.repeat(source.normal(size=400), 5) + source.normal(size=2000)
    found = Clusters.of(np.repeat(np.arange(400), 5), 2000).design_effect(x)
    assert found == pytest.approx(1 + 4 * 0.5, rel=0.1)
