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
OF_TEXT = frozenset({"logprobs", "token_ids"})
"""Those of a choice that stay where its text is let out as it came."""


def event_bytes(event: dict[str, Any]) -> bytes:
    """Returns an event as it goes out: written anew, so that it holds what was looked at only."""
    return b"data: %b\n\n" % write(event)


def strip(value: dict[str, Any], but: frozenset[str] = frozenset()) -> None:
    """Takes out what says the text once more."""
    if not LEAKS.isdisjoint(value):
        for key in LEAKS.intersection(value) - but:
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


def estimate(usage: Usage, prompt: str | None, pieces: int) -> dict[str, Any]:
    """Returns the usage of an answer that was cut: counted in events where nobody told."""
    asked = usage.prompt
    if asked is None:
        asked = len((prompt or "").encode("utf-8", "replace")) // 4
    said = usage.completion or pieces
    return {
        "prompt_tokens": asked,
        "completion_tokens": said,
        "total_tokens": asked + said,
        "estimated": True,
    }
