"""Gives each frequent word a vector: what MiniLM makes of it alone, in its main directions.

References:
    Wang et al. 2020, "MiniLM: Deep Self-Attention Distillation", NeurIPS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

WORD = re.compile(r"[a-z]{2,}")
DIMENSIONS = 64
BATCH = 256


def vocabulary(base: Path) -> dict[str, int]:
    """Returns the whole words of a vocabulary, the commonest first, with their token ids."""
    tokens = (base / "vocab.txt").read_text(encoding="utf-8").split("\n")
    return {token: place for place, token in enumerate(tokens) if WORD.fullmatch(token)}


def vectors(base: Path) -> tuple[list[str], Any]:
    """Returns the words, and their vectors as signed bytes, each scaled to its largest."""
    import torch  # noqa: PLC0415  # heavy
    from safetensors.torch import load_file  # noqa: PLC0415

    torch.set_num_threads(1)
    weights = {name: one.float() for name, one in load_file(base / "model.safetensors").items()}
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    tokens = (base / "vocab.txt").read_text(encoding="utf-8").split("\n")
    first, last = tokens.index("[CLS]"), tokens.index("[SEP]")
    words = vocabulary(base)
    ids = torch.tensor([[first, place, last] for place in words.values()])
    with torch.no_grad():
        some = [_encoded(weights, config, ids[at : at + BATCH]) for at in range(0, len(ids), BATCH)]
    rows = torch.cat(some).numpy()
    rows -= rows.mean(0)
    _, _, directions = np.linalg.svd(rows, full_matrices=False)
    rows = rows @ directions[:DIMENSIONS].T
    rows *= 127 / np.abs(rows).max(1, keepdims=True)
    return list(words), np.round(rows).astype(np.int8)


def _encoded(weights: Mapping[str, Any], config: Mapping[str, Any], ids: Any) -> Any:
    """Runs a BERT encoder; returns the mean of its last states."""
    from torch.nn.functional import gelu, layer_norm, softmax  # noqa: PLC0415

    def linear(x: Any, name: str) -> Any:
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(x: Any, name: str) -> Any:
        shape = (x.shape[-1],)
        return layer_norm(x, shape, weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-12)

    embedded = weights["embeddings.word_embeddings.weight"][ids]
    embedded = embedded + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
    embedded = embedded + weights["embeddings.token_type_embeddings.weight"][0]
    x = norm(embedded, "embeddings.LayerNorm")
    count, length, width = x.shape
    heads = config["num_attention_heads"]
    for layer in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{layer}"
        query, key, value = (
            linear(x, f"{at}.attention.self.{name}")
            .view(count, length, heads, width // heads)
            .transpose(1, 2)
            for name in ("query", "key", "value")
        )
        shares = softmax(query @ key.transpose(-1, -2) / (width // heads) ** 0.5, -1)
        mixed = (shares @ value).transpose(1, 2).reshape(count, length, width)
        mixed = linear(mixed, f"{at}.attention.output.dense")
        x = norm(x + mixed, f"{at}.attention.output.LayerNorm")
        inner = gelu(linear(x, f"{at}.intermediate.dense"))
        x = norm(x + linear(inner, f"{at}.output.dense"), f"{at}.output.LayerNorm")
    return x.mean(1)
