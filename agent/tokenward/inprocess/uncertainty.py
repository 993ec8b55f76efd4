"""How sure a model was of its tokens, in nats: numbers to watch for drift, not to act on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch


class Sureness(NamedTuple):
    """How sure a model was, row by row, each of shape (rows,), in nats.

    ``surprisal`` is that of the row's token, ``entropy`` that of the row's distribution, ``margin``
    how much more likely the first token is than the second: the difference of their log
    probabilities.
    """

    surprisal: torch.Tensor
    entropy: torch.Tensor
    margin: torch.Tensor

    def rows(self) -> list[list[float]]:
        """Returns the three lists of numbers, in one transfer from the device."""
        return on_their_way(*self)()


def on_their_way(*columns: torch.Tensor) -> Callable[[], list[list[float]]]:
    """Sends numbers, tensors of shape (rows,), from the device to the host in one transfer.

    Returns what waits for them, so that a GPU has other work meanwhile. They are made ``float32``,
    which holds any token id below 16,777,216 as it is.

    >>> on_their_way(torch.tensor([128_255, 7]), torch.tensor([True, False]))()
    [[128255.0, 7.0], [1.0, 0.0]]
    """
    packed = torch.stack([one.to(torch.float32) for one in columns])
    sent = packed.to("cpu", non_blocking=packed.is_cuda)
    arrived = torch.cuda.current_stream(packed.device).record_event() if packed.is_cuda else None

    def wait() -> list[list[float]]:
        if arrived is not None:
            arrived.synchronize()
        numbers: list[list[float]] = sent.tolist()
        return numbers

    return wait


def uncertainty(logits: torch.Tensor, tokens: torch.Tensor) -> Sureness:
    """Returns how sure a model was of each row's token, of two or more.

    All are those of the model's own distribution, the softmax of the raw logits: before
    temperature, penalties, top-k and bans, so that they can be compared between settings.
    ``logits`` has shape (rows, vocabulary), ``tokens`` has shape (rows,).

    >>> logits = torch.tensor([[0.0, 0.0, -torch.inf], [0.0, 2.0, 2.5]])
    >>> sure = uncertainty(logits, torch.tensor([1, 0]))
    >>> [[round(x, 4) for x in numbers] for numbers in sure.rows()]
    [[0.6931, 3.0239], [0.6931, 0.825], [0.0, 0.5]]
    """
    log_p = logits.log_softmax(dim=-1)
    surprisal = 0.0 - log_p.gather(-1, tokens[:, None])[:, 0]  # not -0.0
    # where p is 0, p log p is 0, but 0 * -inf is no number
    entropy = 0.0 - (log_p.exp() * log_p).nansum(dim=-1)
    # twice the largest is a few kernels, on a GPU, where topk takes dozens
    first, at = log_p.max(dim=-1, keepdim=True)
    second = log_p.scatter_(-1, at, -torch.inf).amax(dim=-1)
    return Sureness(surprisal, entropy, first[:, 0] - second)


def mean(values: list[float]) -> float | None:
    """Returns the mean, ``None`` of nothing.

    >>> mean([1.0, 2.0]), mean([])
    (1.5, None)
    """
    return sum(values) / len(values) if values else None
