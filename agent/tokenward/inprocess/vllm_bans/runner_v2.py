"""The processor for vLLM's model runner V2, where a request may have several rows of logits."""

from __future__ import annotations

from typing import Any

import torch
from vllm.v1.worker.gpu.sample.logits_processor import LogitsProcessor

from tokenward.inprocess.vllm_bans.request import Bans, bans_of


class BanTokens(LogitsProcessor):  # type: ignore[misc]  # vLLM brings no types here
    """Sets the logits of banned tokens to minus infinity at their positions.

    Positions are compared on the device's host copy only in steps in which a request has bans.
    """

    @classmethod
    def validate_params(cls, sampling_params: Any) -> None:
        """Refuses a request whose bans are not well formed."""
        bans_of(sampling_params.extra_args)

    def __init__(self, vllm_config: Any, req_states: Any) -> None:
        del vllm_config
        self._prompts = req_states.prompt_len
        self._slots: dict[int, Bans] = {}

    def add_request(self, req_idx: int, sampling_params: Any) -> bool:
        """Notes the bans of the request that now has a slot."""
        self._slots.pop(req_idx, None)
        bans = bans_of(sampling_params.extra_args)
        if bans:
            self._slots[req_idx] = bans
        return bool(bans)

    def apply(self, logits: torch.Tensor, ctx: Any) -> torch.Tensor:
        """Bans what must not come next, in place."""
        if not any(int(slot) in self._slots for slot in ctx.idx_mapping_np):
            return logits
        rows = zip(ctx.expanded_idx_mapping.tolist(), ctx.pos.tolist(), strict=True)
        for row, (slot, position) in enumerate(rows):
            bans = self._slots.get(slot)
            if bans:
                # a row at position p chooses the token at p + 1 of prompt and answer
                banned = bans.get(position + 1 - int(self._prompts.np[slot]))
                if banned:
                    logits[row, [token for token in banned if token < logits.shape[1]]] = -torch.inf
        return logits
