"""What is found of costs, and what is left unmeasured with its reason."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tokenward.compare.backends.base import Answer
from tokenward.compare.case import Case
from tokenward.compare.gate.gate import Bound, Gate
from tokenward.compare.interleaved import Interleaved, Turn
from tokenward.compare.judge.judging import judge
from tokenward.compare.metrics.cost import METRICS, Terms, measured
from tokenward.compare.run import AnswerRow, Run, Usage
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.suite import Suite
from tokenward.meters.price import Price

SUITE = Suite.of(
    "tasks", "tasks", [Case(f"c{n}", "tasks", f"k{n}", "text") for n in range(60)], "test"
)
GIGABYTE = 2**30


def run_of(tokens=10, *, kind="transformers", memory=GIGABYTE, size=1000, **answer):
    rows = [
        AnswerRow("tasks", case.id, 0, Answer("a", "stop", tokens + n % 3, 50, 1.0, **answer))
        for n, case in enumerate(SUITE.cases)
    ]
    identity = {"kind": kind, "bytes": size}
    usage = Usage(1.0, 1.0, 1.0, memory=memory)
    return Run(Path(), identity, Sampling(), {}, frozenset(), usage, tuple(rows))


def timed(base, optimized, *, requests=4, joules=2.0, tokens=16, energy_measured=True, **more):
    """Returns blocks whose requests take these seconds, a block each."""
    sides = [
        tuple(Turn((value,) * requests, (value / 10,) * requests, (tokens,) * requests, joules)
              for value in values)
        for values in (base, optimized)
    ]  # fmt: skip
    told = {"clock": "wall", "energy": "rapl", "energy_measured": energy_measured}
    return Interleaved(*sides, **told, prompts=requests, **more)


def found(base=None, optimized=None, **more):
    return measured(base or run_of(), optimized or run_of(), [SUITE], **more)


def values(told):
    return {one.metric.name.removeprefix("cost."): one for one in told.paired}


def reasons(told):
    return dict(line.removeprefix("cost.").split(": ", 1) for line in told.unmeasured)


def test_every_metric_is_either_measured_or_has_a_reason():
    terms = Terms(Price(1.0, 2.0), 400.0)
    for told in (found(), found(timed=timed([1.0] * 9, [2.0] * 9), terms=terms)):
        names = {f"cost.{name}" for name in (*values(told), *reasons(told))}

        assert names == {metric.name for metric in METRICS}
        assert len(names) == len(told.paired) + len(told.unmeasured)


def test_times_are_compared_block_by_block():
    told = values(found(timed=timed([1.0, 2.0] * 4, [2.0, 2.0] * 4)))

    assert told["latency_p50"].base.tolist() == [1.0, 2.0] * 4
    assert told["latency_p50"].optimized.tolist() == [2.0] * 8
    assert told["first_token_p50"].base.tolist() == [0.1, 0.2] * 4
    assert told["tokens_per_second"].base.tolist() == [16.0, 8.0] * 4


@pytest.mark.parametrize(
    ("requests", "blocks", "names"),
    [
        (4, 16, {"latency_p50"}),
        (30, 15, {"latency_p50"}),
        (30, 16, {"latency_p50", "latency_p95"}),
        (60, 40, {"latency_p50", "latency_p95", "latency_p99"}),
    ],
)
def test_a_percentile_waits_for_enough_requests_in_eight_joined_blocks(requests, blocks, names):
    told = found(timed=timed([1.0] * blocks, [1.0] * blocks, requests=requests))

    assert {name for name in values(told) if name.startswith("latency")} == names
    for name in {"latency_p95", "latency_p99"} - names:
        assert "requests are needed" in reasons(told)[name]


def test_fewer_than_eight_blocks_tell_nothing():
    told = found(timed=timed([1.0] * 7, [1.0] * 7))

    assert "latency_p50" not in values(told)
    assert reasons(told)["tokens_per_second"] == "7 blocks were timed; 8 are needed"


def test_energy_is_told_for_a_thousand_tokens_and_in_grams_by_the_factor():
    told = values(found(timed=timed([1.0] * 8, [1.0] * 8), terms=Terms(carbon=360.0)))

    assert told["energy_per_1k"].base[0] == pytest.approx(2.0 / 64 * 1000)
    assert told["co2_per_1k"].base[0] == pytest.approx(told["energy_per_1k"].base[0] / 1e4)
    assert told["energy_per_1k"].notes == ("rapl",)


def test_energy_that_was_not_measured_is_no_number():
    blocks = timed([1.0] * 8, [1.0] * 8, energy_measured=False)
    told = found(timed=replace(blocks, energy="no RAPL counters"), terms=Terms(carbon=1.0))

    assert reasons(told)["energy_per_1k"] == reasons(told)["co2_per_1k"] == "no RAPL counters"


def test_without_a_factor_and_without_a_price_there_are_none():
    told = reasons(found(timed=timed([1.0] * 8, [1.0] * 8)))

    assert told["co2_per_1k"].startswith("no factor is stated")
    assert told["price_per_answer"] == "no price is stated"


def test_a_server_that_counts_no_tokens_has_no_throughput():
    blocks = timed([1.0] * 8, [1.0] * 8)
    uncounted = tuple(replace(turn, tokens=(None,) * 4) for turn in blocks.base)
    told = found(
        run_of(counted=False), timed=replace(blocks, base=uncounted), terms=Terms(Price(1, 1))
    )

    for name in ("tokens_per_second", "energy_per_1k"):
        assert reasons(told)[name] == "the server does not count tokens"
    for name in ("tokens_per_answer", "price_per_answer"):
        assert reasons(told)[name] == "a server does not count tokens"
    assert "latency_p50" in values(told)


def test_memory_and_size_are_of_the_model_and_not_of_who_asks_it():
    here, there = found(), found(optimized=run_of(kind="endpoint", size=None))

    assert values(here)["memory"].base.tolist() == [GIGABYTE]
    assert values(here)["size"].optimized.tolist() == [1000]
    assert reasons(here)["device_memory"] == "no accelerator was in use"
    assert reasons(there)["memory"] == "the model runs in another process"
    assert reasons(there)["size"] == "the files of the weights are not at hand"


def test_a_model_that_talks_longer_costs_more_for_an_answer():
    told = values(found(optimized=run_of(20), terms=Terms(Price(0.0, 1.0))))

    tokens, price = told["tokens_per_answer"], told["price_per_answer"]
    assert tokens.optimized.sum() - tokens.base.sum() == 10 * 60
    np.testing.assert_allclose(price.optimized / price.base, tokens.optimized / tokens.base)
    assert tokens.weights.tolist() == [1.0] * 60


def test_cases_that_failed_on_one_side_cost_neither():
    broken = run_of()
    rows = [replace(broken.answers[0], answer=replace(broken.answers[0].answer, error="late"))]
    told = values(found(optimized=replace(broken, answers=(*rows, *broken.answers[1:]))))

    assert "tasks/c0" not in told["tokens_per_answer"].cases
    assert len(told["tokens_per_answer"].cases) == 59


GATE = Gate((Bound("cost.latency_p50", 0.1, unit="%"),))


def outcome(blocks):
    (row,) = judge([values(found(timed=blocks))["latency_p50"]], GATE)
    return row.result


def test_on_a_restless_machine_times_are_left_open():
    rng = np.random.default_rng(1)
    noise = np.exp(rng.normal(0, 0.5, (100, 2, 16)))

    states = Counter(outcome(timed(base.tolist(), same.tolist())) for base, same in noise)

    assert states["inconclusive"] >= 80
    assert states["fail"] <= 5  # what alpha allows, at most


def test_a_quiet_machine_settles_it():
    base = [1.0 + n / 1000 for n in range(16)]

    assert outcome(timed(base, base)) == "pass"
    assert outcome(timed(base, [1.5 * value for value in base])) == "fail"


def test_nothing_unmeasured_becomes_a_number():
    told = found(run_of(memory=None, size=0), reason="it was not wanted")

    assert reasons(told)["latency_p50"] == "it was not wanted"
    assert not {"memory", "size"} & set(values(told))
    for one in told.paired:
        assert all(map(math.isfinite, [*one.base, *one.optimized]))
