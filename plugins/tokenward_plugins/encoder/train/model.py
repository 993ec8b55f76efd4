"""A small BERT with one linear layer a head on the mean of its last states.

The layers are written out, for they are few: so what is trained, exported and frozen is seen, and
nothing but torch is needed. Names of weights are those of the published checkpoints.

References:
    Devlin et al. 2019, "BERT" (doi 10.18653/v1/N19-1423).
    Reimers and Gurevych 2019, "Sentence-BERT" (doi 10.18653/v1/D19-1410): the mean over tokens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from tokenward.errors import UsageError

WEIGHTS = "model.safetensors"


@dataclass(frozen=True, slots=True)
class Shape:
    """How large a base model is."""

    vocabulary: int
    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int
    eps: float = 1e-12

    @classmethod
    def read(cls, base: Path) -> Shape:
        """Returns the shape that a checkpoint's ``config.json`` tells."""
        try:
            told = json.loads((base / "config.json").read_text("utf-8"))
        except FileNotFoundError:
            raise UsageError(
                f"{base}/config.json is not there; give the folder of a BERT checkpoint"
            ) from None
        if told.get("model_type") != "bert":
            raise UsageError(f"{base} holds a {told.get('model_type')!r} model; a 'bert' is needed")
        return cls(
            told["vocab_size"],
            told["hidden_size"],
            told["num_hidden_layers"],
            told["num_attention_heads"],
            told["intermediate_size"],
            told["max_position_embeddings"],
            told["layer_norm_eps"],
        )


class Layer(nn.Module):
    """Self-attention and two dense layers, each added to what came in and normalised."""

    def __init__(self, shape: Shape, dropout: float) -> None:
        super().__init__()
        size = shape.hidden
        self.heads = shape.heads
        self.query, self.key, self.value = (nn.Linear(size, size) for _ in range(3))
        self.mix = nn.Linear(size, size)
        self.mixed = nn.LayerNorm(size, eps=shape.eps)
        self.wide = nn.Linear(size, shape.inner)
        self.narrow = nn.Linear(shape.inner, size)
        self.done = nn.LayerNorm(size, eps=shape.eps)
        self.dropout = dropout

    def forward(self, states: Tensor, bias: Tensor) -> Tensor:
        """Returns the states after the layer; ``bias`` is added to the attention's logits."""
        query, key, value = (
            self._split(part(states)) for part in (self.query, self.key, self.value)
        )
        rate = self.dropout if self.training else 0.0
        seen = functional.scaled_dot_product_attention(query, key, value, bias, rate)
        seen = seen.transpose(1, 2).flatten(2)
        states = self.mixed(states + functional.dropout(self.mix(seen), rate, self.training))
        wide = functional.gelu(self.wide(states))
        done: Tensor = self.done(
            states + functional.dropout(self.narrow(wide), rate, self.training)
        )
        return done

    def _split(self, states: Tensor) -> Tensor:
        texts, tokens, size = states.shape
        return states.view(texts, tokens, self.heads, size // self.heads).transpose(1, 2)


class Encoder(nn.Module):
    """Turns token ids into one vector a text: the mean of the last states, padding left out."""

    def __init__(self, shape: Shape, dropout: float = 0.1) -> None:
        super().__init__()
        self.shape = shape
        self.words = nn.Embedding(shape.vocabulary, shape.hidden)
        self.positions = nn.Embedding(shape.positions, shape.hidden)
        self.kind = nn.Parameter(torch.zeros(shape.hidden))
        self.start = nn.LayerNorm(shape.hidden, eps=shape.eps)
        self.layers = nn.ModuleList(Layer(shape, dropout) for _ in range(shape.layers))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Returns a vector a text; ``mask`` is 1 where a token stands, 0 where padding does."""
        places = torch.arange(ids.shape[1], device=ids.device)
        states = self.start(self.words(ids) + self.positions(places) + self.kind)
        bias = (1 - mask.to(states.dtype))[:, None, None, :] * -1e4
        for layer in self.layers:
            states = layer(states, bias)
        weight = mask.to(states.dtype)[:, :, None]
        mean: Tensor = (states * weight).sum(1) / weight.sum(1).clamp(min=1)
        return mean


class MultiHead(nn.Module):
    """An encoder with heads; the logits are a column a label, in the order of the heads."""

    def __init__(self, encoder: Encoder, heads: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self.encoder = encoder
        size = encoder.shape.hidden
        self.heads = nn.ModuleDict({name: nn.Linear(size, len(of)) for name, of in heads.items()})
        self.dropout = 0.1

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Returns a logit a text and label."""
        vector = functional.dropout(self.encoder(ids, mask), self.dropout, self.training)
        return torch.cat([head(vector) for head in self.heads.values()], dim=1)


def load(base: Path, kept: Sequence[int] | None = None) -> Encoder:
    """Returns the encoder of a checkpoint; of its vocabulary, the ids of ``kept`` in their order.

    Raises:
        UsageError: The folder holds no BERT, or no ``model.safetensors``.
    """
    from safetensors.torch import load_file  # noqa: PLC0415  # only training needs it

    encoder = Encoder(Shape.read(base))
    if not (base / WEIGHTS).is_file():
        raise UsageError(f"{base}/{WEIGHTS} is not there; other formats are not read")
    found = {name.removeprefix("bert."): value for name, value in load_file(base / WEIGHTS).items()}
    encoder.load_state_dict({ours: found[theirs] for ours, theirs in _names(encoder)}, strict=False)
    with torch.no_grad():
        encoder.kind.copy_(found["embeddings.token_type_embeddings.weight"][0])
    return encoder if kept is None else cut(encoder, kept)


def cut(encoder: Encoder, kept: Sequence[int]) -> Encoder:
    """Returns the encoder, its table of words cut to the ids of ``kept``."""
    table = encoder.words.weight.detach()[torch.tensor(list(kept))]
    encoder.words = nn.Embedding(*table.shape)
    encoder.words.load_state_dict({"weight": table})
    return encoder


def shallower(model: MultiHead, layers: int) -> MultiHead:
    """Keeps ``layers`` of a model's layers, the lowest and the highest and some between.

    Sanh et al. 2019, "DistilBERT" (arXiv:1910.01108): such a model is a start for a student.

    Raises:
        UsageError: The model does not have as many.
    """
    found = list(model.encoder.layers)
    if not 2 <= layers <= len(found):  # the lowest and the highest
        raise UsageError(f"--layers {layers}: the model has {len(found)}; give 2 to {len(found)}")
    step = (len(found) - 1) / (layers - 1)
    model.encoder.layers = nn.ModuleList(found[round(at * step)] for at in range(layers))
    return model


def mean(runs: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Returns the mean weights of runs that began alike: as good as the mean of their scores.

    Wortsman et al. 2022, "Model soups" (arXiv:2203.05482).

    Raises:
        UsageError: They are of different shapes.
    """
    first, *others = map(_shapes, runs)
    if any(other != first for other in others):
        raise UsageError(
            "the weights are of different shapes; give runs of one base and vocabulary"
        )
    return {name: torch.stack([run[name] for run in runs]).mean(0) for name in first}


def towards(
    weights: Mapping[str, Tensor], base: Mapping[str, Tensor], share: float
) -> dict[str, Tensor]:
    """Returns weights that are drawn to those of the base by a share of the way; heads stay.

    What was learnt is kept nearly whole, and the base knows more of texts from elsewhere:
    Wortsman et al. 2022, "Robust fine-tuning of zero-shot models" (arXiv:2109.01903).

    Raises:
        UsageError: The base is of another shape.
    """
    if _shapes(weights) != _shapes(base):
        raise UsageError(
            "--towards-base: the base is of another shape; draw weights to it before they are "
            "made narrower"
        )
    return {
        name: value if name.startswith("heads.") else torch.lerp(value, base[name], share)
        for name, value in weights.items()
    }


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in weights.items()}


def shaped(model: MultiHead, weights: Mapping[str, Tensor]) -> MultiHead:
    """Returns a model that is as deep and as wide within as these weights, holding them."""
    layers = {name.split(".")[2] for name in weights if name.startswith("encoder.layers.")}
    model = shallower(model, len(layers))
    for number, layer in enumerate(model.encoder.layers):
        inner, size = weights[f"encoder.layers.{number}.wide.weight"].shape
        layer.wide, layer.narrow = nn.Linear(size, inner), nn.Linear(inner, size)
    model.load_state_dict(dict(weights))
    return model


def _names(encoder: Encoder) -> list[tuple[str, str]]:
    """Returns our names of weights with those of the published checkpoints."""
    names = [
        ("words", "embeddings.word_embeddings"),
        ("positions", "embeddings.position_embeddings"),
        ("start", "embeddings.LayerNorm"),
    ]
    for number in range(encoder.shape.layers):
        ours, theirs = f"layers.{number}", f"encoder.layer.{number}"
        names += [
            (f"{ours}.query", f"{theirs}.attention.self.query"),
            (f"{ours}.key", f"{theirs}.attention.self.key"),
            (f"{ours}.value", f"{theirs}.attention.self.value"),
            (f"{ours}.mix", f"{theirs}.attention.output.dense"),
            (f"{ours}.mixed", f"{theirs}.attention.output.LayerNorm"),
            (f"{ours}.wide", f"{theirs}.intermediate.dense"),
            (f"{ours}.narrow", f"{theirs}.output.dense"),
            (f"{ours}.done", f"{theirs}.output.LayerNorm"),
        ]
    ends = ("weight", "bias")
    known = encoder.state_dict()
    pairs = [(f"{ours}.{end}", f"{theirs}.{end}") for ours, theirs in names for end in ends]
    return [pair for pair in pairs if pair[0] in known]
