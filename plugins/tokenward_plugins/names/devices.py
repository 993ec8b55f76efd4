"""Tells whether torch has the device that a policy names."""

from __future__ import annotations

import torch

from tokenward.errors import UsageError


def device_of(name: str) -> torch.device:
    """Returns the device of a name; ``UsageError`` where this torch or machine has none such."""
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError):
        raise UsageError(
            f"names: the device {name!r} is not there; use 'cpu', or one that this torch knows"
        ) from None
    return device
