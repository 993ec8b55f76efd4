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
from tokenward_plugins.linear.features import known, read
from tokenward_plugins.linear.words import NATIVE, Hashes, Memory

MANIFEST = "model.json"
FORMAT = 2
LEAST = -700.0
"""Below it a score is 0: its exponential would not be a number."""

Sums = tuple[int, ...]
"""How many features a word has, and the sum of each label's weights for them."""


class Table:
    """One int8 weight a bucket and label, with a scale and a bias a label; it never changes.

    The score of a label is ``sigmoid(scale * (weights . values) + bias)``: scale and bias hold the
    calibration too. What a word brings is summed up once, and in integers, so that a score is the
    same however it came about. Threads may share it.
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
        self._shift = np.uint32(33 - buckets.bit_length())
        # one row a bucket: the weights of all labels lie side by side when they are gathered
        self._weights = np.ascontiguousarray(weights)
        self._lines = list(zip(labels, scale.tolist(), bias.tolist(), strict=True))
        self._sums: Memory[Sums] = Memory(self._summed)

    def scores(self, text: str) -> dict[str, float]:
        """Returns the score of each label; a text without words scores 0 for all."""
        words, pairs = read(text)
        if not words:
            return dict.fromkeys(self.labels, 0.0)
        size, *sums = map(sum, zip(*self._sums.of(words), strict=True))
        root = math.sqrt(size + len(pairs))
        return {
            label: _sigmoid(scale * ((one + other) / root) + bias)
            for (label, scale, bias), one, other in zip(
                self._lines, sums, self._gathered(pairs), strict=True
            )
        }

    def _gathered(self, hashes: Hashes) -> list[int]:
        """Returns the sum of each label's weights in the buckets of some hashes."""
        rows = self._weights.take(hashes >> self._shift, axis=0)
        sums: list[int] = rows.sum(axis=0, dtype=np.int32).tolist()
        return sums

    def _summed(self, words: Sequence[str]) -> list[Sums]:
        """Returns how many features each word has, and the sum of each label's weights for them."""
        features = [word.features for word in known.of(words)]
        sizes = [len(some) // NATIVE.itemsize for some in features]
        hashes = np.frombuffer(b"".join(features), NATIVE)
        rows = self._weights.take(hashes >> self._shift, axis=0)
        starts = np.cumsum([0, *sizes[:-1]])
        sums = np.add.reduceat(rows, starts, axis=0, dtype=np.int32).tolist()
        return [(size, *some) for size, some in zip(sizes, sums, strict=True)]


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-logit)) if logit > LEAST else 0.0


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
