"""Reads the folder of a model: weights, vocabulary and scales, as they were published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from tokenward.errors import ModelMissing, PluginError, UsageError, one_of
from tokenward_plugins.encoder.scales import Scale
from tokenward_plugins.encoder.settings import EMBEDDED
from tokenward_plugins.encoder.wordpiece import WordPiece

MANIFEST, WEIGHTS, VOCABULARY, SCALES = "model.json", "encoder.onnx", "vocab.txt", "scales.json"
NEEDED = (WEIGHTS, VOCABULARY, SCALES)
CARD = "MODEL_CARD.md"
FORMAT = "tokenward-encoder/2"
REMEDY = "reinstall tokenward, or train the model"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``model.json`` tells: checksums by file, labels by head, and labels that are withheld.

    A label is withheld where it is trained, but not good enough to decide anything.
    """

    folder: Traversable
    sums: Mapping[str, str]
    heads: Mapping[str, tuple[str, ...]]
    withheld: frozenset[str]

    @classmethod
    def read(cls, folder: Traversable) -> Manifest:
        """Returns the manifest of a folder."""
        try:
            told = json.loads(folder.joinpath(MANIFEST).read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            raise ModelMissing(f"{folder}: {MANIFEST!r} is not there; {REMEDY}") from None
        except ValueError:
            raise PluginError(f"{folder}: {MANIFEST!r} is no JSON; {REMEDY}") from None
        found = told.get("format") if isinstance(told, dict) else None
        if found != FORMAT:
            raise PluginError(f"{folder}: model format {found!r} is unknown; use {FORMAT!r}")
        try:
            sums = {name: str(told["files"][name]) for name in NEEDED}
            heads = {str(name): tuple(map(str, of)) for name, of in told["heads"].items()}
            withheld = frozenset(map(str, told.get("withheld", ())))
        except (KeyError, TypeError, AttributeError) as error:
            raise PluginError(
                f"{folder}: {MANIFEST!r} lacks checksums or heads ({type(error).__name__}: {error})"
                f"; {REMEDY}"
            ) from None
        return cls(folder, sums, heads, withheld)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of all heads, in the order of the network's columns."""
        return tuple(label for of in self.heads.values() for label in of)

    def wanted(self, heads: Sequence[str]) -> tuple[str, ...]:
        """Returns the labels of some heads, of all if none is named, without withheld ones."""
        open_heads = [name for name, of in self.heads.items() if not self.withheld.issuperset(of)]
        for name in heads:
            if name not in open_heads:
                raise UsageError(f"encoder: the model has no head {name!r}; {one_of(open_heads)}")
        return tuple(
            label
            for name in heads or open_heads
            for label in self.heads[name]
            if label not in self.withheld
        )

    def file(self, name: str) -> bytes:
        """Returns a file's content, once its checksum holds."""
        try:
            data = self.folder.joinpath(name).read_bytes()
        except FileNotFoundError:
            raise ModelMissing(f"{self.folder}: {name!r} is not there; {REMEDY}") from None
        found = hashlib.sha256(data).hexdigest()
        if found != self.sums[name]:
            raise PluginError(
                f"{self.folder}: {name!r} has the SHA-256 {found}, not {self.sums[name]} as in "
                f"{MANIFEST}; {REMEDY}"
            )
        return data

    def pieces(self) -> WordPiece:
        """Returns what cuts texts for the network."""
        try:
            text = self.file(VOCABULARY).decode("utf-8")
        except UnicodeDecodeError:
            raise PluginError(f"{self.folder}: {VOCABULARY!r} is not UTF-8; {REMEDY}") from None
        # not splitlines: a token may be a separator of another script
        return WordPiece(text.removesuffix("\n").split("\n"))

    def scales(self) -> list[Scale]:
        """Returns what makes scores of the logits, in the order of the labels."""
        data = self.file(SCALES)
        try:
            told: Mapping[str, Any] = json.loads(data)
            return [Scale.read(told[label]) for label in self.labels]
        except (ValueError, KeyError, TypeError) as error:
            raise PluginError(
                f"{self.folder}: {SCALES!r} does not fit the labels ({type(error).__name__}: "
                f"{error}); {REMEDY}"
            ) from None


def folder_of(model: str) -> Traversable:
    """Returns the folder that a policy means: the package's own, or one at a path."""
    if model == EMBEDDED:
        return files("tokenward_plugins.encoder").joinpath("model")
    if not Path(model).is_dir():
        raise ModelMissing(f"encoder: {model!r} is no folder; give one that holds {MANIFEST}")
    return Path(model)
