"""Chooses the next token of one sequence, as transformers would from the same logits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import torch

from tokenward.inprocess.backends.options import StepOptions


class Picker:
    """The logits processors of transformers, and torch's random numbers."""

    def __init__(self, options: StepOptions) -> None:
        self._sample = options.do_sample
        self._process = _processors(options)
        self._random: torch.Generator | None = None
        if options.seed is not None:
            self._random = torch.Generator().manual_seed(options.seed)

    def pick(
        self, logits: torch.Tensor, tokens: Sequence[int], banned: Collection[int]
    ) -> int | None:
        """Returns a token that is not banned; ``None`` where none is left.

        ``logits`` has shape (1, vocabulary) and stays as it is.
        """
        scores = logits.clone()
        # before the processors, so that top-k and top-p choose among the other tokens
        scores[0, list(banned)] = -torch.inf
        scores = self._process(torch.tensor([tokens]), scores)
        scores[0, list(banned)] = -torch.inf
        if scores.max() == -torch.inf:
            return None
        if not self._sample:
            return int(scores.argmax())
        chosen = torch.multinomial(scores.softmax(dim=-1), 1, generator=self._random)
        return int(chosen)


def _processors(options: StepOptions) -> Any:
    from transformers import generation  # noqa: PLC0415  # seconds, for this kind of model only

    some: list[Any] = []
    if options.repetition_penalty != 1.0:
        some.append(generation.RepetitionPenaltyLogitsProcessor(options.repetition_penalty))
    if options.do_sample:
        if options.temperature != 1.0:
            some.append(generation.TemperatureLogitsWarper(options.temperature))
        if options.top_k:
            some.append(generation.TopKLogitsWarper(options.top_k))
        if options.top_p < 1.0:
            some.append(generation.TopPLogitsWarper(options.top_p))
        if options.min_p:
            some.append(generation.MinPLogitsWarper(options.min_p))
    return generation.LogitsProcessorList(some)
