"""What is measured: a detector, or one of its types, run as a policy would run it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tokenward.errors import DetectorError, UsageError, one_of
from tokenward.evaluation.labelled import Labelled
from tokenward.guard import Guard
from tokenward.registry import Registry
from tokenward.types import Decision

THREADS = 8
"""As many texts as a batch of a model takes."""
AHEAD = 8 * THREADS
"""Texts that are given out before their turn, which bounds memory."""
DEADLINE_MS = 600_000

Scored = tuple[Labelled, tuple[Decision, ...]]


@dataclass(frozen=True, slots=True)
class Subject:
    """A detector by name, its plugin, and the type where one is named."""

    name: str
    plugin: str
    type: str | None

    @classmethod
    def find(cls, name: str, registry: Registry, option: str = "") -> Subject:
        """Finds a detector by its name, or by ``DETECTOR.TYPE``."""
        if name in registry.detectors:
            return cls(name, name, None)
        plugin, _, type_ = name.partition(".")
        if plugin not in registry.detectors or not type_:
            raise UsageError(
                f"{option}no detector {name!r}; {one_of(sorted(registry.detectors))}, "
                "or DETECTOR.TYPE"
            )
        return cls(name, plugin, type_)

    def open(self, settings: Mapping[str, Any], threshold: float, registry: Registry) -> Guard:
        """Returns a guard that runs the detector, and changes nothing."""
        rule = {
            "id": "measured",
            "stage": "output",
            "detect": {self.plugin: [self.type or "all"]},
            "when": f"score >= {threshold:.6f}",
            "action": "flag",
            "deadline_ms": DEADLINE_MS,
        }
        detectors = {self.plugin: {"plugin": self.plugin, **settings}}
        policy = {"name": "evaluate", "detectors": detectors, "rules": [rule]}
        return Guard.load(policy, registry=registry)


def types_of(decision: Decision) -> set[str]:
    """Returns the types for which a decision has a score."""
    return {name.partition(".")[2] for name in decision.scores}


def highest(decision: Decision, types: Iterable[str] | None) -> float:
    """Returns the highest score of a text, of some types where they are given."""
    wanted = None if types is None else set(types)
    return max(
        (
            score
            for name, score in decision.scores.items()
            if wanted is None or name.partition(".")[2] in wanted
        ),
        default=0.0,
    )


def decided(guards: Sequence[Guard], rows: Iterable[Labelled]) -> Iterator[Scored]:
    """Yields each row with a decision of each guard, in order; few rows are in hand at once.

    Several rows are decided at a time where a worker scores batches.
    """
    detectors = [d for guard in guards for d in guard.engine.compiled.detectors.values()]
    inline = all(getattr(one, "inline", True) for one in detectors)
    if inline:
        for row in rows:
            yield row, _whole(guards, row)
        return
    pool = ThreadPoolExecutor(THREADS)
    try:
        yield from _ahead(pool, guards, iter(rows))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _ahead(
    pool: ThreadPoolExecutor, guards: Sequence[Guard], rows: Iterator[Labelled]
) -> Iterator[Scored]:
    waiting: deque[tuple[Labelled, Future[tuple[Decision, ...]]]] = deque()
    while True:
        for row in islice(rows, AHEAD - len(waiting)):
            waiting.append((row, pool.submit(_whole, guards, row)))
        if not waiting:
            return
        row, future = waiting.popleft()
        yield row, future.result()


def _whole(guards: Sequence[Guard], row: Labelled) -> tuple[Decision, ...]:
    decisions = tuple(guard.check(row.text, context=row.context) for guard in guards)
    for decision in decisions:
        if decision.degraded:
            raise DetectorError(f"{row.where}: {_why(decision)}")
    return decisions


def _why(decision: Decision) -> str:
    """Returns why a text has no score."""
    names, reasons = ", ".join(decision.degraded), ", ".join(decision.reasons.values())
    told = f"detector {names!r} did not run to its end: "
    if reasons:
        return f"{told}{reasons}; leave such rows out, or give --settings that have it score them"
    return f"{told}it raised an error, or gave no score from 0 to 1"
