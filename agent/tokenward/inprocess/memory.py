"""What a model remembers of a batch, its keys and values, with a way back for each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from tokenward.errors import UsageError
from tokenward.inprocess.caches import Way, capacity, grows
from tokenward.inprocess.forwards import Forwards, table_of_positions
from tokenward.inprocess.settings import given_cache


class Memory:
    """Runs the forwards of a batch, and forgets the last tokens of single rows.

    Each token lies in a slot of the cache; ``slots`` knows which, for every row. To forget, a row's
    last slots become holes: the attention mask hides them, and later tokens take new slots.
    Positions are counted without the holes, and keys were rotated with them, so nothing else
    changes. A single row needs no holes: the end of the cache is cut off. Where slots stand for
    positions (sliding windows, models that take no position ids) holes would shift what is behind
    them; there, where the ``way`` back is ``moves``, the row's slots move up over the forgotten
    ones. What has no slots, a running state, can only be made anew: the way back is ``reading``.

    The logits that follow the last kept token are gone, so that token is forgotten too and
    goes through the model again, as the next step: every row goes on with one token a step.
    """

    def __init__(
        self,
        model: Any,
        prompts: torch.Tensor,
        inputs: Mapping[str, Any],
        *,
        way: Way,
        compiled: Callable[..., Any] | None = None,
    ) -> None:
        self._model = model
        self._forwards = Forwards(model, inputs, compiled)
        self._table = table_of_positions(model)
        self._prompts = prompts
        self._way = way
        self._cache = given_cache(inputs)
        self._mask: torch.Tensor | None = inputs.get("attention_mask")
        self._positions: torch.Tensor | None = inputs.get("position_ids")
        # a running state alone takes a mask of the tokens that it is shown, not of all before them
        layers = self._cache.layers
        self._all_state = bool(layers) and not any(hasattr(layer, "keys") for layer in layers)
        self._used = prompts.shape[1]
        self._room: int | None = None  # only holes can fill a cache before its time
        self._spoilt = False  # whether the cache holds what a row has forgotten
        seen = torch.ones_like(prompts) if self._mask is None else self._mask
        self.slots: list[list[int]] = [row.nonzero()[:, 0].tolist() for row in seen.cpu()]

    def start(self) -> torch.Tensor:
        """Reads the prompts; returns the logits that follow, shape (rows, vocabulary)."""
        with self._within_positions():
            logits = self._forwards.read(self._prompts, self._positions, self._mask)
        if self._positions is not None:
            self._positions = (self._positions[:, -1:] + 1).expand(len(self.slots), 1).clone()
        return logits

    def step(self, tokens: torch.Tensor) -> torch.Tensor:
        """Reads one more token of each row, shape (rows, 1); returns the logits that follow."""
        for slots in self.slots:
            slots.append(self._used)
        self._used += 1
        if self._mask is not None:
            ones = self._mask.new_ones((len(self.slots), 1))
            self._mask = torch.cat([self._mask, ones], dim=1)
        mask = None if self._all_state else self._mask
        with self._within_positions():
            logits = self._forwards.step(tokens, self._positions, mask)
        if self._positions is not None:
            self._positions = self._positions + 1
        return logits

    @property
    def lost(self) -> bool:
        """Whether only ``read_again`` helps.

        Then the cache has no slot left because of the holes, or holds what it cannot forget.
        """
        return self._spoilt or (self._room is not None and self._used >= self._room)

    def holds_more(self, slots: int) -> bool:
        """Tells whether one more token can be read, into a cache with so many slots."""
        longest = max(map(len, self.slots))
        return self._used < slots and (self._table is None or longest < self._table)

    def forget(self, row: int, length: int) -> None:
        """Keeps ``length`` tokens of a row, and the last of them is to be read again."""
        if self._way == "reading":
            self._spoilt = True
            return
        dropped = self.slots[row][length - 1 :]
        del self.slots[row][length - 1 :]
        if self._positions is not None:
            self._positions[row] = length - 1
        if len(self.slots) == 1 and grows(self._cache):
            self._cut(len(dropped))
            return
        self._room = capacity(self._cache)
        if self._mask is None:
            self._mask = torch.ones(
                (len(self.slots), self._used), dtype=torch.long, device=self._prompts.device
            )
        else:
            self._mask = self._mask.clone()
        if self._way == "moves":
            self._shift(row, len(dropped))
        else:
            self._mask[row, dropped] = 0

    def _cut(self, count: int) -> None:
        for layer in self._cache.layers:
            layer.keys = layer.keys[..., :-count, :]
            layer.values = layer.values[..., :-count, :]
        if self._mask is not None:
            self._mask = self._mask[:, :-count]
        self._used -= count

    def _shift(self, row: int, count: int) -> None:
        assert self._mask is not None
        for layer in self._cache.layers:
            layer.keys[row] = layer.keys[row].roll(count, dims=-2)
            layer.values[row] = layer.values[row].roll(count, dims=-2)
        self._mask[row] = self._mask[row].roll(count)
        self._mask[row, :count] = 0
        self.slots[row] = [slot + count for slot in self.slots[row]]

    def read_again(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        """Empties the cache and reads all tokens of all rows; returns the logits that follow."""
        length = max(map(len, rows))
        padded = [
            [0] * (length - len(row)) + list(row) for row in rows
        ]  # masked: any token will do
        self._prompts = torch.tensor(padded, device=self._prompts.device)
        self.slots = [list(range(length - len(row), length)) for row in rows]
        self._mask = torch.zeros_like(self._prompts)
        for row, slots in enumerate(self.slots):
            self._mask[row, slots] = 1
        if self._positions is not None:
            self._positions = (self._mask.cumsum(-1) - 1).clamp(min=0)
        self._used = length
        self._spoilt = False
        self._cache.reset()
        return self.start()

    def close(self) -> None:
        """Ends what lasts as long as the decoding."""
        self._forwards.close()

    @contextmanager
    def _within_positions(self) -> Iterator[None]:
        """Says so where a table of positions has come to its end.

        A GPU would fail there for good, for the whole process: so the table is asked before.
        """
        longest = max(map(len, self.slots))
        if self._table is not None and longest > self._table:
            raise self._too_long(longest, self._table)
        try:
            yield
        except IndexError as error:
            places = getattr(self._model.config, "max_position_embeddings", None)
            if places is None or longest <= places:
                raise
            raise self._too_long(longest, places) from error

    def _too_long(self, longest: int, places: int) -> UsageError:
        return UsageError(
            f"prompt and answer have come to {longest} tokens, and {type(self._model).__name__} "
            f"knows positions for {places}; shorten the prompt, or lower max_new_tokens"
        )
