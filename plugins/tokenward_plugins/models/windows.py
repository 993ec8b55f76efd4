"""Cuts texts into windows of tokens that overlap, and windows into batches of like length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

STRIDE = 64
"""Tokens that neighbouring windows of a long text share."""
MAX_TOKENS = 1024
"""Tokens of a batch, with padding: larger batches gain nothing on CPUs."""

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Window:
    """The tokens of a text that a model sees at once; ``text`` is the number of the text."""

    text: int
    ids: Sequence[int]
    kinds: Sequence[int]


class Cutter:
    """A tokenizer (of the package ``tokenizers``) that loses no end of a text."""

    def __init__(self, tokenizer: Any, length: int) -> None:
        self._tokenizer = tokenizer
        self.length = length
        tokenizer.enable_truncation(length, stride=min(STRIDE, length // 4))
        tokenizer.no_padding()

    @property
    def highest(self) -> int:
        """The highest number of a token."""
        return max(self._tokenizer.get_vocab(with_added_tokens=True).values(), default=0)

    def windows(self, texts: Sequence[str]) -> list[Window]:
        """Returns the windows of texts; a text without tokens has none."""
        encoded = self._tokenizer.encode_batch([encodable(text) for text in texts])
        return [
            Window(number, part.ids, part.type_ids)
            for number, first in enumerate(encoded)
            for part in (first, *first.overflowing)
            if part.ids
        ]


def batches(windows: Sequence[Window], most: int) -> Iterator[list[Window]]:
    """Yields windows of like length together, so that little is padding."""
    batch: list[Window] = []
    for window in sorted(windows, key=lambda window: len(window.ids)):
        full = len(batch) == most or len(window.ids) * (len(batch) + 1) > MAX_TOKENS
        if batch and full:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def padded(batch: Sequence[Window], padding: int, width: int = 0) -> tuple[Ids, Ids, Ids]:
    """Returns ids, mask and kinds of a batch, as wide as the longest, or as a fixed width.

    >>> [rows.tolist() for rows in padded([Window(0, [7, 8], [0, 1]), Window(1, [9], [0])], 5)]
    [[[7, 8], [9, 5]], [[1, 1], [1, 0]], [[0, 1], [0, 0]]]
    """
    shape = (len(batch), width or max(len(window.ids) for window in batch))
    ids = np.full(shape, padding, np.int64)
    mask, kinds = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for row, window in enumerate(batch):
        length = len(window.ids)
        ids[row, :length], mask[row, :length], kinds[row, :length] = window.ids, 1, window.kinds
    return ids, mask, kinds


def encodable(text: str) -> str:
    """Returns a text of the same length that can be encoded: a lone surrogate is no character."""
    return text.encode("utf-8", "replace").decode("utf-8")
