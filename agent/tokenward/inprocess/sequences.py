"""The token ids of a batch whose rows can have different lengths after a rewind."""

from __future__ import annotations

from collections.abc import Iterable

import torch


class Sequences:
    """Prompts and new tokens of all rows, with padding behind the end of each.

    Logits processors and stopping criteria want a rectangle, and read the length off it. ``groups``
    gives them one for each length: a single one until a row is rewound.
    """

    def __init__(self, prompts: torch.Tensor, pad: int) -> None:
        rows, length = prompts.shape
        self.lengths = [length] * rows
        self._pad = pad
        self._growing = [True] * rows
        self._grows = torch.ones((rows, 1), dtype=torch.long, device=prompts.device)
        self._ends = torch.full_like(self._grows, length)
        self._ids = prompts

    def append(self, tokens: torch.Tensor) -> None:
        """Adds a token to each row that grows; ``tokens`` has shape (rows,)."""
        if max(self.lengths) >= self._ids.shape[1]:
            self._ids = torch.cat([self._ids, torch.full_like(self._ids, self._pad)], dim=1)
        if all(self._growing):
            kept = tokens[:, None]
        else:
            kept = tokens[:, None] * self._grows + self._pad * (1 - self._grows)
        self._ids.scatter_(1, self._ends, kept)
        self._ends += self._grows
        for row, grows in enumerate(self._growing):
            self.lengths[row] += grows

    def stop(self, row: int) -> None:
        """Lets a row grow no more."""
        self._growing[row] = False
        self._grows[row] = 0

    def cut(self, row: int, length: int) -> None:
        """Drops what is behind a length."""
        self._ids[row, length:] = self._pad
        self._ends[row] = self.lengths[row] = length

    def last(self) -> torch.Tensor:
        """Returns the last token of each row, shape (rows, 1)."""
        return self._ids.gather(1, self._ends - 1)

    def rectangle(self) -> torch.Tensor:
        """Returns all rows, padded to the longest."""
        return self._ids[:, : max(self.lengths)]

    def groups(self, rows: Iterable[int]) -> list[tuple[torch.Tensor, list[int]]]:
        """Returns the batch cut to each length among some rows, and the rows that have it."""
        by_length: dict[int, list[int]] = {}
        for row in rows:
            by_length.setdefault(self.lengths[row], []).append(row)
        return [(self._ids[:, :length], some) for length, some in by_length.items()]
