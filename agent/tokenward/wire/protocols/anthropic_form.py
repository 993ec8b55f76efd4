"""Pieces of Anthropic's answers that the guard writes itself."""

from __future__ import annotations

from typing import Any

from tokenward.redact.styles import Form
from tokenward.wire.json_text import write
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.anthropic_errors import error_bytes
from tokenward.wire.protocols.base import Ask, Usage, Whole
from tokenward.wire.request import blocked_refusal
from tokenward.wire.scan import Scanner

REFUSAL = "refusal"
NO_USAGE = {"input_tokens": 0, "output_tokens": 0}


def event_bytes(event: dict[str, Any]) -> bytes:
    """Returns an event as it goes out: written anew, so that it holds what was looked at only."""
    return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), write(event))


def ending(message: str) -> dict[str, Any]:
    """Returns what says that an answer was blocked, in a message and in ``message_delta``."""
    details = {"type": REFUSAL, "category": None, "explanation": message}
    return {"stop_reason": REFUSAL, "stop_sequence": None, "stop_details": details}


def notice(message: str, on_block: OnBlock) -> list[dict[str, Any]]:
    """Returns the content of a blocked answer: the message as text, unless it is a refusal."""
    return [{"type": "text", "text": message}] if on_block == "filter" else []


def frame(ask: Ask, decision_id: str) -> dict[str, Any]:
    """Returns the frame of an answer that the model server never gave."""
    return {
        "id": f"msg_{decision_id}",
        "type": "message",
        "role": "assistant",
        "model": ask.model or "",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": dict(NO_USAGE),
    }


def notice_events(message: str, on_block: OnBlock, index: int, output_tokens: int) -> list[bytes]:
    """Returns the events that end a blocked stream, ``index`` being the next block's."""
    events: list[dict[str, Any]] = []
    if on_block == "filter":
        delta = {"type": "text_delta", "text": message}
        events += [start_of(index, {"type": "text", "text": ""}), delta_of(index, delta)]
        events.append(stop_of(index))
    events.append(
        {
            "type": "message_delta",
            "delta": ending(message),
            "usage": {"output_tokens": output_tokens},
        }
    )
    return [event_bytes(event) for event in [*events, {"type": "message_stop"}]]


def start_of(index: int, block: dict[str, Any]) -> dict[str, Any]:
    """Returns the event that begins a block."""
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta_of(index: int, delta: dict[str, Any]) -> dict[str, Any]:
    """Returns an event of a block that goes on."""
    return {"type": "content_block_delta", "index": index, "delta": delta}


def stop_of(index: int) -> dict[str, Any]:
    """Returns the event that ends a block."""
    return {"type": "content_block_stop", "index": index}


def blocked_request(ask: Ask, message: str, on_block: OnBlock, decision_id: str) -> Whole:
    """Returns the answer to a blocked request, in the form that was asked for."""
    if on_block == "error":
        refusal = blocked_refusal(message)
        return Whole(refusal.status, error_bytes(refusal), refusal.headers)
    made = frame(ask, decision_id)
    if not ask.stream:
        return Whole(200, write({**made, "content": notice(message, on_block), **ending(message)}))
    start = event_bytes({"type": "message_start", "message": made})
    out = [start, *notice_events(message, on_block, 0, 0)]
    return Whole(200, b"".join(out), usage=Usage(0, 0))


def form_of(kind: str, scanner: Scanner) -> Form:
    """Returns what comes back in the text of a block of what was taken out of the request.

    In a thought nothing does: it is signed, and must go back to the model as it came.
    """
    return "token" if kind == "thinking" else scanner.main_form


def read_usage(usage: Any, known: Usage) -> Usage:
    """Returns the counts of tokens; those that are not told stay what is known."""
    if not isinstance(usage, dict):
        return known
    prompt, completion = usage.get("input_tokens"), usage.get("output_tokens")
    return Usage(
        prompt if type(prompt) is int else known.prompt,
        completion if type(completion) is int else known.completion,
    )
