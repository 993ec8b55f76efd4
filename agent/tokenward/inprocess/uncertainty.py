"""How sure a model was of its tokens, in nats: numbers to watch for drift, not to act on."""

from __future__ import annotations

import torch


def uncertainty(logits: torch.Tensor, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Returns the surprisal of each row's token and the entropy of each row's distribution.

    Both are those of the model's own distribution, the softmax of the raw logits: before
    temperature, penalties, top-k and bans, so that they can be compared between settings.
    ``logits`` has shape (rows, vocabulary), ``tokens`` and the results have shape (rows,).

    >>> logits = torch.tensor([[0.0, 0.0], [0.0, -torch.inf]])
    >>> surprisal, entropy = uncertainty(logits, torch.tensor([1, 0]))
    >>> [round(x, 4) for x in surprisal.tolist()], [round(x, 4) for x in entropy.tolist()]
    ([0.6931, 0.0], [0.6931, 0.0])
    """
    log_p = logits.log_softmax(dim=-1)
    surprisal = 0.0 - log_p.gather(-1, tokens[:, None])[:, 0]  # not -0.0
    # where p is 0, p log p is 0, but 0 * -inf is no number
    entropy = 0.0 - (log_p.exp() * log_p).nansum(dim=-1)
    return surprisal, entropy


def mean(values: list[float]) -> float | None:
    """Returns the mean, ``None`` of nothing.

    >>> mean([1.0, 2.0]), mean([])
    (1.5, None)
    """
    return sum(values) / len(values) if values else None
