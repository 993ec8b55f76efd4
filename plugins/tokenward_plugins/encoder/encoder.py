"""Scores texts of any length for all labels of a model: each text once, whoever asks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from tokenward.types import Unjudged
from tokenward_plugins.encoder.folder import WEIGHTS, Manifest
from tokenward_plugins.encoder.network import Network
from tokenward_plugins.encoder.once import Once
from tokenward_plugins.encoder.scales import Scale
from tokenward_plugins.encoder.windows import windows
from tokenward_plugins.encoder.wordpiece import WordPiece

REMEMBERED = 256
"""Texts whose scores are kept for other rules and detectors that ask for them."""

TOO_LONG = "too_long"

LETTER = re.compile(r"[^\W\d_]")
LEAST = 3
"""Letters below which a text says nothing: a variable, the point of a list, a face."""

Scores = tuple[float, ...]


class Encoder:
    """A network with what cuts texts for it and makes scores of its logits."""

    def __init__(
        self,
        labels: Sequence[str],
        pieces: WordPiece,
        network: Network,
        scales: Sequence[Scale],
        max_windows: int,
    ) -> None:
        self.labels = tuple(labels)
        self._pieces, self._network, self._scales = pieces, network, scales
        self._max_windows = max_windows
        self._once = Once(self._scores, REMEMBERED)

    @classmethod
    def load(cls, manifest: Manifest, threads: int, max_windows: int) -> Encoder:
        """Returns the model of a folder, once its checksums hold and its parts fit."""
        network = Network.open(manifest.file(WEIGHTS), threads)
        pieces, scales = manifest.pieces(), manifest.scales()
        network.check(len(pieces.tokens), len(manifest.labels))
        return cls(manifest.labels, pieces, network, scales, max_windows)

    @property
    def thresholds(self) -> Mapping[str, float]:
        """The scores that one benign text in 200 reaches, by label."""
        return {
            label: float(scale.chance(np.array(scale.threshold)))
            for label, scale in zip(self.labels, self._scales, strict=True)
        }

    @property
    def passes(self) -> int:
        """How many texts went through the network."""
        return self._once.calls

    def scores(self, text: str) -> Scores | Unjudged:
        """Returns a score a label, or why there is none."""
        return self._once(text)

    def _scores(self, text: str) -> Scores | Unjudged:
        ids = self._pieces.ids(text)
        if ids.count(self._pieces.unknown) == len(ids) or len(LETTER.findall(text)) < LEAST:
            return (0.0,) * len(self.labels)  # there is nothing that it could judge
        some = list(windows(ids))
        if len(some) > self._max_windows:
            return Unjudged(TOO_LONG)
        highest = self._network(self._pieces.framed(some[0]))
        for more in some[1:]:
            highest = np.maximum(highest, self._network(self._pieces.framed(more)))
        logits = highest.astype(np.float64)
        if len(some) > 1:
            counts = np.array(len(some))
            pairs = zip(self._scales, logits, strict=True)
            logits = np.array([scale.single(logit, counts) for scale, logit in pairs])
        return tuple(
            float(scale.chance(logit)) for scale, logit in zip(self._scales, logits, strict=True)
        )
