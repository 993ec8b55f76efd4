"""Refuses suites whose cases are one cluster."""

from __future__ import annotations

from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError

FEWEST = 2


def clustered(suite: Suite, source: str) -> Suite:
    """Returns the suite; a single cluster has no spread, and so no interval."""
    if suite.clusters < FEWEST:
        raise UsageError(
            f"{source}: {len(suite.cases)} cases in one cluster; an interval needs two clusters at "
            "least, and 40 to be sound: give 'cluster' the name of what cases share, or none"
        )
    return suite
