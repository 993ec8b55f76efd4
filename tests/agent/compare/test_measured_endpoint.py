"""Runs of models at servers, by a worker of their own, as comparisons make them."""

from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest
from tests.agent.compare.backends.rating import Server
from tests.agent.compare.backends.speaking import chats, streamed
from tests.agent.compare.small import recorded
from tests.agent.upstream import Said, Upstream

from tokenward.compare.backends.opened import open_backend
from tokenward.compare.case import Case
from tokenward.compare.drops import dropped
from tokenward.compare.gate.gate import Noise
from tokenward.compare.job import Job
from tokenward.compare.measure import measure
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UpstreamError

SAMPLING = Sampling(max_new_tokens=8)


def suite_of(count, name="tasks"):
    cases = [
        Case(f"c{n}", name, f"k{n}", ({"role": "user", "content": f"Where is parcel {n}?"},))
        for n in range(count)
    ]
    return Suite.of(name, name, cases, "test")


def run_of(upstream, suite, folder, reference=None, **options):
    return measure(
        f"{upstream.url}/v1#m", options, [suite], SAMPLING, noise=Noise(repeat=0), folder=folder,
        reference=reference, progress=lambda _: None,
    )  # fmt: skip


def failing(every):
    """A server of which one request in so many fails, and goes on to."""
    counter = itertools.count(1)

    def say(_):
        return Said({}, status=400) if next(counter) % every == 0 else streamed("a", "b")

    return chats(say)


def test_what_the_process_that_asks_uses_is_not_the_models(tmp_path):
    with Upstream(chats(streamed("a", "b"))) as upstream:
        run = run_of(upstream, suite_of(3), tmp_path)

    assert run.can == {"generate"}
    assert [row.answer.text for row in run.answers] == ["ab"] * 3
    assert (run.usage.memory, run.usage.joules, run.usage.energy) == (None, None, "unmeasured")
    assert run.usage.unmeasured == "the model runs elsewhere"


def test_one_failure_in_a_hundred_is_dropped_and_two_are_no_comparison(tmp_path):
    suite = suite_of(100)
    runs = {}
    for name, every in (("well", 1000), ("one", 100), ("two", 50)):
        with Upstream(failing(every)) as upstream:
            runs[name] = run_of(upstream, suite, tmp_path / name)

    assert dropped(runs["well"], runs["one"], [suite])["dropped"] == 1
    with pytest.raises(UpstreamError, match="2 of 100 cases failed"):
        dropped(runs["well"], runs["two"], [suite])


def test_as_many_cases_are_asked_at_once_as_the_user_says(tmp_path):
    """No answer comes before three requests are there."""
    together = threading.Barrier(3)

    def say(_):
        together.wait(10)
        return streamed("a")

    with Upstream(chats(say)) as upstream:
        source, options = f"{upstream.url}/v1#m", {"concurrency": "3"}
        told = Job(source, options, (suite_of(6),), SAMPLING, Noise(repeat=0), tmp_path)
        run = recorded(open_backend(source, options), told)

    assert [row.answer.error for row in run.answers] == [None] * 6


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_model_at_a_server_does_not_diverge_from_itself_in_process(tmp_path):
    suite = suite_of(3, "quality")
    base = measure(
        "demo", {"threads": "1"}, [suite], SAMPLING, noise=Noise(repeat=0),
        folder=tmp_path / "base", reference=None, progress=lambda _: None,
    )  # fmt: skip
    with Upstream(Server(open_backend("demo", {"threads": "1"}), top=20)) as upstream:
        served = run_of(upstream, suite, tmp_path / "served", base.folder)

    assert [row.answer.text for row in served.answers] == [row.answer.text for row in base.answers]
    for ours, theirs in zip(served.ratings, base.ratings, strict=True):
        np.testing.assert_allclose(ours.logprobs, theirs.logprobs, atol=1e-4)
        assert max(ours.kl) < 1e-4
        assert set(ours.agree) == {1}
