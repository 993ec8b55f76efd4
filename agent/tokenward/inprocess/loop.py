"""The decoding loop that ``model.generate`` runs: one token a row, then the guard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, NamedTuple

import torch

from tokenward.engine.engine import Engine
from tokenward.inprocess.caches import capacity, check_cache, way_back
from tokenward.inprocess.forwards import compiled_call
from tokenward.inprocess.memory import Memory
from tokenward.inprocess.row import FinishReason, Row
from tokenward.inprocess.sampler import Sampler
from tokenward.inprocess.sequences import Sequences
from tokenward.inprocess.settings import check_mode, end_tokens, given_cache
from tokenward.inprocess.uncertainty import on_their_way, uncertainty

Observe = Callable[[int, int, float, float], None]
"""Is told of each token as it is sampled: its row, its id, its surprisal and the entropy."""


class DecodeLoop:
    """Samples as ``model.generate`` does, token for token, and lets rows end or go back.

    A row that goes back takes part in the next step with its last kept token again, so that the
    other rows sample what they would have sampled without it.

    Where a compiled model makes a step short, the model reads a token while the guard looks at it,
    and forgets it again should a row go back. The cache then holds more in the end than it would,
    so it must be the call's ``own``.
    """

    def __init__(
        self,
        engine: Engine,
        rows: Sequence[Row],
        *,
        rewinds: bool,
        own: bool = False,
        observe: Observe | None = None,
    ) -> None:
        self._engine = engine
        self._rows = rows
        self._rewinds = rewinds
        self._own = own
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
        compiled = compiled_call(model, inputs, generation_config)
        memory = Memory(model, input_ids, inputs, way=way, compiled=compiled)
        ahead = capacity(cache) if compiled is not None and self._own else None
        batch = _Batch(self._rows, memory, input_ids, generation_config, ahead or 0)
        sampler = Sampler(logits_processor, sample=bool(generation_config.do_sample))
        with closing(memory):
            return self._decode(batch, memory.start(), sampler, stopping_criteria)

    def _decode(
        self, batch: _Batch, logits: torch.Tensor, sampler: Sampler, stopping_criteria: Any
    ) -> torch.Tensor:
        while True:
            tokens, stuck = sampler.sample(logits, batch.sequences, batch.live(), batch.bans())
            for row in stuck:
                batch.stop(row)
            batch.sequences.append(tokens)
            seen = _Seen(batch, logits, tokens, stopping_criteria)
            ahead = batch.read_ahead()
            batch.end(self._take(batch, seen))
            if all(row.done for row in self._rows):
                return batch.sequences.rectangle()
            logits = batch.read(ahead)

    def _take(self, batch: _Batch, seen: _Seen) -> set[int]:
        """Gives the rows their tokens; returns those that the stopping criteria end."""
        live, sampled = batch.live(), seen.wait()
        for row in live:
            token, *numbers = sampled.of(row)
            if self._observe is not None:
                self._observe(row, token, *numbers[:2])
            self._rows[row].feed(token, *numbers)
        if len(live) > 1:
            self._engine.settle_all([self._rows[row].stream for row in live])
        for row in live:
            batch.settle(row)
        return sampled.over


class _Sampled(NamedTuple):
    """What was sampled in one step: token, surprisal, entropy and margin of each row."""

    columns: list[list[float]]
    over: set[int]
    """The rows that the stopping criteria end."""

    def of(self, row: int) -> tuple[int, float, float, float]:
        token, surprisal, entropy, margin = (column[row] for column in self.columns)
        return int(token), surprisal, entropy, margin


class _Seen:
    """What the host is to know of a step, on its way there."""

    def __init__(
        self, batch: _Batch, logits: torch.Tensor, tokens: torch.Tensor, criteria: Any
    ) -> None:
        groups = batch.sequences.groups(batch.live())
        over = [criteria(ids, None) for ids, _ in groups]
        self._rows = [some for _, some in groups]
        # all at once: to wait for a GPU takes as long as some of its kernels
        self._coming = on_their_way(tokens, *uncertainty(logits, tokens), *over)

    def wait(self) -> _Sampled:
        columns = self._coming()
        pairs = zip(self._rows, columns[4:], strict=True)
        return _Sampled(columns[:4], {row for some, ends in pairs for row in some if ends[row]})


class _Batch:
    """The rows in step with their token ids and with what the model remembers of them."""

    def __init__(
        self, rows: Sequence[Row], memory: Memory, prompts: torch.Tensor, config: Any, ahead: int
    ) -> None:
        self.sequences = Sequences(prompts, end_tokens(config).pad)
        self._rows = rows
        self._memory = memory
        self._width = prompts.shape[1]
        self._prompts = [len(slots) for slots in memory.slots]
        self._ends = end_tokens(config).ends
        self._longest = config.max_length
        self._ahead = ahead  # slots of a cache that may be read into before the guard has looked
        self._grown: list[int] = []
        self._back: set[int] = set()

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

    def end(self, over: set[int]) -> None:
        """Ends rows, but for those that went back just now: they go on."""
        grown, self._grown = self._grown, []
        for number in grown:
            if number in over and not self._rows[number].done:
                self._follow(number, self._rows[number].end(self._reason(number)))

    def read_ahead(self) -> torch.Tensor | None:
        """Lets the model read the last tokens before they are known to stay, if that is wanted."""
        lengths = [self.sequences.lengths[number] for number in self.live()]
        last = not lengths or max(lengths) >= self._longest
        if last or not self._memory.holds_more(self._ahead):
            return None
        return self._memory.step(self.sequences.last())

    def read(self, ahead: torch.Tensor | None) -> torch.Tensor:
        """Lets the model read the last tokens; returns the logits that follow."""
        back, self._back = self._back, set()
        if ahead is not None and not back:
            return ahead
        if ahead is not None:
            for number in set(range(len(self._rows))) - back:
                self._memory.forget(number, len(self._memory.slots[number]))
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
                self._back.add(number)
                self._memory.forget(number, self._prompts[number] + kept)
        if self._rows[number].done:
            self.sequences.stop(number)
        return kept is not None

    def _reason(self, number: int) -> FinishReason:
        if self._rows[number].tokens[-1] in self._ends:
            return "stop"
        return "length" if self.sequences.lengths[number] >= self._longest else "stop"
