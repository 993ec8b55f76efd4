"""Compares logs of other tools: read, put side by side, judged; no model runs.

Without a gate file every share may get worse by 3 points, and a perplexity by 2 %; of a group of
tasks the group is judged, and its tasks are shown.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tokenward.compare.asked import Asked, Side
from tokenward.compare.comparable import comparable
from tokenward.compare.compared import gate_told, identity, used
from tokenward.compare.early import Look
from tokenward.compare.gate.gate import Bound, Gate
from tokenward.compare.gate.read import read_gate
from tokenward.compare.imported.known import read_imported
from tokenward.compare.imported.logged import GROUPS
from tokenward.compare.judge import judge, outcome
from tokenward.compare.metrics.metric import Metric, Paired
from tokenward.compare.metrics.scores import measured, metrics
from tokenward.compare.result import Comparison
from tokenward.compare.run import Run
from tokenward.compare.unmeasured import with_unmeasured
from tokenward.errors import UsageError

SHARE = Bound("", 0.03, "pp", reason="no gate file: three points worse is what users would see")
QUOTIENT = Bound("", 0.02, "%", reason="no gate file: texts two in a hundred more surprising")


def logs_gate(base: Side, path: Path | None, suites: Sequence[str]) -> Gate:
    """Returns the gate over what the base's log has; without a file one that says so.

    Raises:
        UsageError: where suites are named, or the gate names what the log does not have.
    """
    if suites:
        raise UsageError(
            f"--suite {suites[0]}: a log has the tasks that were run for it; leave --suite out"
        )
    run = read_imported(base.source)
    known = metrics(run)
    if path is not None:
        gate = read_gate(path, known)
        if gate.must_pass:
            raise UsageError(f"{path}: must_pass cases are asked, and a log answers nothing")
        return gate
    bounds = tuple(_default(run, known))
    if not bounds:
        raise UsageError(
            f"{base.source}: it has no share and no perplexity, and nothing else has a margin by "
            f"default; give --gate with one of: {', '.join(known)}"
        )
    return Gate(bounds=bounds, source="default gate of logs")


def _default(run: Run, known: Mapping[str, Metric]) -> Iterator[Bound]:
    tasks = {row.metric: row.suite for row in run.scores}
    grouped = {task for some in run.details.get(GROUPS, {}).values() for task in some}
    for name, metric in known.items():
        if metric.better == "none" or tasks[name] in grouped:
            continue
        if metric.kind in {"binary", "bounded"}:
            yield replace(SHARE, metric=name)
        elif metric.kind == "ratio":
            yield replace(QUOTIENT, metric=name)


def compare_logs(asked: Asked) -> Iterator[Comparison]:
    """Yields a comparison of the base's log with each of the others.

    Raises:
        UsageError: where a side is no log, or a log is of other documents.
        UpstreamError: where more than 1 % of the samples failed.
    """
    base = read_imported(asked.base.source)
    for side in asked.optimized:
        started = time.perf_counter()
        made = _compared(asked, base, read_imported(side.source), side)
        yield replace(made, seconds=time.perf_counter() - started)


def _compared(asked: Asked, base: Run, optimized: Run, side: Side) -> Comparison:
    found = measured(base, optimized)
    results = with_unmeasured(judge(found.paired, asked.gate), found.unmeasured, asked.gate)
    return Comparison(
        result=outcome(results, (), asked.gate),
        base=identity(asked.base, base),
        optimized=identity(side, optimized),
        comparable={
            **comparable(base, optimized, asked.gate),
            "prompts": _same_prompts(base, optimized),
        },
        metrics=results,
        must_pass=(),
        cost={"base": used(base), "optimized": used(optimized)},
        unmeasured=tuple(found.unmeasured),
        dropped=_dropped(found.paired),
        gate=gate_told(asked.gate, Look(1, 1)),
        seconds=0.0,
        command=asked.command,
        versions=asked.versions,
    )


def _same_prompts(base: Run, optimized: Run) -> bool | None:
    """Tells whether both were asked in the same words; ``None`` where the logs do not say."""
    ours, theirs = (
        {(row.suite, row.case): row.prompt for row in run.scores if row.prompt}
        for run in (base, optimized)
    )
    return ours == theirs if ours and theirs else None


def _dropped(found: Sequence[Paired]) -> Mapping[str, Any]:
    lost = {f"{one.metric.name}/{case}" for one in found for case in one.dropped}
    return {
        "cases": max((len(one.cases) + len(one.dropped) for one in found), default=0),
        "dropped": len(lost),
        "ids": sorted(lost),
    }
