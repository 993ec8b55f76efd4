"""Pieces of responses that the guard writes itself."""

from __future__ import annotations

import time
from typing import Any

from tokenward.wire.json_text import write
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Ask, Usage, Whole
from tokenward.wire.protocols.openai_errors import error_bytes
from tokenward.wire.request import Refusal, blocked_refusal

Json = dict[str, Any]
NO_USAGE = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
TEXTS = {
    "response.output_text": ("output_text", "text"),
    "response.refusal": ("refusal", "refusal"),
    "response.reasoning_text": ("reasoning_text", "text"),
    "response.reasoning_summary_text": ("summary_text", "text"),
}
"""By the family of their events: the type of a part, and where its text is."""
SUMMARY = "response.reasoning_summary_text"


def event_bytes(event: Json) -> bytes:
    """Returns an event as it goes out: written anew, so that it holds what was looked at only."""
    return b"event: %b\ndata: %b\n\n" % (event["type"].encode(), write(event))


def part_of(family: str, text: str) -> Json:
    """Returns a part of a message or of reasoning."""
    kind, key = TEXTS[family]
    more: Json = {"annotations": [], "logprobs": []} if kind == "output_text" else {}
    return {"type": kind, key: text, **more}


def family_of(on_block: OnBlock) -> str:
    """Returns what the message of a blocked answer is: a text, or a refusal."""
    return "response.refusal" if on_block == "refusal" else "response.output_text"


def notice_item(message: str, on_block: OnBlock, name: str) -> Json:
    """Returns the message that says why an answer was blocked."""
    return {
        "id": f"msg_blocked_{name}",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part_of(family_of(on_block), message)],
    }


def closing(family: str, place: Json, text: str) -> list[Json]:
    """Returns the events that end a part with a text; ``place`` says which part it is."""
    _, key = TEXTS[family]
    more: Json = {"logprobs": []} if family == "response.output_text" else {}
    kind = "response.reasoning_summary_part" if family == SUMMARY else "response.content_part"
    return [
        {"type": f"{family}.done", **place, key: text, **more},
        {"type": f"{kind}.done", **place, "part": part_of(family, text)},
    ]


def notice_events(message: str, on_block: OnBlock, name: str, at: int) -> list[Json]:
    """Returns the events of that message, item number ``at``."""
    family = family_of(on_block)
    item = notice_item(message, on_block, name)
    opened = {**item, "status": "in_progress", "content": []}
    place = {"item_id": item["id"], "output_index": at, "content_index": 0}
    more: Json = {"logprobs": []} if family == "response.output_text" else {}
    return [
        {"type": "response.output_item.added", "output_index": at, "item": opened},
        {"type": "response.content_part.added", **place, "part": part_of(family, "")},
        {"type": f"{family}.delta", **place, "delta": message, **more},
        *closing(family, place, message),
        {"type": "response.output_item.done", "output_index": at, "item": item},
    ]


def ended(response: Json, output: list[Any], on_block: OnBlock) -> Json:
    """Returns a response as a block ends it."""
    if on_block == "refusal":
        status: Json = {"status": "completed", "incomplete_details": None}
    else:
        reason = {"reason": "content_filter"}
        status = {"status": "incomplete", "incomplete_details": reason}
    return {**response, **status, "error": None, "output": output}


def final_event(response: Json) -> Json:
    """Returns the last event of a stream."""
    return {"type": f"response.{response['status']}", "response": response}


def failed_event(response: Json, output: list[Any], refusal: Refusal) -> Json:
    """Returns the last event of a stream that ends in the middle."""
    error = {"code": "server_error", "message": refusal.message}
    last = {**response, "status": "failed", "error": error, "output": output}
    return {"type": "response.failed", "response": last}


def frame(ask: Ask, decision_id: str) -> Json:
    """Returns the frame of an answer that the model server never gave."""
    return {
        "id": f"resp_{decision_id}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "model": ask.model or "",
        "output": [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }


def blocked_request(ask: Ask, message: str, on_block: OnBlock, decision_id: str) -> Whole:
    """Returns the answer to a blocked request, in the form that was asked for."""
    if on_block == "error":
        refusal = blocked_refusal(message)
        return Whole(refusal.status, error_bytes(refusal), refusal.headers)
    made = frame(ask, decision_id)
    item = notice_item(message, on_block, decision_id)
    last = ended({**made, "usage": dict(NO_USAGE)}, [item], on_block)
    if not ask.stream:
        return Whole(200, write(last))
    events: list[Json] = [
        {"type": "response.created", "response": made},
        {"type": "response.in_progress", "response": made},
        *notice_events(message, on_block, decision_id, 0),
        final_event(last),
    ]
    numbered = ({**event, "sequence_number": at} for at, event in enumerate(events))
    return Whole(200, b"".join(map(event_bytes, numbered)), usage=Usage(0, 0))
