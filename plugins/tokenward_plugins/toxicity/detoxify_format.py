"""Reads checkpoints of Detoxify: tensors and plain values, nothing that could run code."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers

from tokenward.errors import PluginError
from tokenward_plugins.models.places import first_line
from tokenward_plugins.toxicity.settings import WHO

UNUSED = (".position_ids", ".pooler.dense.weight", ".pooler.dense.bias")
"""What checkpoints hold and newer models have no place for: positions are computed, and the
classifiers of RoBERTa and XLM-RoBERTa, as trained for 'unbiased' and 'multilingual', had a pooler
that they did not use."""
WRAPPED = "module."
"""What torch puts before the names of tensors that were trained on several devices."""


def read(path: Path, config: Any) -> tuple[Any, Sequence[str]]:
    """Returns the model and the labels of a checkpoint; ``config`` is that of its base."""
    loaded = _unpickled(path)
    try:
        labels = [str(label) for label in loaded["config"]["dataset"]["args"]["classes"]]
        config.num_labels = int(loaded["config"]["arch"]["args"]["num_classes"])
        state = {name.removeprefix(WRAPPED): kept for name, kept in loaded["state_dict"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise PluginError(
            f"{WHO}: {str(path)!r} is not in Detoxify's format; it must hold 'config' (with the "
            "classes and the architecture) and 'state_dict'"
        ) from None
    if not 0 < len(labels) <= config.num_labels:
        raise PluginError(
            f"{WHO}: {str(path)!r} names {len(labels)} classes of {config.num_labels} outputs"
        )
    try:
        model = transformers.AutoModelForSequenceClassification.from_config(config)
    except ValueError as error:
        raise PluginError(f"{WHO}: {str(path.parent)!r}: {first_line(error)}") from None
    _fill(model, state, path)
    return model, labels


def _unpickled(path: Path) -> Mapping[str, Any]:
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise PluginError(
            f"{WHO}: {str(path)!r} holds more than tensors and plain values, and loading it could "
            "run code; use a checkpoint from its publisher"
        ) from None
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, AttributeError) as error:
        raise PluginError(
            f"{WHO}: {str(path)!r} cannot be read: {first_line(error)}; download it again"
        ) from None
    if not isinstance(loaded, Mapping):
        raise PluginError(f"{WHO}: {str(path)!r} holds a {type(loaded).__name__}, not a checkpoint")
    return loaded


def _fill(model: Any, state: Mapping[str, Any], path: Path) -> None:
    try:
        missing, unexpected = model.load_state_dict(state, strict=False)
    except (RuntimeError, TypeError) as error:
        raise PluginError(
            f"{WHO}: {str(path)!r} does not fit the configuration beside it: {first_line(error)}"
        ) from None
    strange = [name for name in missing if not name.endswith(UNUSED[0])]
    strange += [name for name in unexpected if not name.endswith(UNUSED)]
    if strange:
        raise PluginError(
            f"{WHO}: {str(path)!r} does not fit the configuration beside it: {len(strange)} "
            f"tensors are missing or too many, for example {strange[0]!r}"
        )
