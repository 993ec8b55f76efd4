"""The order in which a run asks its model: batches that stay the same when a run goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tokenward.compare.backends.http.address import Options
from tokenward.compare.backends.opened import HTTP
from tokenward.compare.case import Case
from tokenward.compare.job import Job
from tokenward.compare.run import DRAWN
from tokenward.compare.suites.suite import Suite

Work = Literal["draw", "answer", "rate"]
DISTRIBUTED = frozenset({"quality"})
"""Formats of suites whose ratings are compared token by token, and not as sums alone; the base also
draws continuations of their cases, which both models rate."""


@dataclass(frozen=True, slots=True)
class Item:
    """One answer or rating: ``of`` is the sample's number, or the part that is rated."""

    case: Case
    of: str


@dataclass(frozen=True, slots=True)
class Step:
    """Items of a suite that are read together, at most ``batch`` of them."""

    work: Work
    suite: str
    format: str
    repeat: int
    batch: int
    items: tuple[Item, ...]


def steps(job: Job) -> tuple[Step, ...]:
    """Returns all steps of a job: draws of the base, then each repeat's answers and ratings."""
    return tuple(step for suite in job.suites for step in _of_suite(job, suite))


def together(job: Job) -> int:
    """Returns how many prompts are given to a model at a time: a server takes several requests."""
    if not job.source.startswith(HTTP):
        return job.sampling.batch
    return max(job.sampling.batch, Options.read(job.options).concurrency)


def repeats(job: Job) -> tuple[int, ...]:
    """Returns the batch size of each repeat; the first is the run itself.

    A batch of the noise floor that is the run's own would only show that arithmetic repeats: half
    as many are read together instead, or two where it is one prompt at a time.
    """
    own = together(job)
    other = own // 2 or 2
    again = [other if size == own else size for size in job.noise.batch]
    return (own, *(size for _ in range(job.noise.repeat) for size in again))


def _of_suite(job: Job, suite: Suite) -> Iterator[Step]:
    cases = [case for case in suite.cases if job.cases is None or case.id in job.cases]
    draws = suite.format in DISTRIBUTED
    if draws and job.reference is None:
        yield from _batched("draw", suite, 0, together(job), [Item(c, DRAWN) for c in cases])
    for repeat, batch in enumerate(repeats(job)):
        chosen = cases if repeat == 0 else subset(cases, job.noise_cases, job.sampling.seed)
        samples = [str(number) for number in range(job.sampling.samples)]
        asked = [Item(c, one) for c in chosen if c.answered or not c.rated for one in samples]
        yield from _batched("answer", suite, repeat, batch, asked)
        rated = [Item(c, part) for c in chosen for part in _parts(c, draws=draws)]
        yield from _batched("rate", suite, repeat, batch, rated)


def _parts(case: Case, *, draws: bool) -> list[str]:
    return [*(str(place) for place in range(len(case.rated))), *([DRAWN] if draws else [])]


def _batched(
    work: Work, suite: Suite, repeat: int, batch: int, items: Sequence[Item]
) -> Iterator[Step]:
    # prompts of about one length together: less padding
    ordered = sorted(items, key=lambda item: len(str(item.case.prompt))) if batch > 1 else items
    for at in range(0, len(ordered), batch):
        part = tuple(ordered[at : at + batch])
        yield Step(work, suite.name, suite.format, repeat, batch, part)


def subset(cases: Sequence[Case], least: int, seed: int) -> list[Case]:
    """Returns whole clusters of cases, drawn by the seed, until there are ``least`` cases.

    Twins of a pair lie in one cluster, so that a noise floor of their gap can be measured.
    """

    def place(cluster: str) -> bytes:
        return hashlib.sha256(f"{seed}\0{cluster}".encode()).digest()

    sizes: dict[str, int] = {}
    for case in cases:
        sizes[case.cluster] = sizes.get(case.cluster, 0) + 1
    taken: set[str] = set()
    count = 0
    for cluster in sorted(sizes, key=place):
        if count >= least:
            break
        taken.add(cluster)
        count += sizes[cluster]
    return [case for case in cases if case.cluster in taken]
