"""What a model costs: time, memory, size, tokens, money, energy, and what that means for the air.

Times, throughput and energy are compared by blocks that both models answered in turns
(`tokenward.compare.interleaved`): the median of the blocks' quotients. A percentile is taken of
blocks joined until they hold enough requests for it. Memory and size are numbers of a run, tokens
and prices means over answers. What was not measured is no number: its reason is told instead.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from tokenward.compare.backends.base import Answer
from tokenward.compare.interleaved import LEAST_BLOCKS, Interleaved, Turn
from tokenward.compare.metrics.found import Found
from tokenward.compare.metrics.metric import Metric, Paired
from tokenward.compare.run import Run
from tokenward.compare.suites.suite import Suite
from tokenward.compare.timing import ENDPOINT
from tokenward.meters.carbon import grams
from tokenward.meters.latency import least
from tokenward.meters.price import Price

ABOUT = "median of the quotients of blocks that both models answered in turns"
FIRST = Metric("cost.first_token_p50", "s", "blocks", "lower", f"time to the first token: {ABOUT}")
P50 = Metric("cost.latency_p50", "s", "blocks", "lower", f"median time of a request: {ABOUT}")
P95 = Metric("cost.latency_p95", "s", "blocks", "lower", f"95th percentile of requests: {ABOUT}")
P99 = Metric("cost.latency_p99", "s", "blocks", "lower", f"99th percentile of requests: {ABOUT}")
SPEED = Metric("cost.tokens_per_second", "1/s", "blocks", "higher", f"tokens a second: {ABOUT}")
ENERGY = Metric(
    "cost.energy_per_1k", "J", "blocks", "lower",
    f"the machine's joules for 1,000 tokens of answers, with what it uses idle: {ABOUT}",
)  # fmt: skip
CO2 = Metric(
    "cost.co2_per_1k", "g", "blocks", "lower",
    f"grams of CO2 equivalents for 1,000 tokens, by the stated factor: {ABOUT}",
)  # fmt: skip
MEMORY = Metric("cost.memory", "bytes", "value", "lower", "peak of resident memory of the process")
DEVICE = Metric("cost.device_memory", "bytes", "value", "lower", "peak of accelerator memory")
SIZE = Metric("cost.size", "bytes", "value", "lower", "size of the weights' files")
TOKENS = Metric("cost.tokens_per_answer", "tokens", "ratio", "lower", "mean tokens of an answer")
PRICE = Metric("cost.price_per_answer", "", "ratio", "lower", "mean price of prompt and answer")
METRICS = (FIRST, P50, P95, P99, SPEED, ENERGY, CO2, MEMORY, DEVICE, SIZE, TOKENS, PRICE)
PERCENTILES = {P50: 50, P95: 95, P99: 99}
NOT_TIMED = "the models were not timed side by side"

Pair = tuple[Turn, Turn]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the user states: the price of a million tokens, and grams of CO2 a kilowatt hour."""

    price: Price | None = None
    carbon: float | None = None


def measured(
    base: Run,
    optimized: Run,
    suites: Sequence[Suite],
    timed: Interleaved | None = None,
    terms: Terms | None = None,
    reason: str = NOT_TIMED,
) -> Found:
    """Returns the paired values of what was measured; ``reason`` says why nothing was timed."""
    terms = terms or Terms()
    found = Found()
    if timed is None:
        for metric in (FIRST, *PERCENTILES, SPEED, ENERGY, CO2):
            found.lacks(metric.name, reason)
    else:
        _times(found, timed)
        _energy(found, timed, terms)
    _numbers(found, base, optimized)
    _answers(found, base, optimized, suites, terms)
    return found


def _times(found: Found, timed: Interleaved) -> None:
    pairs = list(zip(timed.base, timed.optimized, strict=True))
    note = f"{timed.clock} time, {timed.prompts} prompts a block"
    _blocks(found, FIRST, pairs, _first, "the model does not tell when a token came", note)
    for metric, percent in PERCENTILES.items():
        joined, wanted = _joined(pairs, percent)
        reason = f"{len(pairs)} blocks of {timed.prompts} requests; {wanted} requests are needed"
        _blocks(found, metric, joined, partial(_percentile, percent), reason, note)
    _blocks(found, SPEED, pairs, _speed, "the server does not count tokens", note)


def _energy(found: Found, timed: Interleaved, terms: Terms) -> None:
    if not timed.energy_measured:
        for metric in (ENERGY, CO2):
            found.lacks(metric.name, timed.energy)
        return
    pairs = list(zip(timed.base, timed.optimized, strict=True))
    uncounted = "the server does not count tokens"
    _blocks(found, ENERGY, pairs, _joules, uncounted, timed.energy)
    if terms.carbon is None:
        found.lacks(CO2.name, "no factor is stated (grams of CO2 equivalents a kilowatt hour)")
        return
    factor = terms.carbon

    def co2(turn: Turn) -> float:
        return grams(_joules(turn), factor)

    _blocks(found, CO2, pairs, co2, uncounted, timed.energy)


def _blocks(
    found: Found,
    metric: Metric,
    pairs: Sequence[Pair],
    value: Callable[[Turn], float],
    reason: str,
    note: str,
) -> None:
    """Adds a metric's blocks, if there are enough of which it can be told."""
    values = [(value(one), value(other)) for one, other in pairs]
    usable = [pair for pair in values if all(math.isfinite(v) and v > 0 for v in pair)]
    if not usable or len(usable) < len(values):
        found.lacks(metric.name, reason)
        return
    if len(usable) < LEAST_BLOCKS:
        found.lacks(metric.name, f"{len(usable)} blocks were timed; {LEAST_BLOCKS} are needed")
        return
    names = tuple(f"block {number}" for number in range(1, len(usable) + 1))
    base, optimized = np.array(usable, dtype=np.float64).T
    found.add(Paired(metric, names, names, base, optimized, notes=(note,)))


def _joined(pairs: Sequence[Pair], percent: int) -> tuple[list[Pair], int]:
    """Joins blocks until each has the requests of a percentile; with how many that takes in all.

    A median of few is one of them all the same, so that it takes each block as it is.
    """
    size = len(pairs[0][0].seconds) if pairs else 1
    each = 1 if percent == 50 else math.ceil(least(percent) / size)  # noqa: PLR2004
    joined = [
        (_one([a for a, _ in some]), _one([b for _, b in some]))
        for at in range(0, len(pairs) - each + 1, each)
        if (some := pairs[at : at + each])
    ]
    wanted = LEAST_BLOCKS * each * size
    return (joined if len(joined) >= LEAST_BLOCKS else []), wanted


def _one(turns: Sequence[Turn]) -> Turn:
    seconds = tuple(value for turn in turns for value in turn.seconds)
    return Turn(seconds, (), ())


def _first(turn: Turn) -> float:
    known = [value for value in turn.first if value is not None]
    return float(np.median(known)) if known and len(known) == len(turn.first) else math.nan


def _percentile(percent: int, turn: Turn) -> float:
    return float(np.percentile(turn.seconds, percent)) if turn.seconds else math.nan


def _tokens(turn: Turn) -> float:
    return math.nan if None in turn.tokens else float(sum(filter(None, turn.tokens)))


def _speed(turn: Turn) -> float:
    taken = sum(turn.seconds)
    return _tokens(turn) / taken if taken else math.nan


def _joules(turn: Turn) -> float:
    tokens = _tokens(turn)
    return 1000 * turn.joules / tokens if tokens > 0 and turn.joules else math.nan


def _numbers(found: Found, base: Run, optimized: Run) -> None:
    runs = (base, optimized)
    elsewhere = any(run.identity.get("kind") == ENDPOINT for run in runs)
    reason = "the model runs in another process" if elsewhere else "the system does not tell it"
    memory = [None if elsewhere else run.usage.memory for run in runs]
    _value(found, MEMORY, memory, reason)
    device = [None if elsewhere else run.usage.device_memory for run in runs]
    _value(found, DEVICE, device, reason if elsewhere else "no accelerator was in use")
    sizes = [run.identity.get("bytes") for run in runs]
    _value(found, SIZE, sizes, "the files of the weights are not at hand")


def _value(found: Found, metric: Metric, pair: Sequence[Any], reason: str) -> None:
    if any(not isinstance(value, int) or value <= 0 for value in pair):
        found.lacks(metric.name, reason)
        return
    base, optimized = (np.array([value], dtype=np.float64) for value in pair)
    found.add(Paired(metric, ("run",), ("run",), base, optimized))


def _answers(
    found: Found, base: Run, optimized: Run, suites: Sequence[Suite], terms: Terms
) -> None:
    both = [said(run) for run in (base, optimized)]
    cases = [
        (f"{suite.name}/{case.id}", f"{suite.name}/{case.cluster}", (suite.name, case.id))
        for suite in suites
        for case in suite.cases
    ]
    cases = [one for one in cases if all(one[2] in side for side in both)]
    keys = [key for _, _, key in cases]
    if any(not answer.counted for side in both for key in keys for answer in side[key]):
        for metric in (TOKENS, PRICE):
            found.lacks(metric.name, "a server does not count tokens")
        return
    _means(found, TOKENS, cases, both, lambda answer: answer.count)
    price = terms.price
    if price is None:
        found.lacks(PRICE.name, "no price is stated")
        return
    _means(found, PRICE, cases, both, lambda a: price.of(a.prompt_count, a.count, a.cached or 0))


def said(run: Run) -> Mapping[tuple[str, str], Sequence[Answer]]:
    """Returns the answers of a run by suite and case, of cases of which none failed."""
    found: defaultdict[tuple[str, str], list[Answer]] = defaultdict(list)
    for row in run.answers:
        if not row.repeat:
            found[row.suite, row.case].append(row.answer)
    return {key: some for key, some in found.items() if all(one.error is None for one in some)}


def _means(
    found: Found,
    metric: Metric,
    cases: Sequence[tuple[str, str, tuple[str, str]]],
    both: Sequence[Mapping[tuple[str, str], Sequence[Answer]]],
    value: Callable[[Answer], float],
) -> None:
    base, optimized = (
        np.array([np.mean([value(one) for one in side[key]]) for _, _, key in cases], dtype=float)
        for side in both
    )
    if not len(cases) or not base.sum() or not optimized.sum():
        found.lacks(metric.name, "no case was answered with a token by both models")
        return
    names, clusters, _ = zip(*cases, strict=True)
    weights = np.ones(len(cases))
    found.add(Paired(metric, names, clusters, base, optimized, weights))
