"""Names by the model that ships: a linear conditional random field over hashed clues."""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from tokenward.errors import ModelMissing, UsageError
from tokenward.types import Tag, UnitKind
from tokenward_plugins.names.chain import KINDS, LABELS, marginals
from tokenward_plugins.names.clues import Lists, clues, lists
from tokenward_plugins.names.cut import tokens
from tokenward_plugins.names.labels import types_of
from tokenward_plugins.names.pieces import Piece, encodable, names, rounded
from tokenward_plugins.names.settings import NamesSettings

BITS = 16
LATIN = re.compile(r"[\W\d_]|[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff]")
"""How a word may begin that can be a name here: words in other scripts taught nothing."""

NONE = 0.7
"""How much the probability of no name counts against that of the likeliest kind."""

SURE = 1e-4
"""How near to 0 and 1 a probability counts when it is calibrated."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A model: int8 weights of each bucket and label, factors of transitions, a calibration."""

    table: NDArray[np.int8]
    scale: float
    factors: NDArray[np.float64]
    calibration: Mapping[str, tuple[float, float]]


def shipped() -> Weights:
    """Returns the model that ships, checked against its checksum."""
    folder = files(__package__).joinpath("model")
    manifest = json.loads(folder.joinpath("model.json").read_text(encoding="utf-8"))
    data = folder.joinpath("weights.npz").read_bytes()
    if sha256(data).hexdigest() != manifest["sha256"]:
        raise ModelMissing(
            "names: the embedded model is damaged; install tokenward again (pip install "
            "--force-reinstall tokenward)"
        )
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        table, factors = arrays["table"], arrays["factors"]
    calibration = {kind: (pair[0], pair[1]) for kind, pair in manifest["calibration"].items()}
    return Weights(table, float(manifest["scale"]), factors, calibration)


class EmbeddedNames:
    """A tagger that needs no download; it knows nothing but the words of one sentence."""

    unit: UnitKind = "sentence"
    inline = False

    def __init__(self, weights: Weights, settings: NamesSettings) -> None:
        self._weights = weights
        self._least = settings.min_score
        self._types = types_of(KINDS, settings.labels)
        self.types = frozenset(self._types.values())
        self._lists = lists()

    @classmethod
    def load(cls, settings: NamesSettings) -> EmbeddedNames:
        """Returns the tagger of the model that ships."""
        if settings.backend != "auto" or settings.device != "cpu":
            raise UsageError(
                "names: the embedded model has no backend to choose and runs on 'cpu'; leave out "
                "'backend' and 'device', or set 'model' to one of yours"
            )
        return cls(shipped(), settings)

    def tag(self, texts: Sequence[str]) -> list[list[Tag]]:
        """Returns the names in each text."""
        return [self._tags(encodable(text)) for text in texts]

    def _tags(self, text: str) -> list[Tag]:
        found = []
        for tag in names(text, pieces(text, self._weights, self._lists)):
            score = calibrated(tag.score, self._weights.calibration[tag.type])
            kind = self._types.get(tag.type)
            # signs alone are no name, wherever they stand
            lettered = any(map(str.isalpha, text[tag.start : tag.end]))
            if kind is not None and lettered and score >= self._least:
                found.append(Tag(kind, tag.start, tag.end, score, {"model": "embedded"}))
        return found


def pieces(text: str, weights: Weights, known: Lists) -> list[Piece]:
    """Returns what the model says of each word of a text."""
    spans = tokens(text)
    if not spans:
        return []
    rows = clues(text, spans, known, BITS)
    emitted = weights.table[rows].sum(axis=1, dtype=np.int32) * weights.scale
    shares, _ = marginals(emitted, weights.factors)
    return [
        _piece(span, row) if LATIN.match(text[span[0]]) else Piece(*span, "", "", 1.0)
        for span, row in zip(spans, shares.tolist(), strict=True)
    ]


def _piece(span: tuple[int, int], row: Sequence[float]) -> Piece:
    """Returns the likeliest kind of a word: its beginning and its inside are added up."""
    begins, insides = row[1::2], row[2::2]
    totals = [one + other for one, other in zip(begins, insides, strict=True)]
    best = max(range(len(KINDS)), key=totals.__getitem__)
    if row[0] * NONE > totals[best]:
        return Piece(*span, "", "", row[0])
    mark = LABELS[1 + 2 * best + (insides[best] > begins[best])][0]
    return Piece(*span, mark, KINDS[best], totals[best])


def calibrated(share: float, pair: tuple[float, float]) -> float:
    """Returns the probability that a name is right, by its mean share (Platt 1999)."""
    share = min(1 - SURE, max(SURE, share))
    logit = pair[0] * math.log(share / (1 - share)) + pair[1]
    return rounded(1 / (1 + math.exp(-logit)))
