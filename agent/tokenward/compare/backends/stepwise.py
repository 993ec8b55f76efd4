"""A model of an engine that is driven token by token, and whose logits are ours to choose from."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from tokenward.compare.backends.base import Answer, Ask, Can, Identity, Rated, Rating
from tokenward.compare.backends.drawing import processors
from tokenward.compare.backends.finite import NotFinite
from tokenward.compare.backends.reading import Reader
from tokenward.compare.divergence import TOP
from tokenward.compare.sampling import Sampling

WHOLE = 128
"""Vocabularies up to this size are kept whole, so that divergences are exact."""
Row = tuple[list[int], list[int]]
"""The ids of a prompt, and those of its continuation."""


class Sequenced(Protocol):
    """One sequence of tokens at an engine; ``room`` is how many its context holds."""

    room: int

    def feed(self, tokens: Sequence[int]) -> None:
        """Reads tokens behind those that it has read."""

    def logits(self) -> torch.Tensor:
        """Returns the logits of the next token, shape (1, vocabulary), float32."""


class StepwiseBackend:
    """Answers prompts one after another, whatever the batch; common random numbers choose.

    ``opened`` gives a fresh sequence with room for so many tokens, as far as the engine has it.
    """

    can: frozenset[Can] = frozenset({"generate", "rate", "distribution"})

    def __init__(
        self,
        opened: Callable[[int], Sequenced],
        tokenizer: Any,
        ends: frozenset[int],
        identity: Identity,
    ) -> None:
        self._opened = opened
        self.reader = Reader(tokenizer)
        self.ends = ends
        self.identity = identity

    def generate(self, asks: Sequence[Ask], sampling: Sampling) -> list[Answer]:
        """Answers prompts; one that the model's context has no room for is an error."""
        answers = []
        for place, ask in enumerate(asks):
            try:
                answers.append(self._answer(ask, sampling))
            except NotFinite as error:
                raise NotFinite(place) from error
        return answers

    def _answer(self, ask: Ask, sampling: Sampling) -> Answer:
        prompt = self.reader.prompt(ask.prompt)
        started = time.perf_counter()
        sequence = self._opened(len(prompt) + sampling.max_new_tokens)
        most = min(sampling.max_new_tokens, sequence.room - len(prompt))
        if most < 1:
            error = f"the prompt has {len(prompt)} tokens, and the model reads {sequence.room}"
            return Answer("", "error", 0, len(prompt), 0.0, error=error)
        sequence.feed(prompt)
        choose = Chooser(ask, sampling, prompt)
        times: list[float] = []
        while True:
            token = choose.next(sequence.logits())
            times.append(time.perf_counter() - started)
            text = self.reader.text(choose.said, prompt) if sampling.stop else ""
            done = token in self.ends or len(choose.said) >= most
            if done or any(word in text for word in sampling.stop):
                return self._told(prompt, choose.said, times, sampling)
            sequence.feed([token])

    def _told(
        self, prompt: list[int], tokens: list[int], times: list[float], sampling: Sampling
    ) -> Answer:
        ended = tokens[-1] in self.ends
        said = tokens[:-1] if ended else tokens
        text = self.reader.text(said, prompt)
        cut = min((at for word in sampling.stop if (at := text.find(word)) >= 0), default=None)
        return Answer(
            text=text if cut is None else text[:cut],
            finish="stop" if ended or cut is not None else "length",
            count=len(said),
            prompt_count=len(prompt),
            seconds=times[-1],
            first=times[0],
            gaps=tuple(b - a for a, b in pairwise(times)),
            tokens=tuple(said),
        )

    def rate(
        self, ratings: Sequence[Rating], at: Sequence[NDArray[np.int64] | None] | None = None
    ) -> list[Rated]:
        """Rates continuations token by token, each given all before it."""
        wanted = at if at is not None else [None] * len(ratings)
        return [
            self._rated(place, rating, ids)
            for place, (rating, ids) in enumerate(zip(ratings, wanted, strict=True))
        ]

    def _rated(self, place: int, rating: Rating, at: NDArray[np.int64] | None) -> Rated:
        before, tokens = self._row(rating)
        sequence = self._opened(len(before) + len(tokens))
        tokens = tokens[: sequence.room - 1]
        before = before[-(sequence.room - len(tokens)) :]
        rows = []
        for token in tokens:
            sequence.feed(before)
            rows.append(sequence.logits()[0].double().log_softmax(-1))
            if not bool(torch.isfinite(rows[-1].amax())):
                raise NotFinite(place)
            before = [token]
        return told_of(rows, tokens, at)

    def _row(self, rating: Rating) -> Row:
        if rating.tokens is None:
            return self.reader.continued(rating.prompt, rating.text)
        return self.reader.prompt(rating.prompt), list(rating.tokens)

    def close(self) -> None:
        """Lets go of the model."""
        del self._opened


class Chooser:
    """Chooses the tokens of one answer from logits, as the backend of transformers does."""

    def __init__(self, ask: Ask, sampling: Sampling, prompt: Sequence[int]) -> None:
        self.said: list[int] = []
        self._prompt = list(prompt)
        self._process = processors([ask], sampling, len(prompt), "cpu")

    def next(self, logits: torch.Tensor) -> int:
        """Returns the next token, and notes it."""
        ids = torch.tensor([[*self._prompt, *self.said]])
        self.said.append(int(self._process(ids, logits).argmax()))
        return self.said[-1]


def told_of(
    rows: Sequence[torch.Tensor], tokens: Sequence[int], at: NDArray[np.int64] | None
) -> Rated:
    """Returns what the log-probabilities (vocabulary,) of n places say; of no place nothing."""
    n = len(tokens)
    if not n:
        none, wide = np.empty(0, np.int64), np.empty((0, TOP), np.int64)
        asked = None if at is None else np.empty((0, at.shape[1]))
        return Rated(none, np.empty(0), wide, wide.astype(np.float64), asked)
    logs = torch.stack(list(rows)).numpy()
    vocabulary = logs.shape[1]
    k = vocabulary if vocabulary <= WHOLE else TOP
    top = np.argsort(-logs, axis=1, kind="stable")[:, :k]
    asked = None
    if at is not None:
        found = np.take_along_axis(logs, np.minimum(at, vocabulary - 1), axis=1)
        asked = np.where(at < vocabulary, found, np.nan)
    chosen = logs[np.arange(n), np.asarray(tokens)]
    likeliest = np.take_along_axis(logs, top, axis=1)
    return Rated(np.asarray(tokens, dtype=np.int64), chosen, top, likeliest, asked)
