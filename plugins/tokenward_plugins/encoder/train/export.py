"""Writes a model as ONNX with int8 weights, and checks that it says what the trained one does."""

from __future__ import annotations

import hashlib
import json
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward.errors import UsageError
from tokenward_plugins.encoder.train import vocabulary
from tokenward_plugins.encoder.train.batches import Ids
from tokenward_plugins.encoder.train.model import MultiHead
from tokenward_plugins.encoder.train.score import Forward, padded

MODEL, MANIFEST = "encoder.onnx", "model.json"
LARGEST = 24_000_000
"""Bytes that the weights may take in the package."""

OPSET = 18


def export(model: MultiHead, folder: Path, tokens: Sequence[str], about: Mapping[str, Any]) -> int:
    """Writes model, vocabulary and manifest with the checksums; returns the model's bytes.

    Raises:
        UsageError: The model is larger than the package may carry.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / "whole.onnx"
        _write(model.cpu().eval(), whole)
        _quantise(whole, folder / MODEL)
    vocabulary.write(folder, tokens)
    size = (folder / MODEL).stat().st_size
    if size > LARGEST:
        raise UsageError(
            f"{folder / MODEL} has {size} bytes, more than {LARGEST}; cut the vocabulary further"
        )
    files = {name: _checksum(folder / name) for name in (MODEL, vocabulary.FILE)}
    manifest = {"format": "tokenward-encoder/1", "sha256": files, "bytes": size, **about}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return size


def forward(path: Path, threads: int = 1) -> Forward:
    """Returns the forward pass of an exported model, on the CPU."""
    import onnxruntime  # noqa: PLC0415  # only training and the encoder itself need it

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(ids: Ids, mask: Ids) -> NDArray[np.float32]:
        found: NDArray[np.float32] = session.run(None, {"ids": ids, "mask": mask})[0]
        return found

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


def _write(model: MultiHead, path: Path) -> None:
    import torch  # noqa: PLC0415  # loaded already, by the model

    ids = torch.zeros(2, 8, dtype=torch.long)
    sizes = {0: "texts", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the tracer, about constants that are meant
        torch.onnx.export(
            model,
            (ids, torch.ones_like(ids)),
            str(path),
            dynamo=False,
            input_names=["ids", "mask"],
            output_names=["logits"],
            dynamic_axes={"ids": sizes, "mask": sizes, "logits": {0: "texts"}},
            opset_version=OPSET,
        )


def _quantise(whole: Path, path: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415

    quantize_dynamic(whole, path, per_channel=True, weight_type=QuantType.QInt8)


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
