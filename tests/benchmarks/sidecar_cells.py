"""The cells of the sidecar's benchmark, and what is taken of each in a round.

Two delays are told of a chunk. The **whole delay** is from when the model sent it to when the client
has its last character. It holds what a rule waits for: where an e-mail address may begin, a word
leaves when it is closed, which is with the next chunk or the one after it, 25 ms later at 40 chunks
a second, by design and whatever the sidecar costs. The **own delay** leaves that out: from when the
model sent a chunk to when the client has all characters that this chunk settled. Which those are,
the engine says, which is fed the same chunks in this process; blanks at their end are left out: they
wait for their word, so that its event can leave as it came. For a proxy that looks at nothing a
chunk settles its own characters, and both delays are one.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, chain
from pathlib import Path

import uvloop
from tests.benchmarks.sidecar_load import Taken, Work, delays, ended, put_through, sent, texts
from tests.benchmarks.sidecar_processes import Running, cpu_seconds, waited
from tests.benchmarks.sidecar_texts import Answer, leaked

from tokenward import Guard

FORTY = Path(__file__).with_name("sidecar_forty.yaml")
POLICIES = {"forty": str(FORTY), "pii-secrets": "pii-secrets"}
SIDECARS = {**{name: (policy, "") for name, policy in POLICIES.items()}, "store": (str(FORTY), "s")}
"""Policy and store of each sidecar that is measured."""
WRITING = 0.3
"""Seconds that a proxy gets for what it does behind the last answer: records are written."""

Settled = Callable[[Answer], Sequence[int]]


@dataclass(frozen=True)
class Cell:
    """Work, and the sidecars that it is put through beside nginx and the plain proxy."""

    work: Work
    sidecars: tuple[str, ...]
    tiny: Work


BOTH = tuple(POLICIES)
FEW = Work(clients=2, chunks=20)
CELLS = {
    "long8": Cell(Work(8, 400, rate=80, ramp=0.5), BOTH, Work(2, 20, rate=80)),
    "paced64": Cell(Work(64, 40, rate=40, ramp=1), BOTH, Work(2, 20, rate=80)),
    "many256": Cell(Work(256, 160, rate=40, ramp=1), ("forty",), Work(4, 20, rate=80)),
    "whole16": Cell(Work(16, 250, repeats=50, stream=False), ("forty", "pii-secrets", "store"),
                    Work(2, 20, repeats=2, stream=False)),
    "leaks": Cell(Work(16, 200, repeats=4, planted=True), BOTH, Work(2, 60, planted=True)),
    "leaks_whole": Cell(Work(16, 200, repeats=4, planted=True, stream=False), BOTH,
                        Work(2, 60, planted=True, stream=False)),
}  # fmt: skip


@dataclass
class Sample:
    """What one round of a cell gave for one proxy; times in seconds."""

    cpu: float
    requests: int
    chunks: int = 0
    chunks_asked: int = 0
    waited: float = math.nan
    errors: int = 0
    changed: int = 0
    clean: int = 0
    planted: int = 0
    leaked: int = 0
    whole: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)

    @property
    def per_chunk(self) -> float:
        """CPU microseconds of a chunk that came."""
        return self.cpu / max(1, self.chunks) * 1e6

    @property
    def starved(self) -> float:
        """Percentage of the time in which it wanted the core that others had it."""
        return 100 * self.waited / (self.waited + self.cpu)

    @property
    def per_request(self) -> float:
        """CPU milliseconds of a request."""
        return self.cpu / self.requests * 1e3


def quantile(values: Sequence[float], share: float) -> float:
    """Returns the value that a share of the values do not exceed; of none it is not a number.

    >>> quantile([3.0, 1.0, 2.0], 0.5)
    2.0
    """
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else math.nan


def at_once(answer: Answer) -> Sequence[int]:
    """Returns how many characters have been settled after each chunk where nothing is looked at."""
    return list(accumulate(map(len, answer.chunks)))


def by_policy(policy: str) -> Settled:
    """Returns what tells the same for a policy."""
    guard = Guard.load(policy)

    @lru_cache(maxsize=1024)
    def settled(answer: Answer) -> Sequence[int]:
        stream = guard.stream()
        sizes = accumulate(len(stream.feed(piece)) for piece in answer.chunks)
        ends = [len(answer.text[:size].rstrip()) for size in sizes]
        return [*ends[:-1], len(answer.text)]  # the end of the text comes with its last chunk

    return settled


def measured(proxy: Running, model: Running, work: Work, settled: Settled) -> Sample:
    """Puts a cell's work through a proxy once."""
    spent, lost = cpu_seconds(proxy.pid), waited(proxy.pid)
    taken, times = uvloop.run(through(proxy.port, model.port, work))
    sample = Sample(cpu_seconds(proxy.pid) - spent, work.requests, waited=waited(proxy.pid) - lost)
    for one in taken:
        note(sample, one, work, times.get(one.ident, []), settled)
    return sample


async def through(port: int, model: int, work: Work) -> tuple[list[Taken], dict[int, list[float]]]:
    """Puts work through a port; returns what came, and when the model sent it."""
    taken = await put_through(port, work)
    await asyncio.sleep(WRITING)
    return taken, await sent(model)


def note(
    sample: Sample, taken: Taken, work: Work, times: Sequence[float], settled: Settled
) -> None:
    """Adds what came of a request."""
    answer = work.answer(taken.number)
    sample.chunks_asked += len(answer.chunks)
    if not ended(taken, work):
        sample.errors += 1
        return
    pieces = texts(taken, work)
    text = "".join(piece for _, piece in pieces)
    sample.planted += len(answer.values)
    sample.leaked += sum(leaked(value, text) for _, value in answer.values)
    if work.planted:
        return
    sample.clean += 1
    if text != answer.text:
        sample.changed += 1
        return
    sample.chunks += len(answer.chunks)
    if work.stream:
        sample.whole += delays(pieces, at_once(answer), times)
        sample.own += delays(pieces, settled(answer), times)


def rendered(cells: Sequence[Work], model: Running) -> None:
    """Has the model make all answers before they are asked for in earnest."""
    for work in cells:
        plain = Work(work.clients, work.chunks, work.repeats, stream=True, planted=work.planted)
        uvloop.run(through(model.port, model.port, plain))


def merged(samples: Sequence[Sample], name: str) -> list[float]:
    """Returns the delays of all rounds."""
    return list(chain.from_iterable(getattr(sample, name) for sample in samples))
