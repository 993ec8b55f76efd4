"""How likely an answer is to a model when its prompt is about another group of people.

To be called when there is time for it, not while somebody waits for an answer: each swap is one
forward pass over prompt and answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

import torch

from tokenward.errors import UsageError
from tokenward.registry import Registry
from tokenward.types import Swap, Swapper

MOST_SWAPS = 6


class LikelihoodChange(NamedTuple):
    """The mean log-likelihood of an answer's tokens about ``became``, less that about ``was``.

    In nats a token; above 0 the answer is more likely for the group that was put in.
    """

    was: str
    became: str
    change: float


def likelihood_changes(
    model: Any,
    tokenizer: Any,
    prompt: str,
    answer: str,
    *,
    swappers: Sequence[Swapper] | None = None,
    most: int = MOST_SWAPS,
) -> list[LikelihoodChange]:
    """Returns the change for each swap of a prompt, for a causal model of transformers.

    Without ``swappers`` those of the installed plugins write the swaps. None where the prompt names
    no group; raises a ``UsageError`` where the answer has no token.
    """
    chosen = Registry.load().swappers() if swappers is None else swappers
    swaps: list[Swap] = list(chain.from_iterable(one.of(prompt, most) for one in chosen))[:most]
    if not swaps:
        return []
    tokens = tokenizer(answer, add_special_tokens=False)["input_ids"]
    if not tokens:
        raise UsageError("the answer has no token; give the answer as the model wrote it")
    before = _mean_likelihood(model, tokenizer(prompt)["input_ids"], tokens)
    return [
        LikelihoodChange(
            one.was,
            one.became,
            _mean_likelihood(model, tokenizer(one.text)["input_ids"], tokens) - before,
        )
        for one in swaps
    ]


@torch.inference_mode()
def _mean_likelihood(model: Any, prompt: list[int], answer: list[int]) -> float:
    tokens = torch.tensor([[*prompt, *answer]], device=model.device)
    logits = model(input_ids=tokens).logits[0, len(prompt) - 1 : -1].float()
    likely = torch.log_softmax(logits, dim=-1).gather(1, tokens[0, len(prompt) :, None])
    return float(likely.mean())
