"""The decoding loop that ``model.generate`` runs: one token a row, then the guard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from tokenward.engine.engine import Engine
from tokenward.inprocess.caches import check_cache, way_back
from tokenward.inprocess.memory import Memory
from tokenward.inprocess.row import FinishReason, Row
from tokenward.inprocess.sampler import Sampler
from tokenward.inprocess.sequences import Sequences
from tokenward.inprocess.settings import check_mode, end_tokens, given_cache
from tokenward.inprocess.uncertainty import uncertainty

Observe = Callable[[int, int, float, float], None]
"""Is told of each token as it is sampled: its row, its id, its surprisal and the entropy."""


class DecodeLoop:
    """Samples as ``model.generate`` does, token for token, and lets rows end or go back.

    A row that goes back takes part in the next step with its last kept token again, so that the
    other rows sample what they would have sampled without it.
    """

    def __init__(
        self,
        engine: Engine,
        rows: Sequence[Row],
        *,
        rewinds: bool,
        observe: Observe | None = None,
    ) -> None:
        self._engine = engine
        self._rows = rows
        self._rewinds = rewinds
        self._observe = observe

    def __call__(
        self,
        model: Any,
        input_ids: torch.Tensor,
        logits_processor: Any,
        stopping_criteria: Any,
        generation_config: Any,
        **inputs: Any,
    ) -> torch.Tensor:
        """Decodes until every row has ended: the rows hold the result."""
        check_mode(generation_config)
        cache = given_cache(inputs)
        check_cache(cache, model, generation_config.max_length - 1)
        way = way_back(model, cache) if self._rewinds else "holes"
        memory = Memory(model, input_ids, inputs, way=way)
        batch = _Batch(self._rows, memory, input_ids, generation_config)
        sampler = Sampler(logits_processor, sample=bool(generation_config.do_sample))
        logits = memory.start()
        while True:
            tokens, stuck = sampler.sample(logits, batch.sequences, batch.live(), batch.bans())
            for row in stuck:
                batch.stop(row)
            self._take(batch, logits, tokens)
            batch.end_where(stopping_criteria)
            if all(row.done for row in self._rows):
                return batch.sequences.rectangle()
            logits = batch.read()

    def _take(self, batch: _Batch, logits: torch.Tensor, tokens: torch.Tensor) -> None:
        sure = uncertainty(logits, tokens)
        batch.sequences.append(tokens)
        live = batch.live()
        for row, (token, *numbers) in enumerate(zip(tokens.tolist(), *sure.rows(), strict=True)):
            if row in live:
                if self._observe is not None:
                    self._observe(row, token, *numbers[:2])
                self._rows[row].feed(token, *numbers)
        if len(live) > 1:
            self._engine.settle_all([self._rows[row].stream for row in live])
        for row in live:
            batch.settle(row)


class _Batch:
    """The rows in step with their token ids and with what the model remembers of them."""

    def __init__(
        self, rows: Sequence[Row], memory: Memory, prompts: torch.Tensor, config: Any
    ) -> None:
        self.sequences = Sequences(prompts, end_tokens(config).pad)
        self._rows = rows
        self._memory = memory
        self._width = prompts.shape[1]
        self._prompts = [len(slots) for slots in memory.slots]
        self._ends = end_tokens(config).ends
        self._longest = config.max_length
        self._grown: list[int] = []

    def live(self) -> list[int]:
        """Returns the rows that go on."""
        return [number for number, row in enumerate(self._rows) if not row.done]

    def bans(self) -> dict[int, list[int]]:
        """Returns the tokens that must not come next, for the rows that have such."""
        banned = {number: self._rows[number].banned for number in self.live()}
        return {number: sorted(tokens) for number, tokens in banned.items() if tokens}

    def stop(self, number: int) -> None:
        """Ends a row that has no token to go on with."""
        self._rows[number].stop()
        self.sequences.stop(number)

    def settle(self, number: int) -> None:
        """Lets a row do what its last token made certain."""
        if not self._follow(number, self._rows[number].settle()):
            self._grown.append(number)

    def end_where(self, criteria: Any) -> None:
        """Ends the rows that the stopping criteria end; those that went back just now go on."""
        grown, self._grown = [row for row in self._grown if not self._rows[row].done], []
        for ids, some in self.sequences.groups(grown):
            over = criteria(ids, None).tolist()
            for number in some:
                if over[number]:
                    self._follow(number, self._rows[number].end(self._reason(number)))

    def read(self) -> torch.Tensor:
        """Lets the model read the last tokens; returns the logits that follow."""
        if not self._memory.lost:
            return self._memory.step(self.sequences.last())
        ids = self.sequences.rectangle().tolist()
        kept = [
            row[self._width - prompt : length]
            for row, prompt, length in zip(ids, self._prompts, self.sequences.lengths, strict=True)
        ]
        # a row that has ended only has to be there
        return self._memory.read_again(
            [
                tokens[-1:] if row.done else tokens
                for tokens, row in zip(kept, self._rows, strict=True)
            ]
        )

    def _follow(self, number: int, kept: int | None) -> bool:
        """Brings ids and memory in step with a row that has gone back or ended."""
        if kept is not None:
            self.sequences.cut(number, self._width + kept)
            if not self._rows[number].done:
                self._memory.forget(number, self._prompts[number] + kept)
        if self._rows[number].done:
            self.sequences.stop(number)
        return kept is not None

    def _reason(self, number: int) -> FinishReason:
        if self._rows[number].tokens[-1] in self._ends:
            return "stop"
        return "length" if self.sequences.lengths[number] >= self._longest else "stop"
