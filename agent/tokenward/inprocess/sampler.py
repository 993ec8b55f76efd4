"""Chooses the next tokens from the logits, as ``model.generate`` does, without the banned ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from tokenward.inprocess.sequences import Sequences

Bans = Mapping[int, Sequence[int]]


class Sampler:
    """Runs the logits processors and picks a token for each row, greedily or with torch's seed."""

    def __init__(self, processor: Any, *, sample: bool) -> None:
        self._processor = processor
        self._sample = sample

    def sample(
        self, logits: torch.Tensor, sequences: Sequences, live: Sequence[int], bans: Bans
    ) -> tuple[torch.Tensor, list[int]]:
        """Returns a token for each row, shape (rows,), and the rows whose bans leave none.

        Draws random numbers for every row, whatever happens to one of them, so that none changes
        what another samples. ``logits`` stay as they are.
        """
        scores = self._scores(logits, sequences, live, bans)
        stuck = [row for row in bans if scores[row].max() == -torch.inf]
        for row in stuck:
            scores[row] = 0.0
        if not self._sample:
            return scores.argmax(dim=-1), stuck
        return torch.multinomial(scores.softmax(dim=-1), num_samples=1).squeeze(1), stuck

    def _scores(
        self, logits: torch.Tensor, sequences: Sequences, live: Sequence[int], bans: Bans
    ) -> torch.Tensor:
        # bans come before the processors, so that top-k and top-p choose among the other tokens,
        # and after them, in case one forces a token
        allowed = _without(logits.clone(), bans)
        groups = sequences.groups(live)
        if len(groups) == 1:
            return _without(self._processor(groups[0][0], allowed), bans)
        scores = allowed.clone()
        for ids, rows in groups:
            scores[rows] = self._processor(ids, allowed.clone())[rows]
        return _without(scores, bans)


def _without(scores: torch.Tensor, bans: Bans) -> torch.Tensor:
    for row, tokens in bans.items():
        scores[row, list(tokens)] = -torch.inf
    return scores
