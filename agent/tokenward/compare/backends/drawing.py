"""What goes into `generate` of transformers: choosing tokens, and when each row ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import LogitsProcessor, LogitsProcessorList, StoppingCriteria
from transformers.generation.logits_process import (
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from tokenward.compare.backends.base import Ask
from tokenward.compare.backends.finite import NotFinite
from tokenward.compare.backends.numbers import gumbel, key_of
from tokenward.compare.sampling import Sampling


class Finite(LogitsProcessor):  # type: ignore[misc]  # transformers is not typed for us
    """Refuses logits of which no likeliest can be told."""

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:  # noqa: ARG002
        """Returns the scores as they are; raises `NotFinite`."""
        likeliest = scores.amax(dim=1)  # NaN where any is
        if not bool(torch.isfinite(likeliest).all()):
            raise NotFinite(int(torch.nonzero(~torch.isfinite(likeliest))[0]))
        return scores


class Common(LogitsProcessor):  # type: ignore[misc]
    """Adds the noise that both models share, so that the likeliest token is a draw."""

    def __init__(self, asks: Sequence[Ask], width: int, device: Any) -> None:
        self.keys = torch.tensor([key_of(*ask.key) for ask in asks], device=device)
        self.width = width

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Returns scores whose likeliest token is the one that is drawn."""
        step = input_ids.shape[1] - self.width
        # of log-probabilities or of logits: both differ by one number a row
        return scores.double() + gumbel(self.keys, step, scores.shape[1])


def processors(asks: Sequence[Ask], sampling: Sampling, width: int, device: Any) -> Any:
    """Returns what is done with logits before the likeliest is taken."""
    listed: list[Any] = [Finite()]
    if sampling.temperature > 0:
        if sampling.temperature != 1:
            listed.append(TemperatureLogitsWarper(sampling.temperature))
        if sampling.top_k:
            listed.append(TopKLogitsWarper(sampling.top_k))
        if sampling.top_p < 1:
            listed.append(TopPLogitsWarper(sampling.top_p))
        listed.append(Common(asks, width, device))
    return LogitsProcessorList(listed)


@dataclass
class Ends(StoppingCriteria):  # type: ignore[misc]
    """Ends rows at their limit or at a stop string, and notes when each token came.

    ``limits`` are tokens that a row may still say, ``text`` decodes ids. ``lengths`` are how many
    tokens a row had when it ended, ``times`` readings of `time.perf_counter`, one a step.
    """

    width: int
    limits: Sequence[int]
    ends: frozenset[int]
    stop: tuple[str, ...]
    text: Callable[[Sequence[int]], str]
    times: list[float] = field(default_factory=list)
    lengths: dict[int, int] = field(default_factory=dict)

    def __call__(self, input_ids: torch.Tensor, scores: Any, **_: Any) -> torch.Tensor:  # noqa: ARG002
        """Returns which rows have ended."""
        last = input_ids[:, -1].tolist()  # waits for an accelerator, as a reader of the text would
        self.times.append(time.perf_counter())
        said = input_ids.shape[1] - self.width
        for row, token in enumerate(last):
            if row not in self.lengths and self._ended(input_ids, row, token, said):
                self.lengths[row] = said
        done = [row in self.lengths for row in range(len(last))]
        return torch.tensor(done, device=input_ids.device)

    def _ended(self, input_ids: torch.Tensor, row: int, token: int, said: int) -> bool:
        if said >= self.limits[row] or token in self.ends:
            return True
        if not self.stop:
            return False
        text = self.text(input_ids[row, self.width :].tolist())
        return any(word in text for word in self.stop)
