"""Tells how far apart two periods of recorded traffic are, and how sure that is."""

from __future__ import annotations

from tokenward.hookspecs import hookimpl
from tokenward.types import COLUMN_KINDS, ColumnKind, DriftMethod
from tokenward_plugins.drift_methods import deferred

__all__ = ["register_drift_methods"]

COUNTED: frozenset[ColumnKind] = frozenset(COLUMN_KINDS) - {"vector"}
NUMBERS: frozenset[ColumnKind] = frozenset({"number"})
RARE: dict[ColumnKind, float] = {"rate": 0.05, "count": 0.05}
"""The Jensen-Shannon distance of 2 % and 4 %: a rare rule that fires twice as often matters."""


METHODS = (
    DriftMethod(
        "psi", deferred.psi, COUNTED, 0.1,
        "population stability index over tenths of the reference",
        "Yurdakul 2018, Statistical properties of the population stability index",
    ),
    DriftMethod(
        "jensenshannon", deferred.jensen_shannon, COUNTED, 0.1,
        "Jensen-Shannon distance, in [0, 1]",
        "Lin 1991, doi:10.1109/18.61115", thresholds=RARE,
    ),
    DriftMethod(
        "chi2", deferred.chi_squared, COUNTED, 0.1,
        "Cramer's V of Pearson's chi-squared, in [0, 1]",
        "Cramer 1946, Mathematical methods of statistics, chapter 21",
    ),
    DriftMethod(
        "ks", deferred.kolmogorov_smirnov, NUMBERS, 0.1,
        "largest distance of the distribution functions, in [0, 1]",
        "Smirnov 1939; Massey 1951, doi:10.1080/01621459.1951.10500769", fine=True,
    ),
    DriftMethod(
        "wasserstein", deferred.wasserstein, NUMBERS, 0.1,
        "Wasserstein distance in standard deviations of the reference",
        "Ramdas, Garcia, Cuturi 2017, doi:10.3390/e19020047", fine=True, symmetric=False,
    ),
    DriftMethod(
        "rate_difference", deferred.rate_difference, frozenset({"rate", "count"}), 0.02,
        "how much more or less often it is above 0, with an interval",
        "Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I",
    ),
    DriftMethod(
        "mean_difference", deferred.mean_difference, NUMBERS, 0.1,
        "difference of the means in pooled standard deviations, with an interval",
        "Welch 1947, doi:10.1093/biomet/34.1-2.28; Cohen 1988", fine=True,
    ),
    DriftMethod(
        "auc", deferred.auc, frozenset({"vector"}), 0.1,
        "2 AUC - 1 of the best linear classifier that tells the periods apart, in [0, 1]",
        "Su, Liu 1993, doi:10.1080/01621459.1993.10476417; Hotelling 1931",
    ),
)  # fmt: skip


@hookimpl
def register_drift_methods() -> list[DriftMethod]:
    """Returns the methods; scipy is imported when the first of them is used."""
    return list(METHODS)
