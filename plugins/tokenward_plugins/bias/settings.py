"""What policies may write for the ``bias`` detector, and its types."""

from __future__ import annotations

from dataclasses import dataclass

TYPES = frozenset({"derogation", "stereotype", "disparity"})


@dataclass(frozen=True)
class BiasSettings:
    """``scorer``: the classifier whose score must not hang on the group; ``label``: which score."""

    scorer: str = "toxicity"
    label: str = "toxicity"
    variants: int = 5
