"""A checkpoint as one is published, small and of random weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel


def saved(path: Path, tokens: Sequence[str]) -> BertModel:
    """Writes configuration, weights and vocabulary to a folder, and returns the model."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=32,
        max_position_embeddings=128,
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    path.mkdir(parents=True, exist_ok=True)
    config.save_pretrained(path)
    save_file(model.state_dict(), path / "model.safetensors")
    (path / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    return model
