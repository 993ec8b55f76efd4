"""Events of OpenAI's streams as bytes, and what is taken out of them."""

from __future__ import annotations

from typing import Any

from tokenward.wire.json_text import write
from tokenward.wire.protocols.base import Usage

DONE = b"data: [DONE]\n\n"
LEAKS = frozenset(
    {
        "completion_probabilities",
        "logprobs",
        "prompt_logprobs",
        "prompt_token_ids",
        "routed_experts",
        "token_ids",
        "tokens",
        "top_logprobs",
    }
)
"""Fields that say the text once more, in pieces or in numbers: nothing edits those."""


def event_bytes(event: dict[str, Any]) -> bytes:
    """Returns an event as it goes out: written anew, so that it holds what was looked at only."""
    return b"data: %b\n\n" % write(event)


def strip(value: dict[str, Any]) -> None:
    """Takes out what says the text once more."""
    if not LEAKS.isdisjoint(value):
        for key in LEAKS.intersection(value):
            if key == "logprobs":
                value[key] = None
            else:
                del value[key]


def read_usage(usage: Any) -> Usage:
    """Returns the counts of tokens."""
    if not isinstance(usage, dict):
        return Usage()
    counts = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
    prompt, completion = (count if type(count) is int else None for count in counts)
    return Usage(prompt, completion)
