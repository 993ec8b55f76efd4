"""Draws batches in other processes, or keeps them, so that an accelerator need not wait."""

from __future__ import annotations

import itertools
import multiprocessing
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tokenward_plugins.encoder.train.batches import Batch, Sampler, Variety
from tokenward_plugins.encoder.train.vocabulary import Cutter
from tokenward_plugins.linear.train.rows import Row

AHEAD = 8
"""Batches that a process has ready."""


@contextmanager
def fed(
    rows: Sequence[Row], cutter: Cutter, variety: Variety, seed: int, size: int, workers: int
) -> Iterator[Iterator[Batch]]:
    """Yields batches without end; the same ones for the same seed and number of workers.

    Processes take turns, and each draws with a seed of its own.
    """
    if not workers:
        yield Sampler(rows, cutter, variety, seed).batches(size)
        return
    context = multiprocessing.get_context("spawn")
    queues = [context.Queue(AHEAD) for _ in range(workers)]
    started = [
        context.Process(
            target=_draw,
            args=(queue, rows, cutter.tokens, variety, seed * workers + number, size),
            daemon=True,
        )
        for number, queue in enumerate(queues)
    ]
    for process in started:
        process.start()
    try:
        yield _in_turns(queues)
    finally:
        for process in started:
            process.terminate()
            process.join()


def again(batches: Iterator[Batch], count: int, seed: int) -> Iterator[Batch]:
    """Yields the first batches, again and again, each time in another order.

    >>> some = again(iter("abc"), 2, 0)
    >>> sorted(next(some) for _ in range(4))
    ['a', 'a', 'b', 'b']
    """
    kept = list(itertools.islice(batches, count))
    draw = random.Random(seed)
    while True:
        yield from draw.sample(kept, len(kept))


def _draw(
    queue: Any, rows: Sequence[Row], tokens: Sequence[str], variety: Variety, seed: int, size: int
) -> None:
    for batch in Sampler(rows, Cutter(tokens), variety, seed).batches(size):
        queue.put(batch)


def _in_turns(queues: Sequence[Any]) -> Iterator[Batch]:
    while True:
        for queue in queues:
            yield queue.get()
