"""Values without noise, and values that are not there."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from tokenward.statistics.evidence.about import NOTHING, About, Ends, certain


@dataclass(frozen=True, slots=True)
class Known:
    """A value without noise, such as the size of a file."""

    value: float
    about: About = field(default_factory=lambda: About(1, 1, 1.0, "exact"))
    error: float = 0.0

    def ends(self, alpha: float, *, careful: bool = False) -> Ends:  # noqa: ARG002
        """Returns the value, twice."""
        return self.value, self.value

    def above(self, bound: float, *, careful: bool = False) -> float:
        """Returns 0 where the value is above the bound, else 1."""
        return certain(self.value - bound, careful=careful)

    def below(self, bound: float, *, careful: bool = False) -> float:
        """Returns 0 where the value is below the bound, else 1."""
        return certain(bound - self.value, careful=careful)


@dataclass(frozen=True, slots=True)
class Nothing:
    """No value at all: nothing can be shown, and the warning of `about` says why."""

    about: About
    value: float = math.nan
    error: float = math.nan

    def ends(self, alpha: float, *, careful: bool = False) -> Ends:  # noqa: ARG002
        """Returns no ends."""
        return NOTHING

    def above(self, bound: float, *, careful: bool = False) -> float:  # noqa: ARG002
        """Returns 1."""
        return 1.0

    def below(self, bound: float, *, careful: bool = False) -> float:  # noqa: ARG002
        """Returns 1."""
        return 1.0
