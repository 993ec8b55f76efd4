"""The requests that a server is sent: chats, and texts to go on from."""

from __future__ import annotations

import hashlib
from typing import Any

from tokenward.compare.backends.base import Ask
from tokenward.compare.backends.http.address import Options
from tokenward.compare.case import Prompt
from tokenward.compare.sampling import Sampling

VLLM = "vllm"
USER = "user"


def seed_of(key: tuple[int, str, int]) -> int:
    """Returns the seed of an answer, the same for both models: 31 bits, as all servers take.

    >>> seed_of((0, "case", 1)) == seed_of((0, "case", 1)) != seed_of((0, "case", 2))
    True
    """
    digest = hashlib.sha256("\0".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def is_chat(prompt: Prompt, options: Options) -> bool:
    """Tells whether a prompt goes as messages."""
    return not isinstance(prompt, str) or options.text == "chat"


def spoken(prompt: Prompt, options: Options) -> dict[str, Any]:
    """Returns the fields of a request that hold its prompt."""
    if not is_chat(prompt, options):
        return {"prompt": prompt}
    if isinstance(prompt, str):
        return {"messages": [{"role": USER, "content": prompt}]}
    return {"messages": [dict(message) for message in prompt]}


def generation(
    ask: Ask, sampling: Sampling, options: Options, model: str, owner: str
) -> dict[str, Any]:
    """Returns the body of a streamed request for an answer.

    What a server would take from a model's own files where a request does not say it, is said.
    """
    body: dict[str, Any] = {
        "model": model,
        **spoken(ask.prompt, options),
        options.most: sampling.max_new_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "seed": seed_of(ask.key),
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if sampling.stop:
        body["stop"] = list(sampling.stop)
    if sampling.top_k:
        body["top_k"] = sampling.top_k
    return body | _own(sampling, owner)


def _own(sampling: Sampling, owner: str) -> dict[str, Any]:
    """Returns fields that only some servers know, and others would refuse."""
    if owner != VLLM:
        return {}
    neutral = {"min_p": 0.0, "repetition_penalty": 1.0, "top_k": sampling.top_k}
    return {**neutral, "return_token_ids": True}
