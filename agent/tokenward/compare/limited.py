"""Fewer cases than a suite has: drawn whole cluster by whole cluster, and never enough to pass."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, zip_longest
from typing import cast

from tokenward.compare.gate.gate import Gate
from tokenward.compare.judge import Size, impossible
from tokenward.compare.metrics.metric import Kind
from tokenward.compare.result import MetricResult
from tokenward.compare.suites.suite import Suite


def limit(suite: Suite, most: int | None, seed: int) -> Suite:
    """Returns a suite of at most so many cases; their order is kept.

    One of each cluster is drawn before a second of any, for clusters are what counts; twins of a
    pair come together.
    """
    if most is None or len(suite.cases) <= most:
        return suite
    taken: set[int] = set()
    for unit in _units(suite, random.Random(f"{seed} {suite.name}")):  # noqa: S311  # a draw
        if not taken or len(taken) + len(unit) <= most:
            taken.update(unit)
    return replace(suite, cases=tuple(suite.cases[place] for place in sorted(taken)))


def _units(suite: Suite, drawn: random.Random) -> Iterable[list[int]]:
    """Returns places of cases that stay together, the clusters in turn."""
    clusters: dict[str, dict[str, list[int]]] = {}
    for place, case in enumerate(suite.cases):
        units = clusters.setdefault(case.cluster, {})
        units.setdefault(case.pair or case.id, []).append(place)
    queues = [list(units.values()) for units in clusters.values()]
    drawn.shuffle(queues)
    for queue in queues:
        drawn.shuffle(queue)
    return chain.from_iterable(filter(None, turn) for turn in zip_longest(*queues))


def limited(results: Sequence[MetricResult], gate: Gate) -> tuple[MetricResult, ...]:
    """Returns results of a run with ``--limit``: what is below its floor cannot have passed."""
    return tuple(_limited(one, gate) for one in results)


def _limited(one: MetricResult, gate: Gate) -> MetricResult:
    if one.result != "pass":
        return one
    lines = impossible(gate, {one.name: Size(one.n, one.clusters, cast("Kind", one.kind))})
    if not lines:
        return one
    return replace(one, result="inconclusive", reason=f"too few with --limit: {lines[0]}")
