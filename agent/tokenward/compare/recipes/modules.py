"""Finds the parts of a causal model that recipes change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tokenward.errors import UsageError


def layers_of(model: Any) -> Any:
    """Returns the list of a model's layers, which can be changed in place."""
    import torch  # noqa: PLC0415 - heavy

    count = model.config.get_text_config(decoder=True).num_hidden_layers
    for _, module in model.named_modules():
        if isinstance(module, torch.nn.ModuleList) and len(module) == count:
            return module
    raise UsageError(f"{type(model).__name__}: no list of its {count} layers was found in it")


def linears(model: Any) -> Iterator[tuple[str, Any]]:
    """Yields the linear modules within the layers by name; the last layer of a model is none."""
    import torch  # noqa: PLC0415 - heavy
    from transformers.pytorch_utils import Conv1D  # noqa: PLC0415 - heavy

    for name, module in layers_of(model).named_modules():
        if isinstance(module, torch.nn.Linear | Conv1D):
            yield name, module


def replace_linears(model: Any, small: Any) -> None:
    """Puts what ``small`` makes of each linear module of the layers in its place."""
    import torch  # noqa: PLC0415 - heavy

    for parent in list(layers_of(model).modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, torch.nn.Linear):
                setattr(parent, name, small(child))
