"""Number formats of weights and arithmetic."""

from __future__ import annotations

from typing import Any

from tokenward.compare.recipes.recipe import Loaded, Recipe
from tokenward.compare.recipes.values import chosen

WORDS = {word: word for word in ("float32", "bfloat16", "float16")}


def dtype_of(value: str) -> Any:
    """Returns torch's word for a number format."""
    import torch  # noqa: PLC0415 - heavy

    return getattr(torch, chosen("dtype", value, WORDS))


def dtype(loaded: Loaded, value: str) -> None:
    """Converts all weights, in which the model then computes."""
    loaded.model.to(dtype_of(value))


RECIPES = (
    Recipe(
        "dtype",
        " | ".join(WORDS),
        "weights and arithmetic in this number format",
        dtype,
        read=lambda value: chosen("dtype", value, WORDS),
    ),
)
