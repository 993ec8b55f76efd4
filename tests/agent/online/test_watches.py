"""The statistics: ranks, rates, categories."""

from __future__ import annotations

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenward.errors import StoreError
from tokenward.online.categories import OTHER, WINDOW, CategoryWatch, cells_of
from tokenward.online.dependence import inflation
from tokenward.online.learner import EventLearner, NumberLearner, WordLearner
from tokenward.online.quantiles import Quantiles
from tokenward.online.ranks import FAST, SLOW, WIDTH, RankWatch
from tokenward.online.rates import Base, RateWatch, ValueWatch
from tokenward.online.restored import watch_of

# -- ranks ----------------------------------------------------------------------------------


def reference(seed=1, rows=5_000):
    random = Random(seed)
    return Quantiles.of(random.gauss(0, 1) for _ in range(rows))


@pytest.mark.parametrize(
    "draw",
    [
        lambda random: random.gauss(0, 1),
        lambda random: float(random.randint(0, 3)),
        lambda random: 0.0 if random.random() < 0.6 else random.random(),
        lambda random: round(random.expovariate(0.1)),
    ],
)
def test_ranks_of_the_same_traffic_are_uniform_ties_or_not(draw):
    random = Random(5)
    table = Quantiles.of(draw(random) for _ in range(20_000))
    ranks = sorted(table.rank(draw(random), random.random()) for _ in range(20_000))
    gap = max(abs(rank - at / len(ranks)) for at, rank in enumerate(ranks))
    assert (
        gap < 0.02
    )  # the distance of Kolmogorov and Smirnov: 0.0163 is exceeded once in a hundred


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=600), st.floats(), st.floats(0, 1))
def test_a_rank_is_a_share(values, value, chance):
    if not math.isnan(value):
        assert 0.0 <= Quantiles.of(values).rank(value, chance) <= 1.0


def test_the_sums_are_those_of_page():
    watch = RankWatch(Quantiles([], [0.0, 1.0], 1e6), "seed")
    watch.allow(1e6, 0.1)
    chance = Random("seed")
    sums = [0.0] * 6
    for _ in range(2_000):
        watch.take(0.0, 1.0)
        rank = (chance.random() - 0.5) * WIDTH
        spread = 2 * abs(rank) - WIDTH / 2
        pairs = (
            (rank, FAST),
            (-rank, FAST),
            (rank, SLOW),
            (-rank, SLOW),
            (spread, FAST),
            (-spread, FAST),
        )
        sums = [
            max(0.0, total + value - slack)
            for total, (value, slack) in zip(sums, pairs, strict=True)
        ]
        figures = watch.figures
        told = [figures[at + side] for at in (0, 4, 8) for side in (0, 1)]
        assert told == pytest.approx(sums)
    assert max(sums) > 1


@pytest.mark.parametrize("shift", [0.7, -0.7])
def test_a_shift_is_found_and_dated(shift):
    random, watch = Random(2), RankWatch(reference(), "")
    assert watch.allow(100_000, 0.1)
    for at in range(3_000):
        watch.take(random.gauss(0, 1), float(at))
    assert watch.crossing is None
    for at in range(3_000, 3_300):
        watch.take(random.gauss(shift, 1), float(at))
    assert watch.crossing.standing.method == "cusum"
    assert 2_950 < watch.crossing.standing.since <= 3_010
    assert 3_000 < watch.crossing.time < 3_200


@pytest.mark.parametrize("spread", [2.0, 0.5])
def test_a_change_of_spread_is_found(spread):
    random, watch = Random(2), RankWatch(reference(), "")
    watch.allow(100_000, 0.1)
    for at in range(2_000):
        watch.take(random.gauss(0, spread), float(at))
    assert watch.crossing.standing.method == "cusum.spread"


def test_a_sum_does_not_rise_for_ever():
    watch = RankWatch(reference(), "")
    watch.allow(100_000, 0.1)
    for _ in range(10_000):
        watch.take(9.0, 0.0)
    assert watch.standing().share <= 1.25


# -- rates ----------------------------------------------------------------------------------


def eager(watch, events):
    """The two sums, row by row."""
    up = down = 0.0
    for event in events:
        up = max(0.0, up + (watch.more.event if event else watch.more.other))
        down = max(0.0, down + (watch.fewer.event if event else watch.fewer.other))
    return up, down


@given(st.lists(st.integers(0, 60), max_size=60))
def test_rows_without_an_event_cost_nothing_and_count(gaps):
    base = Base()
    watch = RateWatch(base, 500, 10_000, "")
    assert watch.allow(1e6, 0.001)
    assert watch.more.event > 0 < watch.fewer.other
    events = []
    for gap in gaps:
        base.seen += gap + 1
        watch.take(1.0, 0.0)
        events += [False] * gap + [True]
    base.seen += 7
    watch.check()
    events += [False] * 7
    if watch.crossing is None:
        assert watch.figures[:2] == pytest.approx(eager(watch, events), abs=1e-9)


def rate(events, rows, *, share, count, seed=3):
    random, base = Random(seed), Base()
    watch = RateWatch(base, events, rows, "")
    assert watch.allow(100_000, 0.1)
    for at in range(count):
        base.seen, base.time = base.seen + 1, float(at)
        if random.random() < share:
            watch.take(1.0, float(at))
    watch.check()
    return watch


def test_a_rate_that_doubles_is_found():
    assert rate(200, 10_000, share=0.02, count=20_000).crossing is None
    assert rate(200, 10_000, share=0.04, count=4_000).crossing.standing.method == "bernoulli"


def test_a_rate_that_falls_is_found_even_to_nothing():
    found = rate(500, 10_000, share=0.0, count=1_000).crossing.standing
    assert (found.method, found.since) == ("bernoulli.down", 0.0)


def test_what_never_occurred_and_begins_is_found():
    assert rate(0, 10_000, share=0.0, count=50_000).crossing is None
    assert rate(0, 10_000, share=0.01, count=3_000).crossing is not None


def test_what_is_rare_is_not_watched_for_less():
    assert rate(10, 10_000, share=0.0, count=50_000).crossing is None


def test_weights_stand_for_rows():
    """Of the rows without an event a tenth is recorded, with ten times the weight."""
    plain, sampled = Base(), Base()
    one, other = RateWatch(plain, 200, 10_000, ""), RateWatch(sampled, 200, 10_000, "")
    for watch in (one, other):
        assert watch.allow(1e6, 0.001)
    for _ in range(10):
        plain.seen += 10
        sampled.seen += 10  # one row
        for base, watch in ((plain, one), (sampled, other)):
            base.seen += 1
            watch.take(1.0, 0.0)
    assert one.figures == other.figures
    assert one.figures[0] > 1


def test_events_with_a_weight_are_thinned():
    """Half of all rows are recorded, events too: an event is no two of them at once."""
    base = Base()
    watch = RateWatch(base, 200, 10_000, "")
    watch.allow(100_000, 0.1)
    random = Random(1)
    for _ in range(20_000):
        base.seen += 2.0
        if random.random() < 0.02:
            watch.take(2.0, 0.0)
    assert watch.crossing is None


def test_a_number_that_hardly_varies_is_watched_for_other_values():
    watch = ValueWatch(0.0, 100, 10_000, "")
    assert watch.allow(100_000, 0.1)
    random = Random(4)
    for at in range(3_000):
        watch.take(random.random() if random.random() < 0.03 else 0.0, float(at))
    assert watch.crossing.standing.method == "bernoulli"


# -- categories -----------------------------------------------------------------------------


def words(counts, length=10_000, seed=1):
    random = Random(seed)
    return random.choices(list(counts), list(counts.values()), k=length)


def category(counts, **more):
    watch = CategoryWatch({"en": 9_000, "de": 900, "fr": 60, "nl": 40}, **more)
    assert watch.allow(100_000, 0.1)
    for at, word in enumerate(words(counts)):
        watch.take(word, float(at))
    return watch


def test_the_same_shares_are_no_change():
    assert category({"en": 90, "de": 9, "fr": 0.6, "nl": 0.4}).crossing is None


@pytest.mark.parametrize(
    "counts", [{"en": 80, "de": 19, "fr": 1}, {"en": 90, "de": 5, "pt": 5}, {"pt": 1}]
)
def test_other_shares_and_new_words_are_found_in_whole_windows(counts):
    found = category(counts).crossing
    assert found.standing.method == "chi_squared"
    assert (found.time + 1) % WINDOW == 0
    assert found.standing.since <= found.time - WINDOW + 1


def test_a_constant_category_is_watched_for_others():
    watch = CategoryWatch({"en": 10_000})
    watch.allow(100_000, 0.1)
    for _ in range(WINDOW):
        watch.take("en", 0.0)
    assert watch.crossing is None
    for at in range(WINDOW):
        watch.take("de" if at % 10 == 0 else "en", 0.0)
    assert watch.crossing is not None


def test_rare_words_are_one():
    assert cells_of({OTHER: 500, "en": 400, "de": 100}) == {"en": 400, "de": 100, OTHER: 500}


def test_a_small_reference_is_none():
    assert not CategoryWatch({"en": 499}).allow(100_000, 0.1)


# -- saved ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("watch", "values"),
    [
        (RankWatch(reference(), "s"), [0.1, -3.0, 2.0]),
        (RateWatch(Base(), 30, 1_000, "s"), [1.0, 1.0]),
        (ValueWatch(0.0, 30, 1_000, "s"), [0.0, 1.0]),
        (CategoryWatch({"a": 900, "b": 100}), ["a", "c"]),
    ],
)
def test_what_was_saved_goes_on_as_it_was(watch, values):
    watch.allow(100_000, 0.1)
    for value in values:
        watch.take(value, 5.0)
    other = watch_of(watch.reference, Base(), "s")
    other.figures = watch.figures
    other.allow(100_000, 0.1)
    assert (other.kind, other.rows) == (watch.kind, watch.rows)
    assert other.standing() == watch.standing()
    assert other.reference == watch.reference


@pytest.mark.parametrize("saved", [{}, {"kind": "ranks"}, {"kind": "categories", "counts": 3}])
def test_a_broken_reference_says_so(saved):
    with pytest.raises(StoreError, match="a saved reference cannot be read"):
        watch_of(saved, Base(), "")


# -- dependence -----------------------------------------------------------------------------


def alike(count, seed):
    """Latencies of a machine whose load comes and goes."""
    random, load = Random(seed), 0.0
    for _ in range(count):
        load = 0.95 * load + random.gauss(0, 1)
        yield 1.0 + math.exp(load / 4)


def learned(values):
    learner = NumberLearner()
    for value in values:
        learner.take(value, 0.0)
    return learner.made("seed")


def test_rows_that_are_alike_count_for_less():
    [*values] = alike(10_000, 1)
    careful = learned(values)
    careless = RankWatch(careful.quantiles, "seed")
    for watch in (careful, careless):
        watch.allow(100_000, 0.05)
    for at, value in enumerate(alike(20_000, 2)):
        careful.take(value, float(at))
        careless.take(value, float(at))
    assert careful.inflations[0] > 10
    assert careful.crossing is None
    assert careless.crossing is not None
    for at, value in enumerate(alike(3_000, 3)):
        careful.take(2 * value, float(at))
    assert careful.crossing is not None


def test_events_that_come_together_count_for_less():
    """Ten of an attacker at once, then none for long: the rate is what it was."""
    base = Base()
    learner = EventLearner(base, 0.0)

    def bursts(take, count):
        for at in range(count):
            base.seen += 1
            if at % 500 < 10:
                take(1.0, float(at))

    bursts(learner.take, 10_000)
    careful = learner.made("seed")
    careless = RateWatch(base, 200.0, 10_000.0, "seed")
    for watch in (careful, careless):
        assert watch.allow(100_000, 0.05)
    bursts(careful.take, 10_000)
    assert careful.inflation > 3
    assert careful.crossing is None
    bursts(careless.take, 10_000)
    assert careless.crossing is not None


def test_categories_of_one_session_count_for_less():
    learner = WordLearner()
    random = Random(1)
    for _ in range(200):
        for word in [random.choice(["en", "en", "de"])] * 50:
            learner.take(word, 0.0)
    assert learner.made("seed").inflation > 10


def test_rows_of_strangers_are_not_taken_to_be_alike():
    random = Random(9)
    found = [inflation([random.random() for _ in range(5_000)]) for _ in range(60)]
    assert sum(one > 1 for one in found) <= 3
    assert max(found) < 2
