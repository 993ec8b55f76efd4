"""The drift methods that plugins bring, by name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from scipy import special

from tokenward.errors import UsageError, one_of
from tokenward.registry import Registry
from tokenward.types import COLUMN_KINDS, ColumnKind, DriftMethod


@cache
def methods() -> Mapping[str, DriftMethod]:
    """Returns the methods of the installed plugins."""
    return MappingProxyType(Registry.load().drift_methods())


def find_method(name: str) -> DriftMethod:
    """Returns a method by its name."""
    found = methods().get(name)
    if found is None:
        raise UsageError(
            f"unknown method {name!r}; {one_of(methods())}, or install the plugin that brings it"
        )
    return found


def check_method(kind: str, name: str) -> None:
    """Refuses a method that does not exist, or does not fit the kind of column."""
    if kind not in COLUMN_KINDS:
        raise UsageError(f"unknown kind of column {kind!r}; {one_of(COLUMN_KINDS)}")
    fitting = [one.name for one in methods().values() if fits(one, kind)]
    if name not in fitting:
        raise UsageError(f"unknown method {name!r} for a {kind}; {one_of(fitting)}")


def fits(method: DriftMethod, kind: ColumnKind) -> bool:
    """Tells whether a method is for a kind of column."""
    return kind in method.kinds


def psi_bound(cells: int, n: float, m: float, alpha: float) -> float:
    """Returns what the population stability index exceeds by chance with probability ``alpha``.

    Yurdakul 2018, "Statistical properties of the population stability index".

    >>> round(psi_bound(10, 1000, 1000, 0.01), 3)
    0.043
    """
    return float(special.chdtri(max(1, cells - 1), alpha)) * (1 / n + 1 / m)
