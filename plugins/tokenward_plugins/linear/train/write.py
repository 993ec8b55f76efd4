"""Writes weights as a table that ``tokenward_plugins.linear.table`` loads."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tokenward_plugins.linear.table import FORMAT, MANIFEST, Table
from tokenward_plugins.linear.train.fit import Weights

LARGEST = 127


def table(weights: Mapping[str, Weights]) -> Table:
    """Returns the table that will be written: what is measured is what is shipped."""
    arrays = _arrays(weights)
    return Table(list(weights), arrays["weights"].T, arrays["scale"], arrays["bias"])


def write(folder: Path, weights: Mapping[str, Weights], about: Mapping[str, Any]) -> int:
    """Writes ``weights.npz`` and its manifest with the checksum; returns the size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **_arrays(weights))
    data = buffer.getvalue()
    (folder / "weights.npz").write_bytes(data)
    manifest = {
        "format": FORMAT,
        "file": "weights.npz",
        "sha256": hashlib.sha256(data).hexdigest(),
        "labels": list(weights),
        **about,
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return len(data)


def _arrays(weights: Mapping[str, Weights]) -> dict[str, Any]:
    # the largest weight sets the scale: clipping the tail costs AUC, rounding to it does not
    scale = {name: float(np.abs(some.values).max()) / LARGEST for name, some in weights.items()}
    rounded = [np.rint(some.values / scale[name]) for name, some in weights.items()]
    return {
        "weights": np.array(rounded, np.int8),
        "scale": np.array(list(scale.values()), np.float32),
        "bias": np.array([some.bias for some in weights.values()], np.float32),
    }
