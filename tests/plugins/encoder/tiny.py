"""A published model of random weights, as small as one can be, and what can go wrong with it."""

from __future__ import annotations

import hashlib
import json
import string
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from tokenward_plugins.encoder.folder import MANIFEST, SCALES
from tokenward_plugins.encoder.scales import Curve, Scale
from tokenward_plugins.encoder.train import export, scale
from tokenward_plugins.encoder.train.labels import HEADS
from tokenward_plugins.encoder.train.model import Encoder, MultiHead, Shape
from tokenward_plugins.encoder.train.publish import publish
from tokenward_plugins.encoder.windows import Tail
from tokenward_plugins.encoder.wordpiece import SPECIAL

TOKENS = [
    *SPECIAL,
    *(f"{start}{letter}" for letter in string.ascii_lowercase for start in ("", "##")),
    *".,?!'",
    *("the", "is", "you", "ignore", "rules", "all", "fool", "sentence"),
]


def network(
    tokens: Sequence[str] = TOKENS, heads: Mapping[str, Sequence[str]] = HEADS
) -> MultiHead:
    """A network whose logits differ much from text to text."""
    torch.manual_seed(0)
    made = MultiHead(Encoder(Shape(len(tokens), 16, 2, 4, 32, 128)), heads).eval()
    with torch.no_grad():
        for head in made.heads.values():
            head.weight.mul_(20)
    return made


def published(
    root: Path, heads: Mapping[str, Sequence[str]] = HEADS, withheld: Sequence[str] = ()
) -> Path:
    """Publishes such a network under a folder, and returns where it lies."""
    labels = [label for of in heads.values() for label in of]
    export.export(network(heads=heads), root / "run", TOKENS, {"heads": heads, "labels": labels})
    tail = Tail.of(np.random.default_rng(0).normal(-4, 1.5, 4000))
    curve = Curve((-6.0, 6.0), (0.01, 0.99))
    scales = {label: Scale(tail, curve, 1.0) for label in labels}
    (root / "run" / SCALES).write_text(json.dumps(scale.written(scales)), encoding="utf-8")
    publish(root / "run", root / "model", withheld)
    return root / "model"


def changed(folder: Path, name: str, data: bytes) -> None:
    """Changes a file, and its checksum with it: as whoever publishes a wrong file would."""
    (folder / name).write_bytes(data)
    told = json.loads((folder / MANIFEST).read_text("utf-8"))
    told["files"][name] = hashlib.sha256(data).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(told), encoding="utf-8")
