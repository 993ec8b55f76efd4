"""A metric, and the paired values that it finds in two runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["binary", "bounded", "mean", "ratio", "value", "blocks"]
"""``binary``: 0 or 1 a case; ``bounded``: within 0 and 1; ``mean``: any number; ``ratio``: a sum of
values over a sum of weights, compared as a quotient of both sides (perplexity: of exponentials);
``value``: one number a run, without noise; ``blocks``: numbers of interleaved blocks, compared as a
median of quotients."""
Better = Literal["lower", "higher", "none"]
"""``none``: neither side is better; only a change in any direction can be judged."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What is compared: ``suite.name``, its unit, and which direction is better.

    ``about`` says in a line what it is, with the source of its definition. ``log`` is set for a
    ratio that compares exponentials of means (perplexity). ``tested`` names the detector that
    scored it, with its stated sensitivity and specificity where they are known.
    """

    name: str
    unit: str
    kind: Kind
    better: Better
    about: str
    log: bool = False
    tested: str | None = None
    sensitivity: float | None = None
    specificity: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Paired:
    """A metric's values of both models, case by case; shape (n,) each.

    With several samples a case, its values are means over them. Of metrics of one model against the
    other (KL) ``base`` is zero. ``weights`` are tokens, for ratios. ``groups`` are the groups of
    people, ``dropped`` the cases that one side failed on and that both lost.
    """

    metric: Metric
    cases: tuple[str, ...]
    clusters: tuple[str, ...]
    base: NDArray[np.float64]
    optimized: NDArray[np.float64]
    weights: NDArray[np.float64] | None = None
    samples: int = 1
    groups: tuple[str, ...] | None = None
    dropped: tuple[str, ...] = ()
    floor: NDArray[np.float64] | None = None
    """The optimized model against itself in another batch, as differences; shape (m,)."""
    base_floor: NDArray[np.float64] | None = None
    notes: Sequence[str] = ()
    extra: Mapping[str, object] | None = None
    within: NDArray[np.float64] | None = None
    """The variance of the differences of a case's samples, where it has several; shape (n,)."""
