"""What the page draws of a metric beside its interval: the keys of `MetricResult.extra`.

Every key may be missing; its figure is left out then. Metrics put them into `Paired.extra`, the
judge hands them on and adds ``churn``, ``power``, ``variance`` and ``detector``:

* ``churn``: ``{"both_good", "worse", "better", "both_bad"}``, numbers of cases (binary metrics).
* ``positions``: ``[{"position", "value", "n"}]``, the mean at each token of a continuation.
* ``tail``: ``{"p50", "p90", "p99", "p99.9", "max"}``, percentiles over tokens, and
  ``tail_intervals``: ``{"p99": [low, high], ...}``.
* ``entropy``: ``[{"low", "high", "value", "n"}]``, the share of agreement where the entropy of the
  base (nats) lies between ``low`` and ``high``.
* ``groups``: ``[{"group", "base", "optimized"}]``, with ``low``, ``high`` (of the difference),
  ``q`` and ``n`` where they are known.
* ``blocks``: ``{"base": [...], "optimized": [...]}``, in the order in which they ran.
* ``power``: ``[{"n", "pass"}]``, the chance to pass where both models are equal.
* ``variance``: ``{"samples", "between", "within", "by_samples"}``, where a case was asked several
  times: the variance of differences between cases and between the samples of one, and the share
  of the whole that more samples could take away.
* ``llama.cpp``: the numbers that its tool prints, by its names.
* ``detector``: ``{"name", "sensitivity", "specificity"}`` of the detector that scored it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tokenward.compare.report.finite import finite

Row = Mapping[str, Any]


def rows(extra: Mapping[str, Any], key: str) -> list[Row]:
    """Returns the rows under a key; none where it is missing or of another shape.

    >>> rows({"power": [{"n": 10, "pass": 0.2}, None]}, "power")
    [{'n': 10, 'pass': 0.2}]
    """
    found = extra.get(key)
    if not isinstance(found, Sequence) or isinstance(found, str):
        return []
    return [row for row in found if isinstance(row, Mapping)]


def mapping(extra: Mapping[str, Any], key: str) -> Row:
    """Returns the mapping under a key; an empty one where it is missing."""
    found = extra.get(key)
    return found if isinstance(found, Mapping) else {}


def number(row: Mapping[str, Any], key: str) -> float | None:
    """Returns a number under a key; ``None`` for what is none.

    >>> number({"n": 3}, "n"), number({"n": float("inf")}, "n"), number({}, "n")
    (3.0, None, None)
    """
    found = finite(row.get(key))
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found)
