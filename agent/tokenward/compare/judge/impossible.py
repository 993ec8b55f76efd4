"""Gates that no model could pass with the cases there are: told before any model runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tokenward.compare.gate.gate import Bound, Gate
from tokenward.compare.gate.matching import bound_for
from tokenward.compare.metrics.metric import Kind
from tokenward.statistics.planning import Way, floor, unseen

FEWEST_CLUSTERS = 10
"""Fewer do not tell how much alike cases of a cluster are; a gated metric is refused."""
SHARES = ("binary", "bounded")
NOISELESS = ("value", "blocks")


@dataclass(frozen=True, slots=True)
class Size:
    """How many cases and clusters a metric will have, and of which kind its values are."""

    cases: int
    clusters: int
    kind: Kind


def impossible(gate: Gate, sizes: Mapping[str, Size]) -> list[str]:
    """Returns a line for each bound that cannot be kept, by the names of metrics.

    Of a share even without any change, for what is rarer than the cases could show is not ruled
    out: it takes more than about 2.71 (1 - M) / M clusters for a margin M at alpha 0.05. Cases of a
    cluster that never change count as one, for they may never change together.

    >>> bounds = (Bound("a.b", 0.02, "pp", where="gate.yaml:3:3"),)
    >>> impossible(Gate(bounds), {"a.b": Size(200, 50, "binary")})
    ['gate.yaml:3:3: a.b: 50 clusters (200 cases) cannot keep a margin of 2 pp even if no case fails; it takes 135 clusters, or 5.4 pp']
    """  # noqa: E501
    told = []
    for name, size in sizes.items():
        bound = bound_for(name, gate.bounds)
        if bound is not None:
            place = f"{bound.where}: " if bound.where else ""
            told += [f"{place}{name}: {line}" for line in _lines(bound, size, gate.alpha)]
    return told


def _lines(bound: Bound, size: Size, alpha: float) -> Iterator[str]:
    if size.kind in NOISELESS:
        return
    if size.clusters < FEWEST_CLUSTERS:
        yield few(size.clusters)
        return
    if size.kind not in SHARES:
        return
    single: Way = "flips" if size.kind == "binary" else "alone"
    if bound.margin is not None and bound.unit != "%":
        paired: Way = "flips" if size.kind == "binary" else "bounded"
        yield from _short(bound.margin, "a margin", size, alpha, paired)
    if bound.least is not None:
        yield from _short(1 - bound.least, "room above min", size, alpha, single)
    if bound.most is not None:
        yield from _short(bound.most, "room below max", size, alpha, single)


def _short(room: float, what: str, size: Size, alpha: float, way: Way) -> Iterator[str]:
    if not 0 < room < 1:
        return
    least = floor(room, alpha, way)
    if size.clusters >= least:
        return
    wide = math.ceil(unseen(size.clusters, alpha, way) * 1000 + 0.01) / 10
    yield (
        f"{size.clusters} clusters ({size.cases} cases) cannot keep {what} of {room * 100:.2g} pp "
        f"even if no case fails; it takes {least} clusters, or {wide:g} pp"
    )


def few(clusters: int) -> str:
    """Returns why so few clusters are refused."""
    return f"{clusters} clusters; a gated metric needs at least {FEWEST_CLUSTERS}"
