"""A model of transformers, loaded in this process: it answers, and rates token by token."""

from __future__ import annotations

import inspect
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import GenerationConfig

from tokenward.compare.backends.base import Answer, Ask, Can, Identity, Rated, Rating
from tokenward.compare.backends.drawing import Ends, processors
from tokenward.compare.backends.finite import NotFinite
from tokenward.compare.backends.heads import wide_head
from tokenward.compare.backends.reading import Reader
from tokenward.compare.divergence import TOP
from tokenward.compare.sampling import Sampling

WHOLE = 128
"""Vocabularies up to this size are kept whole, so that divergences are exact."""


@dataclass(slots=True)
class Batch:
    """Prompts side by side, padded on the left, where generation needs its room."""

    ids: torch.Tensor
    mask: torch.Tensor

    @classmethod
    def of(cls, rows: Sequence[Sequence[int]], pad: int, device: Any) -> Batch:
        """Pads rows of ids to one length."""
        width = max(len(row) for row in rows)
        ids = [[pad] * (width - len(row)) + list(row) for row in rows]
        mask = [[0] * (width - len(row)) + [1] * len(row) for row in rows]
        return cls(torch.tensor(ids, device=device), torch.tensor(mask, device=device))

    @property
    def places(self) -> torch.Tensor:
        """The position of each token in its own row."""
        return (self.mask.cumsum(1) - 1).clamp(min=0)


class TransformersBackend:
    """A causal model with its tokenizer; ``wide`` computes the last layer in float32 always.

    Without it only ratings do so, where the model has 16 bits. What a model's own files say about
    sampling does not count: both sides of a comparison state their sampling.
    """

    can: frozenset[Can] = frozenset({"generate", "rate", "distribution"})

    def __init__(self, model: Any, tokenizer: Any, identity: Identity, *, wide: bool) -> None:
        self.model, self.reader, self.identity = model, Reader(tokenizer), identity
        self.wide = wide
        self.ends = end_tokens(model, tokenizer)
        self.pad = _pad(model, tokenizer, self.ends)
        self.context = context_of(model)
        self.device = next(model.parameters()).device
        self.model.generation_config = GenerationConfig(
            pad_token_id=self.pad, eos_token_id=sorted(self.ends) or None
        )
        self.takes = frozenset(_arguments(model))

    def generate(self, asks: Sequence[Ask], sampling: Sampling) -> list[Answer]:
        """Answers prompts together; one that the model's context has no room for is an error."""
        rows = [self.reader.prompt(ask.prompt) for ask in asks]
        room = [self.context - len(row) for row in rows]
        fits = [place for place, left in enumerate(room) if left > 0]
        answers = [_too_long(len(row), self.context) for row in rows]
        if fits:
            try:
                given = self._generated(
                    [asks[place] for place in fits],
                    [rows[place] for place in fits],
                    [min(sampling.max_new_tokens, room[place]) for place in fits],
                    sampling,
                )
            except NotFinite as error:
                raise NotFinite(fits[error.row]) from error
            for place, answer in zip(fits, given, strict=True):
                answers[place] = answer
        return answers

    @torch.no_grad()  # not inference_mode, which tensors of quantisers cannot bear
    def _generated(
        self, asks: Sequence[Ask], rows: list[list[int]], limits: list[int], sampling: Sampling
    ) -> list[Answer]:
        started = time.perf_counter()
        batch = Batch.of(rows, self.pad, self.device)
        width = batch.ids.shape[1]
        ends = Ends(width, limits, self.ends, sampling.stop, self.reader.text)
        config = GenerationConfig(
            do_sample=False, max_new_tokens=max(limits), pad_token_id=self.pad,
            eos_token_id=sorted(self.ends) or None,
        )  # fmt: skip
        with wide_head(self.model, wanted=self.wide):
            whole = self.model.generate(
                batch.ids,
                attention_mask=batch.mask,
                generation_config=config,
                logits_processor=processors(asks, sampling, width, self.device),
                stopping_criteria=[ends],
            )[:, width:].tolist()
        times = [one - started for one in ends.times]
        return [
            self._answer(
                prompt, whole[row][: ends.lengths[row]], times, sampling, alone=len(rows) == 1
            )
            for row, prompt in enumerate(rows)
        ]

    def _answer(
        self, prompt: list[int], tokens: list[int], times: list[float], sampling: Sampling,
        *, alone: bool,
    ) -> Answer:  # fmt: skip
        steps = len(tokens)
        ended = bool(tokens) and tokens[-1] in self.ends
        said = tokens[:-1] if ended else tokens
        text = self.reader.text(said, prompt)
        cut = min((at for word in sampling.stop if (at := text.find(word)) >= 0), default=None)
        return Answer(
            text=text if cut is None else text[:cut],
            finish="stop" if ended or cut is not None else "length",
            count=len(said),
            prompt_count=len(prompt),
            seconds=times[steps - 1],
            first=times[0] if alone else None,
            gaps=tuple(np.diff(times[:steps]).tolist()) if alone else (),
            tokens=tuple(said),
        )

    def rate(
        self, ratings: Sequence[Rating], at: Sequence[NDArray[np.int64] | None] | None = None
    ) -> list[Rated]:
        """Rates continuations in one pass, each token given all before it.

        Of a text that is longer than the model's context, the beginning is left out.
        """
        pairs = [self._pair(rating) for rating in ratings]
        wanted = list(at) if at is not None else [None] * len(pairs)
        rated = [_nothing(ids) for ids in wanted]
        full = [place for place, (_, tokens) in enumerate(pairs) if tokens]
        if not full:
            return rated
        logits = self._logits([pairs[place] for place in full])
        for row, place in enumerate(full):
            tokens = pairs[place][1]
            part = logits[row, -len(tokens) - 1 : -1]
            if not bool(torch.isfinite(part.amax(dim=1)).all()):
                raise NotFinite(place)
            rated[place] = _rated(part, tokens, wanted[place])
        return rated

    def _pair(self, rating: Rating) -> tuple[list[int], list[int]]:
        if rating.tokens is None:
            before, tokens = self.reader.continued(rating.prompt, rating.text)
        else:
            before, tokens = self.reader.prompt(rating.prompt), list(rating.tokens)
        tokens = tokens[: self.context - 1]
        return before[-(self.context - len(tokens)) :], tokens

    @torch.no_grad()  # not inference_mode, which tensors of quantisers cannot bear
    def _logits(self, pairs: Sequence[tuple[list[int], list[int]]]) -> torch.Tensor:
        """Returns the logits of the last positions, as many as the longest continuation needs."""
        batch = Batch.of([[*before, *tokens] for before, tokens in pairs], self.pad, self.device)
        given: dict[str, Any] = {"attention_mask": batch.mask}
        if "position_ids" in self.takes:
            given["position_ids"] = batch.places
        if "logits_to_keep" in self.takes:
            given["logits_to_keep"] = max(len(tokens) for _, tokens in pairs) + 1
        if "use_cache" in self.takes:
            given["use_cache"] = False
        with wide_head(self.model):
            logits: torch.Tensor = self.model(batch.ids, **given).logits
        return logits

    def close(self) -> None:
        """Lets go of the model."""
        del self.model


def _rated(logits: torch.Tensor, tokens: list[int], at: NDArray[np.int64] | None) -> Rated:
    """Reads the numbers of one continuation off its logits, in float64."""
    logs = logits.double().log_softmax(-1)
    vocabulary = logs.shape[1]
    own = logs.gather(1, torch.tensor(tokens, device=logs.device)[:, None])[:, 0]
    top = logs.topk(vocabulary if vocabulary <= WHOLE else TOP, dim=1)
    asked = None
    if at is not None:
        ids = torch.from_numpy(at).to(logs.device)
        known = ids < vocabulary
        found = logs.gather(1, ids.clamp(max=vocabulary - 1))
        asked = torch.where(known, found, torch.nan).cpu().numpy()
    return Rated(
        np.array(tokens, dtype=np.int64), own.cpu().numpy(),
        top.indices.cpu().numpy(), top.values.cpu().numpy(), asked,
    )  # fmt: skip


def _nothing(at: NDArray[np.int64] | None) -> Rated:
    """Returns the rating of a continuation without tokens."""
    none, wide = np.empty(0, np.int64), np.empty((0, TOP), np.int64)
    asked = None if at is None else np.empty((0, at.shape[1]))
    return Rated(none, np.empty(0), wide, wide.astype(np.float64), asked)


def _too_long(count: int, context: int) -> Answer:
    error = f"the prompt has {count} tokens, and the model reads {context} with its answer"
    return Answer("", "error", 0, count, 0.0, error=error)


def end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Returns the ids that end an answer: those of the model's files and the tokenizer's."""
    found: set[int] = set()
    told = (model.generation_config, model.config, tokenizer)
    for ids in (getattr(one, "eos_token_id", None) for one in told):
        found.update([] if ids is None else [ids] if isinstance(ids, int) else ids)
    return frozenset(found)


def _pad(model: Any, tokenizer: Any, ends: frozenset[int]) -> int:
    """Returns an id for places that no row reads: any will do, for the mask hides them."""
    for one in (tokenizer.pad_token_id, model.config.pad_token_id):
        if one is not None and one >= 0:
            return int(one)
    return min(ends, default=0)


def context_of(model: Any) -> int:
    """Returns how many tokens a model reads at most, as its configuration says."""
    config = model.config.get_text_config(decoder=True)
    for name in ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length"):
        size = getattr(config, name, None)
        if isinstance(size, int) and size > 0:
            return size
    return 1 << 30


def _arguments(model: Any) -> Sequence[str]:
    return list(inspect.signature(model.forward).parameters)
