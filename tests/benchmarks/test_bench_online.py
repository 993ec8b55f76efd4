"""The stated numbers of online drift, simulated: fewer agents than in the benchmark, same seeds."""

from __future__ import annotations

import numpy as np
import pytest
from tests.benchmarks import bench_online as bench

MONTH = bench.Traffic(requests=100_000)


@pytest.mark.slow
def test_false_alarms_are_those_that_are_allowed():
    """Twelve streams, references of 10,000 rows, one alarm a month: the luck of each counts."""
    told = bench.false_alarms(150, bench.Traffic(requests=40_000))
    assert 0.7 <= sum(told.values()) <= 1.3


@pytest.mark.slow
def test_a_smaller_reference_alarms_no_more_often():
    told = bench.false_alarms(100, bench.Traffic(requests=30_000, rows=2_000))
    assert sum(told.values()) <= 1.3


def test_a_block_rate_of_two_and_then_five_per_cent_is_found_soon():
    assert np.median(bench.rate_delay(1_000, 0.02, 0.05, MONTH)) <= 500


@pytest.mark.parametrize("requests", [100_000, 2_600_000])
def test_a_shift_of_scores_is_found_soon(requests):
    assert np.median(bench.beta_delay(400, 1.5, bench.Traffic(requests))) <= 130


def test_numbers_that_are_alike_do_not_alarm_for_it():
    careful, careless = bench.alike_alarms(8, 0.9, 10_000, 0.1)
    assert careful <= 0.25
    assert careless >= 0.75


def test_the_benchmark_runs(capsys):
    bench.main(["--fast"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 15
    assert lines[-1].startswith("one event: ")
