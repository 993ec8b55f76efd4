"""The methods by name, each imported when it is first used: scipy takes a quarter of a second."""

from __future__ import annotations

from tokenward.types import DriftOutcome, DriftTable, DriftVectors


def psi(table: DriftTable) -> DriftOutcome:
    """Returns the population stability index."""
    from tokenward_plugins.drift_methods import distances  # noqa: PLC0415

    return distances.psi(table)


def jensen_shannon(table: DriftTable) -> DriftOutcome:
    """Returns the Jensen-Shannon distance."""
    from tokenward_plugins.drift_methods import distances  # noqa: PLC0415

    return distances.jensen_shannon(table)


def chi_squared(table: DriftTable) -> DriftOutcome:
    """Returns Cramer's V."""
    from tokenward_plugins.drift_methods import distances  # noqa: PLC0415

    return distances.chi_squared(table)


def kolmogorov_smirnov(table: DriftTable) -> DriftOutcome:
    """Returns the largest distance of the distribution functions."""
    from tokenward_plugins.drift_methods import distances  # noqa: PLC0415

    return distances.kolmogorov_smirnov(table)


def wasserstein(table: DriftTable) -> DriftOutcome:
    """Returns the Wasserstein distance."""
    from tokenward_plugins.drift_methods import distances  # noqa: PLC0415

    return distances.wasserstein(table)


def rate_difference(table: DriftTable) -> DriftOutcome:
    """Returns the difference of two rates."""
    from tokenward_plugins.drift_methods import differences  # noqa: PLC0415

    return differences.rate_difference(table)


def mean_difference(table: DriftTable) -> DriftOutcome:
    """Returns the difference of two means."""
    from tokenward_plugins.drift_methods import differences  # noqa: PLC0415

    return differences.mean_difference(table)


def auc(vectors: DriftVectors) -> DriftOutcome:
    """Returns how well a linear classifier tells the periods apart."""
    from tokenward_plugins.drift_methods import classifier  # noqa: PLC0415

    return classifier.auc(vectors)
