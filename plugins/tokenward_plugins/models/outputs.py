"""Makes scores by type of what a model puts out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tokenward.errors import PluginError

Function = Literal["softmax", "sigmoid", "none"]

PLACES = 5
"""Decimal places of scores: what is computed in another batch differs behind them."""


def function_of(problem: str | None, outputs: int, who: str) -> Function:
    """Returns how a model of transformers means its outputs, by its ``problem_type``.

    >>> function_of("multi_label_classification", 6, "a"), function_of(None, 2, "a")
    ('sigmoid', 'softmax')
    """
    if problem == "regression":
        raise PluginError(
            f"{who}: the model is a regression, which gives no probabilities; if its outputs are "
            "logits after all, or lie in [0, 1], say so with 'scores: sigmoid' or 'scores: none'"
        )
    if problem == "multi_label_classification" or outputs == 1:
        return "sigmoid"
    return "softmax"


@dataclass(frozen=True, slots=True)
class Outputs:
    """The type of each output, none for one that is left out, and what makes scores of them.

    A model may have more outputs than are named: they come last and are left out. Outputs of one
    type exclude each other after ``softmax``, and are added; else the highest counts.
    """

    types: tuple[str | None, ...]
    function: Function

    @property
    def names(self) -> tuple[str, ...]:
        """The types, each once, in order."""
        return tuple(dict.fromkeys(kind for kind in self.types if kind is not None))

    def rows(self, raw: NDArray[Any]) -> list[dict[str, float]]:
        """Returns the score of each type by text; a score may be NaN, which is none.

        >>> Outputs(("safe", "bad", "bad"), "softmax").rows(np.log([[0.5, 0.25, 0.25]]))
        [{'safe': 0.5, 'bad': 0.5}]
        """
        scores = self._scores(np.asarray(raw, np.float64))
        return [self._row(row) for row in scores.tolist()]

    def _row(self, scores: Sequence[float]) -> dict[str, float]:
        added = self.function == "softmax"
        found: dict[str, float] = {}
        for kind, score in zip(self.types, scores, strict=False):
            if kind is not None:
                before = found.get(kind, 0.0)
                # a sum of shares may be a rounding above 1
                found[kind] = lowest(before + score, 1.0) if added else highest(before, score)
        return {kind: round(score, PLACES) for kind, score in found.items()}

    def _scores(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.function == "none":
            return np.where((raw >= 0) & (raw <= 1), raw, np.nan)
        with np.errstate(all="ignore"):
            if self.function == "sigmoid":
                return 1 / (1 + np.exp(-raw))
            powers = np.exp(raw - raw.max(axis=-1, keepdims=True))
            shares: NDArray[np.float64] = powers / powers.sum(axis=-1, keepdims=True)
            return shares


def highest(one: float, other: float) -> float:
    """Returns the higher of two scores, NaN if one is: what is not known is not known.

    >>> highest(0.5, 0.25), highest(0.5, float("nan")), highest(float("nan"), 0.5)
    (0.5, nan, nan)
    """
    return one if one >= other or one != one else other  # noqa: PLR0124  # NaN is not itself


def lowest(one: float, other: float) -> float:
    """Returns the lower of two scores, NaN if one is.

    >>> lowest(0.5, 0.25), lowest(float("nan"), 0.5)
    (0.25, nan)
    """
    return -highest(-one, -other)
