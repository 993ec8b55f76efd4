"""The decoding loop that ``model.generate(custom_generate=...)`` runs: one token a row, then the guard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from tokenward.errors import UsageError
from tokenward.inprocess.caches import check_cache
from tokenward.inprocess.memory import Memory
from tokenward.inprocess.row import FinishReason, Row
from tokenward.inprocess.sequences import Sequences
from tokenward.inprocess.uncertainty import uncertainty

Observe = Callable[[int, int, float, float], None]
"""Is told of each sampled token: its row, its id, its surprisal and the entropy before it."""


class DecodeLoop:
    """Samples as ``model.generate`` does, token for token, and lets rows stop or go back.

    A row that goes back takes part in the next step with its last kept token, so the other rows
    sample what they would have sampled without it.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        *,
        rewinds: bool,
        aligned: bool,
        observe: Callable[[int, int, float, float], None] | None = None,
    ) -> None:
        self._rows = rows
        self._rewinds = rewinds
        self._aligned = aligned
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
        """Decodes until every row has ended; the rows hold the result."""
        check_mode(generation_config)
        check_cache(inputs.get("past_key_values"), model, rewinds=self._rewinds)
        self._processor, self._criteria = logits_processor, stopping_criteria
        self._config = generation_config
        self._sequences = Sequences(input_ids, _pad(generation_config))
        self._memory = Memory(model, input_ids, inputs, aligned=self._aligned)
        self._prompts = [len(slots) for slots in self._memory.slots]
        self._width = input_ids.shape[1]
        self._ends = frozenset(_ids(generation_config.eos_token_id))
        logits = self._memory.start()
        while True:
            self._take(logits)
            if all(row.done for row in self._rows):
                return self._sequences.groups(range(len(self._rows)))[0][0]
            logits = self._read()

    def _read(self) -> torch.Tensor:
        if not self._memory.full:
            return self._memory.step(self._sequences.last())
        return self._memory.read_again(self._kept_tokens(), self._sequences.pad)

    # -- one step ---------------------------------------------------------------------------

    def _take(self, logits: torch.Tensor) -> None:
        live = self._live()
        tokens = self._sample(logits, live)
        surprisal, entropy = uncertainty(logits, tokens)
        self._sequences.append(tokens)
        seen = zip(tokens.tolist(), *torch.stack((surprisal, entropy)).tolist(), strict=True)
        for number, (token, nats, mean_nats) in enumerate(seen):
            row = self._rows[number]
            if row.done:
                continue
            if self._observe is not None:
                self._observe(number, token, nats, mean_nats)
            self._follow(number, row.accept(token, nats, mean_nats))
        self._stop(live)

    def _stop(self, sampled: Sequence[int]) -> None:
        """Ends the rows that the stopping criteria end, unless they have gone back just now."""
        rows = [number for number in sampled if number in self._grown]
        for ids, some in self._sequences.groups(rows):
            stopped = self._criteria(ids, None).tolist()
            for number in some:
                if stopped[number]:
                    self._follow(number, self._rows[number].end(self._reason(number)))

    def _reason(self, number: int) -> FinishReason:
        if self._rows[number].tokens[-1] in self._ends:
            return "stop"
        full = self._sequences.lengths[number] >= self._config.max_length
        return "length" if full else "stop"
