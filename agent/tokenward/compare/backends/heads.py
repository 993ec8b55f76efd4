"""The last layer in float32, where a model of 16 bits would make ties of what is near."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn import functional

HALVES = (torch.bfloat16, torch.float16)
ROWS = 16_384
"""Tokens of the vocabulary whose weights are widened at a time, so that memory stays small."""


def is_half(model: Any) -> bool:
    """Tells whether a model's last layer is a plain one of 16 bits, which can be widened."""
    head = model.get_output_embeddings()
    return type(head) is torch.nn.Linear and head.weight.dtype in HALVES


@contextmanager
def wide_head(model: Any, *, wanted: bool = True) -> Iterator[None]:
    """Lets the last layer compute in float32 for a while; of other models nothing changes.

    bfloat16 has 8 bits of mantissa: of logits near 20, what is less than 0.06 apart is equal.
    """
    if not wanted or not is_half(model):
        yield
        return
    head = model.get_output_embeddings()

    def forward(hidden: torch.Tensor) -> torch.Tensor:
        wide = hidden.float()
        return torch.cat(
            [functional.linear(wide, w.float()) for w in head.weight.split(ROWS)], -1
        ) + (0.0 if head.bias is None else head.bias.float())

    head.forward = forward
    try:
        yield
    finally:
        del head.forward
