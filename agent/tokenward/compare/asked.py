"""What a user asked to compare: two models or more, suites, a gate, and how answers are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tokenward.compare.gate.gate import Gate
from tokenward.compare.metrics.cost import Terms
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.suite import Suite

Progress = Callable[[str], None]
"""Takes lines that say how far the work is."""


@dataclass(frozen=True, slots=True)
class Side:
    """A model, or a run that was recorded (``recorded``), under a name of its own.

    ``options`` say how the model is loaded (number format, threads ...), ``sampling`` how its
    answers are drawn. ``axis`` is what was optimised, in a word of the reports, where the user says
    it: no option tells of a distilled model, for example.
    """

    name: str
    source: str
    options: Mapping[str, Any]
    sampling: Sampling
    recorded: bool = False
    axis: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that decides what is run and how it is judged.

    ``folder`` keeps the runs, a sub-folder each. ``limit`` takes at most so many cases of each
    suite. Models are timed side by side for about ``seconds``, not at all where it is 0.
    """

    base: Side
    optimized: tuple[Side, ...]
    suites: tuple[Suite, ...]
    gate: Gate
    folder: Path
    must_pass: Suite | None = None
    sequential: bool = False
    limit: int | None = None
    texts: bool = False
    terms: Terms = field(default_factory=Terms)
    seconds: float = 0.0
    bisect: bool = False
    command: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
