"""Runs the forwards of a model, each in the way in which ``model.generate`` would run it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import torch

from tokenward.inprocess.settings import CACHE_NAMES, cache_name, given_cache

Call = Callable[..., Any]


def compiled_call(model: Any, inputs: Mapping[str, Any], config: Any) -> Call | None:
    """Returns the compiled forward with which ``model.generate`` would decode, if it would.

    It does so on a GPU with a static cache: there a step without it is several times as slow.
    """
    # the rule is a private method of transformers: without it the model runs as it is
    would = getattr(model, "_valid_auto_compile_criteria", None)
    if would is None or not would(dict(inputs), config):
        return None
    call: Call = model.get_compiled_call(config.compile_config)
    return call


OFFSET = 2
"""Rows that some tables of positions (OPT, BART) have before the first position."""


def table_of_positions(model: Any) -> int | None:
    """Returns how many positions a model has learned; ``None`` where it computes them."""
    places = getattr(model.config, "max_position_embeddings", None)
    if places is None:
        return None
    words = model.get_input_embeddings()
    tables = (one for one in model.modules() if isinstance(one, torch.nn.Embedding))
    learned = any(
        one is not words and places <= one.num_embeddings <= places + OFFSET for one in tables
    )
    return int(places) if learned else None


class Forwards:
    """Reads prompts, then single tokens, into the cache that ``inputs`` of a custom loop hold."""

    def __init__(self, model: Any, inputs: Mapping[str, Any], compiled: Call | None = None) -> None:
        self._model = model
        self._compiled = compiled
        self._keep = {key: inputs[key] for key in ("logits_to_keep",) if key in inputs}
        known = (*CACHE_NAMES, "logits_to_keep", "attention_mask", "position_ids", "use_cache")
        self._others = {key: value for key, value in inputs.items() if key not in known}
        self._others[cache_name(model)] = given_cache(inputs)
        self._decoding: ExitStack | None = None

    def read(
        self, tokens: torch.Tensor, positions: torch.Tensor | None, mask: torch.Tensor | None
    ) -> torch.Tensor:
        """Reads whole rows; returns the logits that follow, shape (rows, vocabulary)."""
        self.close()
        return self._run(self._model, tokens, positions, mask, **self._keep)

    def step(
        self, tokens: torch.Tensor, positions: torch.Tensor | None, mask: torch.Tensor | None
    ) -> torch.Tensor:
        """Reads one token of each row, shape (rows, 1); returns the logits that follow."""
        if self._decoding is None:
            self._decoding = self._switched()
        if self._compiled is None:
            return self._run(self._model, tokens, positions, mask)
        # the mask is made before the compiled part, in the size of the cache: of one shape always
        inputs = {"use_cache": True, **self._others, **self._keep}
        if positions is not None:
            inputs["position_ids"] = positions
        prepared = self._model.prepare_inputs_for_generation(
            tokens, next_sequence_length=1, attention_mask=mask, is_first_iteration=False, **inputs
        )
        return _last(self._compiled(**prepared, return_dict=True).logits, tokens)

    def close(self) -> None:
        """Has the model as it was before the first step."""
        if self._decoding is not None:
            self._decoding.close()
            self._decoding = None

    def _switched(self) -> ExitStack:
        # what transformers switches while it decodes: how experts are multiplied on a GPU
        switched, switch = ExitStack(), getattr(self._model, "_optimize_model_for_decode", None)
        if switch is not None:
            switched.enter_context(switch())
        return switched

    def _run(
        self,
        call: Call,
        tokens: torch.Tensor,
        positions: torch.Tensor | None,
        mask: torch.Tensor | None,
        **more: Any,
    ) -> torch.Tensor:
        inputs = {**self._others, **more}
        if positions is not None:
            inputs["position_ids"] = positions
        output = call(
            input_ids=tokens, attention_mask=mask, use_cache=True, return_dict=True, **inputs
        )
        return _last(output.logits, tokens)


def _last(logits: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    # a copy: the logits of a whole prompt would live as long as a view of their last row, and those
    # of a compiled step lie where the next step writes
    return logits[:, -1].to(copy=True, dtype=torch.float32, device=tokens.device)
