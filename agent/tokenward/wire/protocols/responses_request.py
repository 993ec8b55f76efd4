"""Reads the requests of OpenAI's responses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tokenward.wire.json_text import WITHOUT_NAMES, Slot, rest_slots
from tokenward.wire.protocols.base import Ask
from tokenward.wire.protocols.fields import (
    check_parts,
    check_query,
    labels,
    last_text,
    read_json,
    typed,
)
from tokenward.wire.protocols.parameters import Parameters, refuse
from tokenward.wire.protocols.responses_items import texts_of, unfolded
from tokenward.wire.request import Refusal, Request

PARAMETERS = Parameters(
    names={
        "temperature": ("temperature",),
        "top_p": ("top_p",),
        "top_k": ("top_k",),
        "max_tokens": ("max_output_tokens",),
    },
    usual={"temperature": 1.0, "top_p": 1.0},
    stop=None,  # the protocol has none
)
UNREADABLE = {
    "background": "its answer could only be had by a path that is not guarded",
    "conversation": "it is a history that no rule has seen; send the messages as input",
    "previous_response_id": "it is a history that no rule has seen; send the messages as input",
    "prompt": "it is a text at the server that no rule has seen; send it as instructions",
    "prompt_token_ids": "token ids are no text that rules could read; send text",
}
REFERENCE = "item_reference"
SERVED = "mcp"


def read_response(request: Request) -> Ask:
    """Reads a request: all its texts, those of tools' results in their own stage first."""
    check_query(request)
    body = read_json(request)
    refuse(body, UNREADABLE)
    refuse_served(typed(body, "tools", list) or [])
    ask = Ask(
        body=body,
        raw=request.body,
        model=typed(body, "model", str),
        stream=bool(typed(body, "stream", bool)),
        in_json=wants_json(body),
        labels=labels(body),
    )
    ask.parameters = PARAMETERS.of(body)
    asked = body.get("input")
    items = asked if isinstance(asked, list) else []
    if not isinstance(asked, str | list) or not all(isinstance(item, dict) for item in items):
        reason = "input must be a string or a list of objects"
        raise Refusal(400, reason, "invalid_value", "input")
    check_parts(items)
    results: list[Slot] = []
    texts: list[Slot] = []
    for item in items:
        found = list(item_texts(ask, item))
        texts += found
        if str(item.get("type")).endswith("_output"):
            results += found
    texts += rest_slots(body, without=("input",) if items else ())
    ask.texts = {"tool_result": results, "input": texts} if results else {"input": texts}
    ask.prompt = asked if isinstance(asked, str) else last_text(items)
    return ask


def item_texts(ask: Ask, item: dict[str, Any]) -> Iterator[Slot]:
    """Yields the texts of an item of the input."""
    if item.get("type") == REFERENCE:
        reason = f"items of type {REFERENCE} are not allowed: no rule has seen what they stand for"
        raise Refusal(400, reason, "not_allowed", "input")
    texts, documents = unfolded(texts_of(item, names=WITHOUT_NAMES))
    ask.documents += documents
    yield from texts


def refuse_served(tools: list[Any]) -> None:
    """Refuses tools that are called and answer where no rule can see it."""
    if any(isinstance(tool, dict) and tool.get("type") == SERVED for tool in tools):
        reason = "they are called and answer where no rule can see it"
        raise Refusal(400, f"tools of type {SERVED} are not allowed: {reason}", "not_allowed")


def wants_json(body: dict[str, Any]) -> bool:
    """Tells whether the answer's text is to be JSON."""
    text = body.get("text")
    wanted = text.get("format") if isinstance(text, dict) else None
    return isinstance(wanted, dict) and wanted.get("type") in ("json_object", "json_schema")
