"""Reads the requests of Anthropic's messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tokenward.policy.schema import Policy
from tokenward.wire.json_text import OPAQUE, WITHOUT_NAMES, Slot, rest_slots, slots
from tokenward.wire.limits import add_stops, clamp, parameters
from tokenward.wire.protocols.base import Ask
from tokenward.wire.protocols.fields import (
    check_parts,
    check_query,
    labels,
    last_text,
    read_json,
    typed,
)
from tokenward.wire.protocols.parameters import refuse
from tokenward.wire.request import Refusal, Request

PARAMETERS = ("max_tokens", "stream", "temperature", "top_k", "top_p")
LIMITED = frozenset(PARAMETERS)
USUAL = {"temperature": 1.0, "top_p": 1.0}
"""What servers take for a parameter that a request leaves out."""
SIGNED = {"thinking": "signature", "redacted_thinking": "data"}
"""Of blocks of these types, the key of what only the model server can read."""
UNREADABLE = {
    "container": "it names files at the server that no rule has seen",
    "mcp_servers": "their tools are called and answer where no rule can see it",
}
INPUTS = ("tool_use", "server_tool_use", "mcp_tool_use")
"""Types of blocks whose ``input`` is JSON that the model wrote."""


def read_messages(request: Request) -> Ask:
    """Reads a request: all its texts, those of tools' results in their own stage first."""
    check_query(request)
    body = read_json(request)
    refuse(body, UNREADABLE)
    messages = typed(body, "messages", list)
    if not messages or not all(isinstance(message, dict) for message in messages):
        raise Refusal(400, "messages must be a list of objects", "invalid_value", "messages")
    check_parts(messages)
    results: list[Slot] = []
    texts: list[Slot] = []
    for message in messages:
        for is_result, slot in message_texts(message):
            texts.append(slot)
            if is_result:
                results.append(slot)
    texts += rest_slots(body, without=("messages",))
    return Ask(
        body=body,
        raw=request.body,
        model=typed(body, "model", str),
        stream=bool(typed(body, "stream", bool)),
        in_json=wants_json(body),
        labels=labels(body),
        parameters={key: body[key] for key in PARAMETERS if key in body},
        texts={"tool_result": results, "input": texts} if results else {"input": texts},
        prompt=last_text(messages),
    )


def message_texts(message: dict[str, Any]) -> Iterator[tuple[bool, Slot]]:
    """Yields the texts of a message, and whether each is part of a tool's result."""
    content = message.get("content")
    if not isinstance(content, list):
        yield from ((False, slot) for slot in slots(message, names=WITHOUT_NAMES))
        return
    beside = slots(message, without=("content",), names=WITHOUT_NAMES)
    yield from ((False, slot) for slot in beside)
    for at, block in enumerate(content):
        if isinstance(block, str):
            yield False, Slot(content, at, block)
        elif isinstance(block, dict):
            is_result = str(block.get("type")).endswith("tool_result")
            yield from ((is_result, slot) for slot in block_texts(block))
        elif isinstance(block, list):
            yield from ((False, slot) for slot in slots(block, names=WITHOUT_NAMES))


def block_texts(block: dict[str, Any]) -> list[Slot]:
    """Returns the texts of a content block; those that it has signed are sealed."""
    kind = block.get("type")
    signed_by = SIGNED.get(kind) if isinstance(kind, str) else None
    signature = block.get(signed_by) if signed_by is not None else None
    if signed_by is not None and isinstance(signature, str) and OPAQUE.fullmatch(signature):
        found = slots(block, without=(signed_by,), names=WITHOUT_NAMES)
        for slot in found:
            slot.sealed = bool(signature)
        return found
    written = block.get("input") if kind in INPUTS else None
    if isinstance(written, dict | list):
        beside = slots(block, without=("input",), names=WITHOUT_NAMES)
        return beside + slots(written, numbers=True)
    return slots(block, names=WITHOUT_NAMES)


def wants_json(body: dict[str, Any]) -> bool:
    """Tells whether the answer's text is to be JSON."""
    config = body.get("output_config")
    wanted = [body.get("output_format"), config.get("format") if isinstance(config, dict) else None]
    return any(isinstance(one, dict) and one.get("type") == "json_schema" for one in wanted)


def limit(ask: Ask, policy: Policy) -> None:
    """Applies the policy's limits, in place; there is no ``n`` here, an answer is always one."""
    body = ask.body
    for key, bounds in policy.limits.items():
        if key in LIMITED:
            ask.edited = clamp(body, key, bounds, USUAL.get(key)) or ask.edited
    if policy.stop:
        ask.edited = add_stops(body, policy.stop, "stop_sequences") or ask.edited
    ask.parameters = parameters(body, PARAMETERS, ask.parameters)
