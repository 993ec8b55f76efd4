"""A gate as its file states it: margins and bounds of metrics, and what blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Unit = Literal["pp", "%", ""]
"""``pp``: percentage points of a share; ``%``: relative to the base; empty: the metric's unit."""
Direction = Literal["worse", "both"]
IfUnmeasured = Literal["fail", "skip"]


@dataclass(frozen=True, slots=True)
class Bound:
    """What a metric must keep: a margin of the difference, and bounds of the optimized model.

    ``margin`` is in the metric's own unit, or relative (0.02 for 2 %) where ``unit`` is ``%``. A
    name with ``*`` stands for all metrics that it matches. ``where`` is ``file:line:column``.
    """

    metric: str
    margin: float | None
    unit: Unit = ""
    direction: Direction = "worse"
    least: float | None = None
    most: float | None = None
    if_unmeasured: IfUnmeasured = "fail"
    reason: str | None = None
    where: str = ""
    groups: str | None = None
    """``holm``: stated by a name with ``*``; a failure of any is judged so in every case."""


@dataclass(frozen=True, slots=True)
class Noise:
    """How the noise floor is measured: how often again, and at which batch sizes."""

    repeat: int = 1
    batch: tuple[int, ...] = (8,)


@dataclass(frozen=True, slots=True)
class Anchor:
    """The pinned base that alone may be compared against: its name, and its recorded run."""

    model: str
    run: Path | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """Everything that a gate file says, with its hash."""

    bounds: tuple[Bound, ...]
    alpha: float = 0.05
    power: float = 0.8
    on_inconclusive: Literal["fail", "pass"] = "fail"
    noise: Noise = field(default_factory=Noise)
    must_pass: Sequence[Path] = ()
    anchor: Anchor | None = None
    source: str = "default"
    sha256: str = ""

    def told(self) -> dict[str, Any]:
        """Returns what every report tells of the gate."""
        names = ("source", "sha256", "alpha", "power", "on_inconclusive")
        return {name: getattr(self, name) for name in names}
