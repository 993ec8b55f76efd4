"""Makes the dense layers of a trained encoder narrower, without a step of training.

Of the inner units of a layer those are kept from which its output is best told, and what they give
is weighed anew for that. Layers go one after the other, each with what the slimmer ones below it
give.

References:
    Chen et al. 1989, "Orthogonal least squares methods" (doi 10.1080/00207178908953472): the order.
    Luo et al. 2017, "ThiNet" (arXiv:1707.06342): units by what the next layer needs of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tokenward.errors import UsageError
from tokenward_plugins.encoder.train.batches import Sampler, Variety
from tokenward_plugins.encoder.train.model import Layer, MultiHead
from tokenward_plugins.encoder.train.score import padded
from tokenward_plugins.encoder.train.vocabulary import Cutter
from tokenward_plugins.linear.train.rows import Row

BATCH, TEXTS = 64, 1536
RIDGE = 1e-4
"""What is added to each unit's variance, as a share of the mean one."""

Floats = NDArray[np.float64]


def drawn(rows: Sequence[Row], cutter: Cutter, seed: int) -> list[list[int]]:
    """Returns the ids of some texts, drawn and varied as they are for training."""
    batches = Sampler(rows, cutter, Variety(), seed).batches(BATCH)
    some = itertools.islice(batches, TEXTS // BATCH)
    return [
        ids[: int(mask.sum())].tolist()
        for batch in some
        for ids, mask in zip(batch.ids, batch.mask, strict=True)
    ]


def slimmer(model: MultiHead, inner: int, pieces: Sequence[Sequence[int]]) -> MultiHead:
    """Leaves ``inner`` units in each layer's dense part, chosen on the ids of some texts.

    Raises:
        UsageError: The model does not have as many.
    """
    layers: list[Layer] = list(model.encoder.layers)  # type: ignore[arg-type]
    widest = layers[0].wide.out_features
    if not 0 < inner <= widest:
        raise UsageError(f"--inner {inner}: the model has {widest} units; give 1 to {widest}")
    model.eval()
    for layer in layers:
        states = _mixed(model, layer, pieces)
        with torch.no_grad():
            units = functional.gelu(layer.wide(states)).double().numpy()
        _narrow(layer, units, inner)
    return model


def chosen(units: Floats, out: Floats, count: int) -> list[int]:
    """Returns the units, the most telling first, that best give ``units @ out`` by least squares.

    >>> units = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, -1.0, 1.0], [2.0, 2.0, 0.5]])
    >>> chosen(units, np.array([[1.0], [0.0], [0.1]]), 2)
    [0, 2]
    """
    left = np.cov(units, rowvar=False, bias=True)
    least = RIDGE * float(np.trace(left)) / len(left)
    told = left @ out
    order: list[int] = []
    for _ in range(count):
        gain = np.square(told).sum(1) / (np.diag(left) + least)
        gain[order] = -1
        best = int(gain.argmax())
        order.append(best)
        part = left[:, best] / np.sqrt(left[best, best] + least)
        left -= np.outer(part, part)
        told -= np.outer(part, part @ out)
    return order


def _narrow(layer: Layer, units: Floats, inner: int) -> None:
    """Keeps the best units of a layer, and fits what its output makes of them."""
    out = layer.narrow.weight.detach().double().numpy().T
    kept = sorted(chosen(units, out, inner))
    some, wanted = units[:, kept], units @ out
    means = some.mean(0), wanted.mean(0)
    gram = np.cov(some, rowvar=False, bias=True)
    gram += np.eye(inner) * RIDGE * np.trace(gram) / inner
    cross = (some - means[0]).T @ (wanted - means[1]) / len(some)
    weights = np.linalg.solve(gram, cross)
    bias = layer.narrow.bias.detach().double().numpy() + means[1] - means[0] @ weights
    wide = layer.wide
    layer.wide = _linear(wide.weight.detach()[kept], wide.bias.detach()[kept])
    layer.narrow = _linear(torch.from_numpy(weights.T).float(), torch.from_numpy(bias).float())


def _linear(weight: Tensor, bias: Tensor) -> nn.Linear:
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.load_state_dict({"weight": weight, "bias": bias})
    return layer


def _mixed(model: MultiHead, layer: Layer, pieces: Sequence[Sequence[int]]) -> Tensor:
    """Returns what goes into a layer's dense part, a line a token."""
    seen: list[Tensor] = []
    hook = layer.mixed.register_forward_hook(lambda _module, _inputs, states: seen.append(states))
    rows: list[Tensor] = []
    try:
        for ids, mask in _batches(pieces):
            with torch.no_grad():
                model(ids, mask)
            rows.append(seen.pop()[mask > 0])
    finally:
        hook.remove()
    return torch.cat(rows)


def _batches(pieces: Sequence[Sequence[int]]) -> Iterator[tuple[Tensor, Tensor]]:
    ordered = sorted(pieces, key=len)
    for at in range(0, len(ordered), BATCH):
        ids, mask = padded(ordered[at : at + BATCH])
        yield torch.from_numpy(ids), torch.from_numpy(mask)
