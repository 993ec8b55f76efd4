"""Which metrics a name of a gate file means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TypeVar

from tokenward.compare.gate.gate import Bound

T = TypeVar("T")


def matching(name: str, known: Mapping[str, T]) -> list[T]:
    """Returns what a name, or one with ``*``, stands for; in the order of what is known.

    Metrics that are by group of people are known as ``pairs.gap.*``, whatever the groups.

    >>> matching("a.*", {"a.b": 1, "a.c": 2, "b.a": 3})
    [1, 2]
    >>> matching("a.gap.x", {"a.gap.*": 1})
    [1]
    """
    if name in known:
        return [known[name]]
    return [
        metric
        for one, metric in known.items()
        if ("*" in name and fnmatchcase(one, name)) or ("*" in one and fnmatchcase(name, one))
    ]


def bound_for(name: str, bounds: Sequence[Bound]) -> Bound | None:
    """Returns the bound of a metric: the one that names it, else the longest that matches it.

    >>> bound_for("a.b.c", [Bound("a.*", 1.0), Bound("a.b.*", 2.0)]).margin
    2.0
    """
    fitting = [one for one in bounds if covers(one, name)]
    return max(fitting, key=lambda one: (one.metric == name, len(one.metric)), default=None)


def covers(bound: Bound, name: str) -> bool:
    """Tells whether a bound is about a metric."""
    return bound.metric == name or ("*" in bound.metric and fnmatchcase(name, bound.metric))


def suites_of(bounds: Iterable[Bound]) -> list[str]:
    """Returns the first parts of the metrics' names, in order, each once."""
    return list(dict.fromkeys(one.metric.partition(".")[0] for one in bounds))
