"""What plugin authors and users test with."""

from __future__ import annotations

from tokenward.testing.detector import check_detector, examine_detector
from tokenward.testing.drift import check_drift_method, examine_drift_method
from tokenward.testing.policies import check_policy
from tokenward.testing.report import Check, ConformanceError, Report
from tokenward.testing.streams import assert_chunking_law

__all__ = [
    "Check",
    "ConformanceError",
    "Report",
    "assert_chunking_law",
    "check_detector",
    "check_drift_method",
    "check_policy",
    "examine_detector",
    "examine_drift_method",
]
