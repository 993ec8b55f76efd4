"""The request for another ending of a message: the kept text, as one that the assistant began."""

from __future__ import annotations

from typing import Any

from tokenward.wire.json_text import write
from tokenward.wire.protocols.base import Ask
from tokenward.wire.retold import LONGEST, Retold
from tokenward.wire.scan import Scanner

FREE = (None, "auto", "none")
"""Choices of tools with which an answer may begin with text."""


def attempts(ask: Ask, scanner: Scanner) -> int:
    """Returns how often the end of a message may be taken back: 0 where it cannot go on."""
    if ask.continues != "anthropic" or ask.in_json or not isinstance(begun(ask), str):
        return 0
    thinking, choice = ask.body.get("thinking"), ask.body.get("tool_choice")
    if isinstance(thinking, dict) and thinking.get("type") != "disabled":
        return 0
    if (choice.get("type") if isinstance(choice, dict) else choice) not in FREE:
        return 0
    return scanner.loaded.stages["output"].plan.attempts


def begun(ask: Ask) -> Any:
    """Returns what the client itself made the message begin with."""
    last = ask.body["messages"][-1]
    return last.get("content") if last.get("role") == "assistant" else ""


def body_of(ask: Ask, main: Retold) -> bytes | None:
    """Returns the request for what follows the kept text; ``None`` where that is too long."""
    if main.length > LONGEST:
        return None
    body, before = dict(ask.body), begun(ask)
    prefix = main.kept.rstrip()  # a message that ends in white space is refused
    if prefix:
        messages = body["messages"][:-1] if before else body["messages"]
        body["messages"] = [*messages, {"role": "assistant", "content": before + prefix}]
    longest = body.get("max_tokens")
    if type(longest) is int:
        body["max_tokens"] = max(1, longest - main.kept_tokens)
    return write(body)
