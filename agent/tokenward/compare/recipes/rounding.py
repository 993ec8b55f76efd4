"""Weights rounded to few bits in groups, kept in their wide format: quantisation simulated.

It shows what rounding weights does to what a model says. It makes nothing smaller or faster, and no
library stores exactly these weights.
"""

from __future__ import annotations

from typing import Any

from tokenward.compare.recipes.modules import layers_of, linears
from tokenward.compare.recipes.recipe import Loaded

GROUP = 32
"""Weights that share a scale, along the input; the greatest common divisor of it and the width is
taken where the width is no multiple."""
SCALE_BITS = 16


def rounded(loaded: Loaded, bits: int) -> None:
    """Rounds the weights of all linear modules of the layers, symmetric, the largest kept."""
    import torch  # noqa: PLC0415 - heavy

    with torch.no_grad():
        for name, module in linears(loaded.model):
            weight, turned = module.weight, not isinstance(module, torch.nn.Linear)
            rows = weight.data.T if turned else weight.data  # Conv1D has its input first
            made, group = _rounded(rows.contiguous(), bits)
            weight.data = made.T.contiguous() if turned else made
            loaded.bits[name] = bits + SCALE_BITS / group
    loaded.details["simulated"] = f"int{bits}, {GROUP} weights a scale"


def _rounded(rows: Any, bits: int) -> tuple[Any, int]:
    import math  # noqa: PLC0415

    group = math.gcd(GROUP, rows.shape[1])
    parts = rows.float().reshape(-1, group)
    scale = parts.abs().amax(1, keepdim=True) / (2 ** (bits - 1) - 1)
    scale[scale == 0] = 1.0
    return ((parts / scale).round() * scale).reshape(rows.shape).to(rows.dtype), group


def saved_bytes(loaded: Loaded) -> int:
    """Returns how many bytes fewer these weights would take, packed as their bits say."""
    if not loaded.bits:
        return 0
    modules = dict(layers_of(loaded.model).named_modules())
    saved = 0.0
    for name, bits in loaded.bits.items():
        weight = getattr(modules.get(name), "weight", None)
        if weight is not None and not callable(weight):
            saved += weight.numel() * (weight.element_size() - bits / 8)
    return round(saved)
