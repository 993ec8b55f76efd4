"""How two periods are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ColumnKind = Literal["number", "category", "rate", "count", "vector"]

COLUMN_KINDS: tuple[ColumnKind, ...] = ("number", "category", "rate", "count", "vector")


@dataclass(frozen=True, slots=True)
class DriftTable:
    """Counts of reference and current over the same ordered cells.

    They are scaled to the number of independent rows that they are worth (weights, sessions), so
    that a method may take them as plain counts. ``middles`` are the numbers that the cells stand
    for; empty where the cells are categories.
    """

    reference: NDArray[np.float64]
    current: NDArray[np.float64]
    middles: NDArray[np.float64]

    @property
    def sizes(self) -> tuple[float, float]:
        """The independent rows of reference and current."""
        return float(self.reference.sum()), float(self.current.sum())

    @property
    def shares(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The shares of the cells."""
        n, m = self.sizes
        return self.reference / n, self.current / m


@dataclass(frozen=True, slots=True)
class DriftVectors:
    """Samples of a column of vectors, one vector a row.

    ``worth`` is how many independent rows a row of each says as much as: those of a session are
    alike.
    """

    reference: NDArray[np.float64]
    current: NDArray[np.float64]
    worth: tuple[float, float] = (1.0, 1.0)

    @property
    def sizes(self) -> tuple[float, float]:
        """The independent rows of reference and current."""
        return len(self.reference) * self.worth[0], len(self.current) * self.worth[1]


@dataclass(frozen=True, slots=True)
class DriftOutcome:
    """An effect size, and the probability of one as large where nothing changed.

    ``interval`` holds the ends of the 95 % interval of a difference, where a method has one.
    """

    statistic: float
    p_value: float
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class DriftMethod:
    """A way to tell how far apart two periods of a column are, and how sure that is.

    ``of`` takes a ``DriftTable``, or ``DriftVectors`` where ``kinds`` is ``{"vector"}``; it must be
    pure. The statistic must not grow with the number of rows; ``threshold`` is the one from which a
    change matters, ``thresholds`` says others by kind of column. ``fine`` asks for every value
    that occurs instead of tenths of the reference. ``symmetric`` promises that the statistic stays
    when the periods change places. ``paper`` says who described it, with year and place.
    """

    name: str
    of: Callable[[Any], DriftOutcome]
    kinds: frozenset[ColumnKind]
    threshold: float
    description: str
    paper: str
    fine: bool = False
    symmetric: bool = True
    thresholds: Mapping[ColumnKind, float] = field(default_factory=dict)
