"""The processor for vLLM's model runner V1, where rows of logits are requests."""

from __future__ import annotations

from typing import Any

import torch
from vllm.v1.sample.logits_processor import LogitsProcessor, MoveDirectionality

from tokenward.inprocess.vllm_bans.request import Bans, bans_of


class BanTokens(LogitsProcessor):  # type: ignore[misc]  # vLLM brings no types here
    """Sets the logits of banned tokens to minus infinity at their positions.

    It keeps, for each row, the bans and vLLM's own growing list of generated tokens.
    """

    @classmethod
    def validate_params(cls, sampling_params: Any) -> None:
        """Refuses a request whose bans are not well formed."""
        bans_of(sampling_params.extra_args)

    def __init__(
        self, vllm_config: Any, device: torch.device, is_pin_memory: bool
    ) -> None:  # vLLM's signature
        del vllm_config, device, is_pin_memory
        self._rows: dict[int, tuple[Bans, list[int]]] = {}

    def is_argmax_invariant(self) -> bool:
        """Says that greedy sampling must run it, too."""
        return False

    def update_state(self, batch_update: Any) -> None:
        """Follows the requests that left, came and moved."""
        if batch_update is None:
            return
        for row in batch_update.removed:
            self._rows.pop(row, None)
        for row, params, _, generated in batch_update.added:
            self._put(row, (bans_of(params.extra_args), generated))
        for source, target, direction in batch_update.moved:
            moved, other = self._rows.pop(source, None), self._rows.pop(target, None)
            self._put(target, moved)
            if direction == MoveDirectionality.SWAP:
                self._put(source, other)

    def _put(self, row: int, state: tuple[Bans, list[int]] | None) -> None:
        self._rows.pop(row, None)
        if state is not None and state[0]:
            self._rows[row] = state

    def apply(self, logits: torch.Tensor) -> torch.Tensor:
        """Bans what must not come next, in place."""
        for row, (bans, generated) in self._rows.items():
            banned = bans.get(len(generated))
            if banned:
                logits[row, [token for token in banned if token < logits.shape[1]]] = -torch.inf
        return logits
