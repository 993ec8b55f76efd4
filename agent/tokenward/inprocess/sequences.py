"""The token ids of a batch whose rows can have different lengths after a rewind."""

from __future__ import annotations

from collections.abc import Iterable

import torch


class Sequences:
    """Prompts and new tokens: ``ids`` has shape (rows, capacity), with ``pad`` behind each row's end.

    Logits processors and stopping criteria want a rectangle, and read the length off it. ``groups``
    gives them one for each length: a single one until a row is rewound.
    """

    def __init__(self, prompts: torch.Tensor, pad: int) -> None:
        rows, length = prompts.shape
        self.pad = pad
        self.lengths = [length] * rows
        self._ends = torch.full((rows, 1), length, device=prompts.device)
        self._growing = torch.ones_like(self._ends)
        self._ids = prompts

    def __len__(self) -> int:
        return len(self.lengths)

    def append(self, tokens: torch.Tensor) -> None:
        """Adds a token to each row that grows; ``tokens`` has shape (rows,)."""
        if max(self.lengths) >= self._ids.shape[1]:
            more = torch.full_like(self._ids, self.pad)
            self._ids = torch.cat([self._ids, more], dim=1)
        kept = torch.where(self._growing == 1, tokens[:, None], self.pad)
        self._ids.scatter_(1, self._ends, kept)
        self._ends += self._growing
        for row, grows in enumerate(self._growing[:, 0].tolist()):
            self.lengths[row] += grows

    def stop(self, row: int) -> None:
        """Lets a row grow no more."""
        self._growing[row] = 0

    def cut(self, row: int, length: int) -> None:
        """Drops what is behind a length."""
        self._ids[row, length:] = self.pad
        self._ends[row] = self.lengths[row] = length

    def last(self) -> torch.Tensor:
        """Returns the last token of each row, shape (rows, 1)."""
        return self._ids.gather(1, self._ends - 1)

    def groups(self, rows: Iterable[int]) -> list[tuple[torch.Tensor, list[int]]]:
        """Returns, for each length among some rows, the batch cut to it and the rows that have it."""
        by_length: dict[int, list[int]] = {}
        for row in rows:
            by_length.setdefault(self.lengths[row], []).append(row)
        return [(self._ids[:, :length], some) for length, some in by_length.items()]
