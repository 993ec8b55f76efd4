"""A comparison from beginning to end: suites, runs, metrics, statistics, the gate's outcome."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from tokenward.compare.asked import Asked, Progress, Side
from tokenward.compare.comparable import check_base, comparable, suites_told
from tokenward.compare.drops import dropped
from tokenward.compare.early import Look, looks
from tokenward.compare.gate.gate import Gate
from tokenward.compare.interleaved import Interleaved
from tokenward.compare.judge import judge, outcome
from tokenward.compare.kept import Kept
from tokenward.compare.limited import limited
from tokenward.compare.metrics import cost
from tokenward.compare.metrics.detectors import Detectors
from tokenward.compare.metrics.known import paired
from tokenward.compare.must_pass import judged
from tokenward.compare.openable import check_openable
from tokenward.compare.raced import raced
from tokenward.compare.result import Comparison, MetricResult, MustPass
from tokenward.compare.run import Run
from tokenward.compare.searched import with_bisection
from tokenward.compare.shown import shown_texts
from tokenward.compare.unmeasured import with_unmeasured
from tokenward.compare.vacuous import with_vacuous

Timed = tuple[Interleaved | None, str]


def compare(asked: Asked, progress: Progress) -> Iterator[Comparison]:
    """Yields a comparison for each optimized model, as soon as it is there.

    Models run one after the other, each in a process of its own. Raises `UsageError` for what
    cannot be compared, `UpstreamError` where a model fails.
    """
    for side in (asked.base, *asked.optimized):
        check_openable(side)
    base = Kept(asked, asked.base, progress)
    with Detectors() as detectors:
        for side in asked.optimized:
            started = time.perf_counter()
            found = _One(asked, base, Kept(asked, side, progress, base.folder), detectors)
            made = found.comparison(progress)
            yield replace(made, seconds=time.perf_counter() - started)


@dataclass(frozen=True, slots=True)
class _One:
    """One optimized model against the base."""

    asked: Asked
    base: Kept
    optimized: Kept
    detectors: Detectors

    def comparison(self, progress: Progress) -> Comparison:
        """Runs both sides, look by look where that was asked, and judges what they left."""
        asked, name = self.asked, self.optimized.side.name
        timed: Timed = (None, "")
        for look in looks(asked):
            runs = self.base.run(look), self.optimized.run(look)
            if look.first:
                check_base(runs[0], asked.gate)
                same = comparable(*runs, asked.gate)
                timed = raced(asked, self.optimized.side, progress)
            progress(f"{name}: scoring")
            results, unmeasured = self._judged(look, runs, timed)
            if look.decided(results):
                progress(f"{name}: decided at look {look.number} of {look.of}")
                break
        return Comparison(
            result=outcome(results, must_pass := self._must_pass(), asked.gate),
            base=identity(asked.base, runs[0]),
            optimized=identity(self.optimized.side, runs[1]),
            comparable={**same, "suites": suites_told(asked.suites)},
            metrics=with_bisection(asked, self.optimized.side, results, progress),
            must_pass=must_pass,
            cost={"base": used(runs[0]), "optimized": used(runs[1])},
            unmeasured=unmeasured,
            dropped=dropped(*runs, look.suites(asked.suites)),
            gate=gate_told(asked.gate, look),
            seconds=0.0,
            command=asked.command,
            versions=asked.versions,
            texts=shown_texts(*runs, results) if asked.texts else None,
        )

    def _judged(
        self, look: Look, runs: tuple[Run, Run], timed: Timed
    ) -> tuple[tuple[MetricResult, ...], tuple[str, ...]]:
        suites = look.suites(self.asked.suites)
        found, unmeasured = paired(*runs, suites, self.detectors)
        costs = cost.measured(*runs, suites, timed[0], self.asked.terms, timed[1])
        gate = look.gate(self.asked.gate)
        lines = (*unmeasured, *costs.unmeasured)
        rows = with_vacuous(judge([*found, *costs.paired], gate))
        results = with_unmeasured(rows, lines, gate)
        return limited(results, gate) if self.asked.limit else results, lines

    def _must_pass(self) -> tuple[MustPass, ...]:
        suite = self.asked.must_pass
        if suite is None:
            return ()
        runs = self.base.must_pass(suite), self.optimized.must_pass(suite)
        return judged(suite, *runs, self.detectors)


def identity(side: Side, run: Run) -> dict[str, Any]:
    """Returns what a report tells of a side."""
    sampling = asdict(run.sampling)
    if sampling["system"] is not None:  # it may hold what is confidential
        sampling["system"] = f"{len(sampling['system'])} characters"
    told = {
        **run.identity, "name": side.name, "options": dict(side.options), "sampling": sampling
    }  # fmt: skip
    return {**told, "axis": side.axis} if side.axis else told


def used(run: Run) -> dict[str, Any]:
    """Returns what a report tells of the run's own usage."""
    return asdict(run.usage)


def gate_told(gate: Gate, look: Look) -> dict[str, Any]:
    """Returns what a report tells of the gate."""
    told = gate.told() if look.alpha is None else {**gate.told(), "alpha": look.alpha}
    return told if look.of == 1 else {**told, "look": look.number, "looks": look.of}
