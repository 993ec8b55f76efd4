"""How often online drift alarms without cause, and how soon with one.

``python -m tests.benchmarks.bench_online`` prints the tables, which takes minutes; ``--fast`` prints
a part of them. All is simulated with fixed seeds: many agents side by side, each with references of
its own, watched by the thresholds of the package. A month is the period of the budget, one false
alarm over twelve streams: six rates, four numbers, two categories. A stream that has alarmed is not
watched on in that month: it waits for somebody, or for its statistic to come down, and then has a
much higher threshold.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from tokenward.online.categories import WINDOW, CategoryWatch
from tokenward.online.learner import NumberLearner
from tokenward.online.quantiles import Quantiles
from tokenward.online.ranks import FAST, SLOW, WIDTH, RankWatch
from tokenward.online.rates import Base, RateWatch
from tokenward.online.stream import WEIGHTS

SEED = 11
BINS = 256
CELLS = 1024
FOREVER = 100_000

RATES = (0.02, 0.02, 0.05, 0.005, 0.0005, 0.3)
CATEGORIES = ((0.95, 0.02, 0.02, 0.01), (0.6, 0.3, 0.08, 0.02))
NUMBERS = 4
TOTAL = WEIGHTS["rate"] * len(RATES) + WEIGHTS["number"] * NUMBERS + 2 * WEIGHTS["category"]


@dataclass(frozen=True)
class Traffic:
    """Requests a month, and rows of the reference."""

    requests: int = 100_000
    rows: int = 10_000

    @staticmethod
    def alarms(kind: str) -> float:
        """False alarms a month that a stream may raise."""
        return WEIGHTS[kind] / TOTAL


class Numbers:
    """Many streams of numbers side by side; what comes are ranks in the true distribution."""

    def __init__(self, lanes: int, traffic: Traffic, generator: np.random.Generator) -> None:
        # the reference's quantiles, by their true rank
        gaps = generator.dirichlet(np.full(BINS, traffic.rows / BINS), size=lanes)
        self._edges = np.concatenate([np.zeros((lanes, 1)), gaps.cumsum(1)], axis=1)
        self._edges[:, -1] = 1.0 + 1e-12
        grid = np.arange(CELLS) / CELLS
        found = [np.searchsorted(one, grid, side="right") - 1 for one in self._edges]
        self._start = np.array(found)
        self._lanes = np.arange(lanes)
        watch = RankWatch(Quantiles([], [0.0, 1.0], traffic.rows), "")
        watch.allow(traffic.requests, traffic.alarms("number"))
        fast, slow = watch._fast.height, watch._slow.height
        self._slack = np.array([FAST, FAST, SLOW, SLOW, FAST, FAST])[:, None]
        self._height = np.array([fast, fast, slow, slow, fast, fast])[:, None]
        self._sums = np.zeros((6, lanes))

    def step(self, true: np.ndarray) -> np.ndarray:
        """Takes a value for each stream; returns which have a sum at its threshold."""
        lanes, edges = self._lanes, self._edges
        at = self._start[lanes, (true * CELLS).astype(int)]
        while (late := true >= edges[lanes, at + 1]).any():
            at += late
        low = edges[lanes, at]
        inside = (true - low) / (edges[lanes, at + 1] - low)
        rank = ((at + inside) / BINS - 0.5) * WIDTH
        spread = 2 * np.abs(rank) - WIDTH / 2
        sums = self._sums
        sums += np.stack([rank, -rank, rank, -rank, spread, -spread]) - self._slack
        np.maximum(sums, 0.0, out=sums)
        return (sums >= self._height).any(0)


class Rates:
    """Many rates side by side, each with a reference of its own; what comes are truths."""

    def __init__(
        self, shares: np.ndarray, traffic: Traffic, generator: np.random.Generator
    ) -> None:
        events = generator.binomial(traffic.rows, shares).tolist()
        known = {one: self._designs(one, traffic) for one in set(events)}
        self._steps = np.array([known[one] for one in events]).transpose(1, 2, 0)
        self._sums = np.zeros((2, len(shares)))

    @staticmethod
    def _designs(events: int, traffic: Traffic) -> list[tuple[float, float, float]]:
        watch = RateWatch(Base(), events, traffic.rows, "")
        watch.allow(traffic.requests, traffic.alarms("rate"))
        return [tuple(watch.more), tuple(watch.fewer)]

    def step(self, events: np.ndarray) -> np.ndarray:
        """Takes whether there was an event in each; returns which alarm."""
        self._sums += np.where(events, self._steps[:, 0], self._steps[:, 1])
        np.maximum(self._sums, 0.0, out=self._sums)
        return (self._sums >= self._steps[:, 2]).any(0)


def alarmed(watch: Numbers | Rates, draw: Callable[[], np.ndarray], points: int) -> np.ndarray:
    """Which streams alarm within so many points."""
    found = watch.step(draw())
    for _ in range(points - 1):
        found |= watch.step(draw())
    return found


def delays(
    watch: Numbers | Rates,
    before: Callable[[], np.ndarray],
    after: Callable[[], np.ndarray],
    settled: int,
) -> np.ndarray:
    """Points from a change to the alarm of each stream."""
    for _ in range(settled):
        watch.step(before())
    found = np.zeros(len(before()))
    for at in range(1, FOREVER):
        found[watch.step(after()) & (found == 0)] = at
        if found.all():
            break
    return found


def number_alarms(agents: int, traffic: Traffic, seed: int = SEED) -> float:
    """False alarms a month of all numbers of an agent."""
    generator = np.random.default_rng(seed)
    lanes = agents * NUMBERS
    watch = Numbers(lanes, traffic, generator)
    return float(alarmed(watch, lambda: generator.random(lanes), traffic.requests).sum()) / agents


def rate_alarms(agents: int, traffic: Traffic, seed: int = SEED) -> float:
    """False alarms a month of all rates of an agent."""
    generator = np.random.default_rng(seed)
    shares = np.tile(RATES, agents)
    watch = Rates(shares, traffic, generator)
    found = alarmed(watch, lambda: generator.random(len(shares)) < shares, traffic.requests)
    return float(found.sum()) / agents


def category_alarms(agents: int, traffic: Traffic, seed: int = SEED) -> float:
    """False alarms a month of all categories of an agent."""
    generator = np.random.default_rng(seed)
    found = 0
    for shares in CATEGORIES:
        names = [str(at) for at in range(len(shares))]
        for _ in range(agents):
            reference = generator.multinomial(traffic.rows, shares).tolist()
            watch = CategoryWatch(dict(zip(names, reference, strict=True)))
            watch.allow(traffic.requests, traffic.alarms("category"))
            windows = generator.multinomial(WINDOW, shares, size=traffic.requests // WINDOW)
            for counts in windows.tolist():
                watch.window(dict(zip(names, counts, strict=True)), 0.0)
            found += watch.crossing is not None
    return found / agents


def false_alarms(agents: int, traffic: Traffic) -> dict[str, float]:
    """False alarms a month by kind of stream; their sum is to be near 1."""
    return {
        "rates": rate_alarms(agents, traffic),
        "numbers": number_alarms(agents, traffic),
        "categories": category_alarms(agents, traffic),
    }


def rate_delay(
    lanes: int, before: float, after: float, traffic: Traffic, seed: int = SEED
) -> np.ndarray:
    """Requests from the change of a rate to the alarm."""
    generator = np.random.default_rng(seed)
    watch = Rates(np.full(lanes, before), traffic, generator)
    return delays(
        watch,
        lambda: generator.random(lanes) < before,
        lambda: generator.random(lanes) < after,
        settled=1000,
    )


def beta_delay(lanes: int, shape: float, traffic: Traffic, seed: int = SEED) -> np.ndarray:
    """Points from the change of beta(1, 20) to another first shape to the alarm."""
    generator = np.random.default_rng(seed)
    watch = Numbers(lanes, traffic, generator)
    return delays(
        watch,
        lambda: generator.random(lanes),
        lambda: np.minimum(1 - (1 - generator.beta(shape, 20, lanes)) ** 20, 1 - 1e-12),
        settled=500,
    )


def alike(generator: np.random.Generator, count: int, likeness: float) -> list[float]:
    """Numbers of which each is like the one before: latencies under a load that comes and goes."""
    now, found = 0.0, []
    for step in generator.normal(size=count).tolist():
        now = likeness * now + step
        found.append(now)
    return found


def alike_alarms(agents: int, likeness: float, points: int, alarms: float) -> tuple[float, float]:
    """Share of streams of such numbers that alarm: as they are watched, and if all were strangers."""
    careful = careless = 0
    for seed in range(agents):
        generator = np.random.default_rng(seed)
        learner = NumberLearner()
        for value in alike(generator, 10_000, likeness):
            learner.take(value, 0.0)
        watch = learner.made("")
        plain = RankWatch(watch.quantiles, "")
        for one in (watch, plain):
            one.allow(points, alarms)
        for value in alike(generator, points, likeness):
            watch.take(value, 0.0)
            plain.take(value, 0.0)
        careful += watch.crossing is not None
        careless += plain.crossing is not None
    return careful / agents, careless / agents


def update_seconds(points: int = 30_000, rounds: int = 20) -> dict[str, float]:
    """Seconds of one value of a number, and of one event of a rate: the best of some rounds."""
    random = Random(SEED)
    number = RankWatch(Quantiles.of(random.random() for _ in range(10_000)), "")
    rate = RateWatch(Base(), 200.0, 10_000.0, "")
    values = [random.random() for _ in range(points)]
    for watch in (number, rate):
        watch.allow(1e6, 0.1)
    found = {"number": 1.0, "event": 1.0}
    for _ in range(rounds):
        began = time.thread_time()
        for value in values:
            number.take(value, 0.0)
        middle = time.thread_time()
        for _ in values:
            rate.base.seen += 50.0
            rate.take(1.0, 0.0)
        ended = time.thread_time()
        found["number"] = min(found["number"], (middle - began) / points)
        found["event"] = min(found["event"], (ended - middle) / points)
    return found


@dataclass(frozen=True)
class Sizes:
    """How much is simulated; ``fast`` only shows that everything runs."""

    agents: int = 1_000
    lanes: int = 2_000
    rows: tuple[int, ...] = (2_000, 10_000, 50_000)
    months: tuple[int, ...] = (30_000, 100_000)
    traffics: tuple[int, ...] = (30_000, 100_000, 1_000_000, 2_600_000)
    shape: float = 1.1
    alike: tuple[int, int] = (60, 30_000)


FAST_SIZES = Sizes(20, 40, (10_000,), (3_000,), (30_000,), 2.0, (2, 3_000))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--fast", action="store_true", help="a part, to see that it runs")
    sizes = FAST_SIZES if parser.parse_args(arguments).fast else Sizes()
    print("false alarms a month, of one that is allowed: rates + numbers + categories")
    for rows in sizes.rows:
        for requests in sizes.months:
            told = false_alarms(sizes.agents, Traffic(requests, rows))
            parts = " + ".join(f"{value:.2f}" for value in told.values())
            print(f"  {rows:6} rows, {requests:9,} requests: {sum(told.values()):.2f} = {parts}")
    print("requests or points to the alarm, median / 90 %, reference of 10,000 rows")
    for requests in sizes.traffics:
        print(f"  {requests:9,} requests a month")
        for name, points in found_delays(sizes, Traffic(requests)).items():
            middle, late = np.quantile(points, (0.5, 0.9))
            print(f"    {name}: {middle:.0f} / {late:.0f}")
    print("numbers that are like those before: share of streams that alarm, of 0.10 allowed")
    for likeness in (0.0, 0.5, 0.9, 0.97):
        careful, careless = alike_alarms(sizes.alike[0], likeness, sizes.alike[1], 0.1)
        print(f"  correlation {likeness:.2f}: {careful:.2f}; taken for strangers: {careless:.2f}")
    for name, seconds in update_seconds().items():
        print(f"one {name}: {seconds * 1e6:.2f} us")


def found_delays(sizes: Sizes, traffic: Traffic) -> dict[str, np.ndarray]:
    """Points to the alarm, by what has changed."""
    few, small = sizes.lanes // 2, f"beta(1, 20) to beta({sizes.shape:g}, 20)"
    return {
        "rate 2 % to 5 %": rate_delay(sizes.lanes, 0.02, 0.05, traffic),
        "rate 2 % to 4 %": rate_delay(sizes.lanes, 0.02, 0.04, traffic),
        "beta(1, 20) to beta(1.5, 20)": beta_delay(few, 1.5, traffic),
        small: beta_delay(few, sizes.shape, traffic),
    }


if __name__ == "__main__":
    main()
