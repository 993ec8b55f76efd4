"""A comparison from beginning to end: suites, runs, metrics, statistics, the gate's outcome."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tokenward.compare.asked import Asked, Progress, Side
from tokenward.compare.comparable import check_anchor, check_recorded, comparable
from tokenward.compare.drops import dropped
from tokenward.compare.early import Look, looks
from tokenward.compare.gate.gate import Gate, Noise
from tokenward.compare.judge import judge, outcome
from tokenward.compare.limited import limited
from tokenward.compare.measure import measure
from tokenward.compare.metrics.detectors import Detectors
from tokenward.compare.metrics.known import paired
from tokenward.compare.must_pass import SAMPLES, judged
from tokenward.compare.recorded import read_run
from tokenward.compare.result import Comparison, MetricResult, MustPass
from tokenward.compare.run import Run
from tokenward.compare.shown import shown_texts
from tokenward.compare.suites.suite import Suite
from tokenward.compare.unmeasured import with_unmeasured
from tokenward.errors import UsageError

MUST_PASS = "must_pass"
"""The folder, in a run's own, of the cases that must never fail."""


def compare(asked: Asked, progress: Progress) -> Iterator[Comparison]:
    """Yields a comparison for each optimized model, as soon as it is there.

    Models run one after the other, each in a process of its own. Raises `UsageError` for what
    cannot be compared, `UpstreamError` where a model fails.
    """
    base = Recorded(asked, asked.base, progress)
    with Detectors() as detectors:
        for side in asked.optimized:
            started = time.perf_counter()
            optimized = Recorded(asked, side, progress, reference=base)
            made = _one(asked, base, optimized, detectors)
            yield replace(made, seconds=time.perf_counter() - started)


def _one(
    asked: Asked, base: Recorded, optimized: Recorded, detectors: Detectors
) -> Comparison:
    """Runs both sides, look by look where that was asked, and judges what they left."""
    for look in looks(asked):
        runs = base.run(asked.suites, look.cases), optimized.run(asked.suites, look.cases)
        if look.first:
            check_base(runs[0], asked.gate)
            same = comparable(*runs, asked.gate)
        found = _measured(asked, look, runs, detectors)
        if look.decided(found.judged):
            asked.progress(f"{optimized.side.name}: decided at look {look.number} of {look.of}")
            break
    if not look.skips_cost(asked.gate):
        found = _measured(asked, look, runs, detectors, *raced(asked, optimized.side))
    must_pass = ()
    if asked.must_pass is not None:
        tried = (one.must_pass(asked.must_pass) for one in (base, optimized))
        must_pass = judged(asked.must_pass, *tried, detectors)
    return _told(asked, look, runs, optimized.side, same, found, must_pass)


def identity(side: Side, run: Run) -> dict[str, Any]:
    """Returns what a report tells of a side."""
    return {**run.identity, "name": side.name, "options": dict(side.options)}


def gate_told(gate: Gate, look: Look) -> dict[str, Any]:
    """Returns what a report tells of the gate."""
    told = {
        "source": gate.source,
        "sha256": gate.sha256,
        "alpha": gate.alpha,
        "power": gate.power,
        "on_inconclusive": gate.on_inconclusive,
    }
    return told if look.of == 1 else {**told, "look": look.number, "looks": look.of}
