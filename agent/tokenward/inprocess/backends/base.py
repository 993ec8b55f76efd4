"""What the guarded loop asks of an engine: read, tell what may follow, and go back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch


class Backend(Protocol):
    """One sequence of tokens and what a model remembers of it.

    ``tokens`` are those that it has read, the prompt's first. ``logits`` are the model's raw ones
    for the token that follows, shape (1, vocabulary), float32. ``rewind`` forgets all tokens but
    the first ``length``, of which there is at least one; the logits then are those that a fresh
    reading of the rest would give. ``room`` is how many tokens its context holds.
    """

    tokens: list[int]
    room: int

    def feed(self, tokens: Sequence[int]) -> None:
        """Reads tokens behind those that it has read."""

    def logits(self) -> torch.Tensor:
        """Returns the logits of the next token."""

    def rewind(self, length: int) -> None:
        """Goes back to where it had read ``length`` tokens."""
