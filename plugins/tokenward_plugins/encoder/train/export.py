"""Writes a model for the plugin, and checks that it says what the trained one does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward.errors import UsageError
from tokenward_plugins.encoder.folder import MANIFEST, WEIGHTS
from tokenward_plugins.encoder.network import Network
from tokenward_plugins.encoder.train import vocabulary
from tokenward_plugins.encoder.train.batches import Ids
from tokenward_plugins.encoder.train.graph import Graph
from tokenward_plugins.encoder.train.model import MultiHead
from tokenward_plugins.encoder.train.score import Forward, padded

LARGEST = 24_000_000
"""Bytes that the weights may take in the package."""


def export(model: MultiHead, folder: Path, tokens: Sequence[str], about: Mapping[str, Any]) -> int:
    """Writes model, vocabulary and what there is to tell of it; returns the model's bytes.

    Raises:
        UsageError: The model is larger than the package may carry.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.numpy() for name, value in model.cpu().state_dict().items()}
    shape = model.encoder.shape
    data = Graph(weights, list(model.heads), shape.heads, shape.eps).model()
    (folder / WEIGHTS).write_bytes(data)
    vocabulary.write(folder, tokens)
    size = (folder / WEIGHTS).stat().st_size
    if size > LARGEST:
        raise UsageError(
            f"{folder / WEIGHTS} has {size} bytes, more than {LARGEST}; cut the vocabulary further"
        )
    (folder / MANIFEST).write_text(json.dumps(dict(about), indent=1) + "\n", encoding="utf-8")
    return size


def forward(path: Path, threads: int = 1) -> Forward:
    """Returns the forward pass of an exported model, on the CPU: text by text, without padding."""
    network = Network.open(path.read_bytes(), threads)

    def run(ids: Ids, mask: Ids) -> NDArray[np.float32]:
        lengths = mask.sum(1).tolist()
        return np.stack(
            [network(some[:length]) for some, length in zip(ids.tolist(), lengths, strict=True)]
        )

    return run


def parity(one: Forward, other: Forward, pieces: Sequence[Sequence[int]]) -> dict[str, float]:
    """Returns how far two forward passes are apart, in logits: mean, largest, and correlation."""
    found, others = (
        np.concatenate([run(*padded([piece])) for piece in pieces]) for run in (one, other)
    )
    gap = np.abs(found - others)
    return {
        "mean": float(gap.mean()),
        "largest": float(gap.max()),
        "correlation": float(np.corrcoef(found.ravel(), others.ravel())[0, 1]),
    }
