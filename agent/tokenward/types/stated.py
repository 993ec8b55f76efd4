"""How well a detector does, as its plugin states it for those who reckon with its findings."""

from __future__ import annotations

from dataclasses import dataclass

from tokenward.errors import PluginError


@dataclass(frozen=True, slots=True)
class StatedError:
    """Which shares a detector finds at a threshold, on labelled texts that it was not made on.

    ``type`` is one of its types, ``None`` for the highest score of all. ``sensitivity`` is the
    share of the ``positive`` texts that reach the threshold, ``specificity`` that of the
    ``negative`` ones that do not. ``data`` names the texts and who labelled them: on others it does
    better or worse.
    """

    type: str | None
    threshold: float
    sensitivity: float
    specificity: float
    positive: int
    negative: int
    data: str

    def __post_init__(self) -> None:
        shares = (self.threshold, self.sensitivity, self.specificity)
        if not all(0 <= share <= 1 for share in shares):
            raise PluginError(
                f"stated error of type {self.type!r}: threshold, sensitivity and specificity are "
                f"{shares}; each must lie in [0, 1]"
            )
