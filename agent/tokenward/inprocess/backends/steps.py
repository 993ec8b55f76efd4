"""The guarded loop over a backend: one token, then the guard, which may take some back."""

from __future__ import annotations

from collections.abc import Callable

from tokenward.inprocess.backends.base import Backend
from tokenward.inprocess.backends.options import StepOptions
from tokenward.inprocess.backends.picker import Picker
from tokenward.inprocess.row import FinishReason, Row
from tokenward.inprocess.uncertainty import uncertainty

Observe = Callable[[int, float, float], None]
"""Is told of each token as it is sampled: its id, its surprisal and the entropy, in nats."""


def decode(
    backend: Backend, row: Row, options: StepOptions, observe: Observe | None = None
) -> None:
    """Decodes until the row has ended; the backend has read the prompt, the row gets the answer."""
    import torch  # noqa: PLC0415

    prompt = len(backend.tokens)
    picker = Picker(options)
    while not row.done:
        logits = backend.logits()
        token = picker.pick(logits, backend.tokens, row.banned)
        if token is None:
            row.stop()
            return
        ((surprisal,), (entropy,), (margin,)) = uncertainty(logits, torch.tensor([token])).rows()
        if observe is not None:
            observe(token, surprisal, entropy)
        kept = row.accept(token, surprisal, entropy, margin)
        if kept is None and not row.done:
            reason = _reason(row, token, options)
            kept = row.end(reason) if reason else None
        if row.done:
            return
        if kept is None:
            backend.feed([token])
        else:
            backend.rewind(prompt + kept)


def _reason(row: Row, token: int, options: StepOptions) -> FinishReason | None:
    if token in options.ends or row.ends_with(options.stop_strings):
        return "stop"
    return "length" if len(row.tokens) >= options.max_new_tokens else None
