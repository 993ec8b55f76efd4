"""Values of one metric over several suites, put together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tokenward.compare.metrics.found import Found
from tokenward.compare.metrics.metric import Metric, Paired


def pooled(found: Sequence[tuple[str, Found]], metrics: Sequence[Metric]) -> Found:
    """Returns each metric over all suites that measured it; ids begin with the suite's name.

    Suites weigh by their cases. What no suite measured has the reason of the first.
    """
    joined = Found()
    for metric in metrics:
        parts = [
            (suite, one)
            for suite, some in found
            for one in some.paired
            if one.metric.name == metric.name
        ]
        if parts:
            joined.add(_joined(parts))
            continue
        reasons = [
            line.partition(": ")[2]
            for _, some in found
            for line in some.unmeasured
            if line.startswith(f"{metric.name}: ")
        ]
        joined.lacks(metric.name, reasons[0] if reasons else "no suite has answers")
    return joined


def _joined(parts: Sequence[tuple[str, Paired]]) -> Paired:
    first = parts[0][1]
    return Paired(
        metric=first.metric,
        cases=tuple(f"{suite}/{case}" for suite, one in parts for case in one.cases),
        clusters=tuple(f"{suite}/{name}" for suite, one in parts for name in one.clusters),
        base=np.concatenate([one.base for _, one in parts]),
        optimized=np.concatenate([one.optimized for _, one in parts]),
        samples=first.samples,
        dropped=tuple(f"{suite}/{case}" for suite, one in parts for case in one.dropped),
        floor=_floors([one.floor for _, one in parts]),
        base_floor=_floors([one.base_floor for _, one in parts]),
        notes=list(dict.fromkeys(note for _, one in parts for note in one.notes)),
        within=_all_or_none([one.within for _, one in parts]),
    )


def _floors(parts: Sequence[NDArray[np.float64] | None]) -> NDArray[np.float64] | None:
    some = [part for part in parts if part is not None]
    return np.concatenate(some) if some else None


def _all_or_none(parts: Sequence[NDArray[np.float64] | None]) -> NDArray[np.float64] | None:
    some = [part for part in parts if part is not None]
    return np.concatenate(some) if len(some) == len(parts) else None
