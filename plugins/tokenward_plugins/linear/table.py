"""Holds the weights of linear models and scores texts with them."""

from __future__ import annotations

import hashlib
import io
import json
import math
from collections.abc import Mapping, Sequence
from importlib.resources.abc import Traversable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward.errors import ModelMissing, PluginError
from tokenward_plugins.linear.features import vector

MANIFEST = "model.json"
FORMAT = 1


class Table:
    """One int8 weight a bucket and label, with a scale and a bias a label; it never changes.

    The score of a label is ``sigmoid(scale * (weights . values) + bias)``: scale and bias hold the
    calibration too. Threads may share it.
    """

    def __init__(
        self,
        labels: Sequence[str],
        weights: NDArray[np.int8],
        scale: NDArray[np.float32],
        bias: NDArray[np.float32],
    ) -> None:
        buckets = weights.shape[0]
        if weights.shape != (buckets, len(labels)) or buckets & (buckets - 1):
            raise PluginError(
                f"a weight table of shape {weights.shape} does not fit {len(labels)} labels; "
                "the number of buckets must be a power of two"
            )
        self.labels = tuple(labels)
        self._bits = buckets.bit_length() - 1
        # one row a bucket: the weights of all labels lie side by side when they are gathered
        self._weights = np.ascontiguousarray(weights)
        self._scale = scale
        self._bias = bias

    def scores(self, text: str) -> dict[str, float]:
        """Returns the score of each label; a text without words scores 0 for all."""
        buckets, values = vector(text, self._bits)
        if not len(buckets):
            return dict.fromkeys(self.labels, 0.0)
        logits = (values @ self._weights[buckets]) * self._scale + self._bias
        return dict(zip(self.labels, map(_sigmoid, logits.tolist()), strict=True))


def _sigmoid(logit: float) -> float:
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    power = math.exp(logit)
    return power / (1 + power)


def load(folder: Traversable) -> tuple[Table, Mapping[str, Any]]:
    """Returns the table in a folder, and its manifest; refuses files that are not as published."""
    try:
        manifest = json.loads(folder.joinpath(MANIFEST).read_bytes())
        data = folder.joinpath(manifest["file"]).read_bytes()
    except FileNotFoundError as error:
        raise ModelMissing(
            f"{folder}: {error.filename!r} is not there; reinstall tokenward, or train the model"
        ) from None
    if manifest.get("format") != FORMAT:
        raise PluginError(
            f"{folder}: model format {manifest.get('format')!r} is unknown; use {FORMAT}"
        )
    digest = hashlib.sha256(data).hexdigest()
    if digest != manifest["sha256"]:
        raise PluginError(
            f"{folder}: {manifest['file']!r} has the SHA-256 {digest}, not "
            f"{manifest['sha256']} as in {MANIFEST}; reinstall tokenward, or train the model"
        )
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        table = Table(manifest["labels"], arrays["weights"].T, arrays["scale"], arrays["bias"])
    return table, manifest
