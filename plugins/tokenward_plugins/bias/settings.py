"""What a policy may set for the detector ``bias``."""

from __future__ import annotations

from dataclasses import dataclass

from tokenward.errors import UsageError

DEROGATION = "derogation"
DISPARITY = "disparity"
TYPES = frozenset({DEROGATION, DISPARITY})


@dataclass(frozen=True, slots=True)
class BiasSettings:
    """Which detector scores the variants of a sentence for ``disparity``, by which label.

    ``scorer`` is the name of a plugin with a classifier; ``variants`` is how many other groups are
    put into a sentence at most.

    >>> BiasSettings(variants=4).scorer
    'toxicity'
    """

    scorer: str = "toxicity"
    label: str = "toxicity"
    variants: int = 6

    def check(self) -> None:
        """Raises ``UsageError`` where a value makes no sense."""
        if self.variants < 1:
            raise UsageError(f"bias: variants is {self.variants}; use 1 or more")
