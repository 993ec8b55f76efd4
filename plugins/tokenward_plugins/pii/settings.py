"""What a policy may set for the detector ``pii``."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_REGIONS = ("US", "GB", "DE", "FR", "IL", "IN", "CA", "BR")


@dataclass(frozen=True, slots=True)
class PiiSettings:
    """How phone numbers are read, whether words before a value count, and the least score.

    ``regions`` are the two-letter regions whose national phone numbers are known (numbers with a
    country code always are). Name those that your texts are from, and no more: with twenty regions
    nine of ten numbers of nine digits are somebody's phone number. ``context`` raises the score of
    a value after a word that names it ("card", "phone"). Detections below ``min_score`` are not
    reported; the weak patterns of bank, passport and licence numbers start at 0.01 and reach 0.4
    after such a word.

    >>> PiiSettings(regions=("CH",)).context
    True
    """

    regions: tuple[str, ...] = DEFAULT_REGIONS
    context: bool = True
    min_score: float = 0.3
