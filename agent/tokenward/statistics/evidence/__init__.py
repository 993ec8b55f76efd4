"""What rows tell about a truth: ends at any alpha, and p values against any bound.

Both say the same: the upper end at alpha lies below a bound exactly where `Evidence.below` that
bound is less than alpha. So an interval can be drawn, and several bounds be tested together.
"""

from __future__ import annotations

from tokenward.statistics.evidence.about import About, Ends, Evidence, Kind, reach, upper_tail
from tokenward.statistics.evidence.known import Known, Nothing
from tokenward.statistics.evidence.middle import LEAST_BLOCKS, Middle
from tokenward.statistics.evidence.repeated import Repeated
from tokenward.statistics.evidence.shares import Flips, Share
from tokenward.statistics.evidence.student import Quotient, Student

__all__ = [
    "LEAST_BLOCKS",
    "About",
    "Ends",
    "Evidence",
    "Flips",
    "Kind",
    "Known",
    "Middle",
    "Nothing",
    "Quotient",
    "Repeated",
    "Share",
    "Student",
    "reach",
    "upper_tail",
]
