"""Evidence that is looked at again and again, while rows are still added to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tokenward.statistics.evidence.about import About, Ends, Evidence
from tokenward.statistics.sequential import every_look, level_of


@dataclass(frozen=True, slots=True)
class Repeated:
    """Other evidence with ends that hold at all looks together, however many there are.

    Its quantiles are those of an asymptotic confidence sequence in place of the normal ones; the
    shape (of shares, of small samples) stays. ``wide`` is that of `sequential.mixture`, the same
    at all looks. Rows must only be added, in the same mix on both sides; how far the looks have
    come is told by the rows as far as they are independent.

    References:
        Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, doi:10.1214/24-AOS2408.
    """

    inner: Evidence
    wide: float

    @property
    def about(self) -> About:
        """What it rests on."""
        about = self.inner.about
        return replace(about, method=f"{about.method}, at every look")

    @property
    def value(self) -> float:
        """The value that was observed."""
        return self.inner.value

    @property
    def error(self) -> float:
        """The standard error now."""
        return self.inner.error

    def level(self, alpha: float) -> float:
        """Returns the alpha of a single look that stands for one of all looks together."""
        from scipy.special import ndtr  # noqa: PLC0415  # not light

        return float(ndtr(-every_look(alpha, self._rows, self.wide)))

    def ends(self, alpha: float, *, careful: bool = False) -> Ends:
        """Returns the lower and the upper end, each ever missed with a chance of alpha."""
        return self.inner.ends(self.level(alpha), careful=careful)

    def above(self, bound: float, *, careful: bool = False) -> float:
        """Returns the chance of ever seeing a value so high if the truth were the bound or less."""
        return self._ever(self.inner.above(bound, careful=careful))

    def below(self, bound: float, *, careful: bool = False) -> float:
        """Returns the chance of ever seeing a value so low if the truth were the bound or more."""
        return self._ever(self.inner.below(bound, careful=careful))

    @property
    def _rows(self) -> float:
        about = self.inner.about
        return max(1.0, about.n / max(1.0, about.deff))

    def _ever(self, once: float) -> float:
        from scipy.special import ndtri  # noqa: PLC0415  # not light

        return level_of(-float(ndtri(once)), self._rows, self.wide)
