"""The order in which a model is asked: batches, requests at once, and what is repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from tokenward.compare.gate.gate import Noise
from tokenward.compare.job import Job
from tokenward.compare.metrics.people import Twins
from tokenward.compare.sampling import Sampling
from tokenward.compare.steps import repeats, steps, subset
from tokenward.compare.suites.known import load_suites

SERVER = "http://127.0.0.1:8000/v1#m"


def job(source="demo", batch=1, **options):
    (suite,) = load_suites(["pairs"])
    return Job(source, options, (suite,), Sampling(batch=batch), Noise(), Path("none"))


@pytest.mark.parametrize("least", [1, 10, 100, 10_000])
def test_the_noise_floor_is_of_whole_pairs(least):
    (suite,) = load_suites(["pairs"])
    every = Twins.of(case for case in suite.cases if case.rated).cases
    chosen = Twins.of(case for case in subset(suite.cases, least, seed=3) if case.rated).cases
    assert chosen
    assert chosen.items() <= every.items()  # each with all of its twins
    assert (len(chosen) == len(every)) == (least > len(suite.cases))


def test_a_server_gets_as_many_requests_at_once_as_the_user_says():
    sizes = {len(step.items) for step in steps(job(SERVER, concurrency="6")) if not step.repeat}
    assert 6 == max(sizes)


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        (job(SERVER), 1),
        (job(SERVER, concurrency="6"), 6),
        (job(SERVER, batch=9, concurrency="6"), 9),
        (job("demo", batch=2), 2),
    ],
)
def test_a_batch_is_what_is_asked_together_and_the_floor_has_another(asked, first):
    own, again = repeats(asked)
    assert own == first
    assert again != own
