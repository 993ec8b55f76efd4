"""How to speak OpenAI's responses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.agent.wire.speeches import (
    Body,
    Frames,
    Speech,
    dumps,
    named,
    objects,
    user,
)

from tokenward.wire.protocols.responses import RESPONSES


def response(*output: Body, **more: Any) -> Body:
    return {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "status": "completed",
            "output": [*output], "tools": [], **more}  # fmt: skip


def said(kind: str, text: str) -> Body:
    key = "refusal" if kind == "refusal" else "text"
    more = {"annotations": []} if kind == "output_text" else {}
    return {"type": kind, key: text, **more}


def spoken(kind: str, text: str) -> Body:
    return {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
            "content": [said(kind, text)]}  # fmt: skip


def thought(**more: Any) -> Body:
    return {"id": "rs_1", "type": "reasoning", "summary": [], **more}


def function_call(text: str) -> Body:
    return {"id": "fc_1", "type": "function_call", "call_id": "c", "name": "f",
            "arguments": dumps({"a": text}).decode(), "status": "completed"}  # fmt: skip


def numbered(*events: Body) -> Frames:
    return named(*({"type": e["type"], "sequence_number": n, **e} for n, e in enumerate(events)))


def talk(family: str, kind: str, where: str = "content") -> Callable[[Sequence[str]], Frames]:
    """A stream whose text is in a part of a message, or of reasoning."""

    def stream(pieces: Sequence[str]) -> Frames:
        text, key = "".join(pieces), "refusal" if kind == "refusal" else "text"
        holder = (
            thought
            if kind.startswith(("reasoning", "summary"))
            else lambda **m: {**spoken(kind, ""), **m}
        )
        item, empty = holder(**{where: [said(kind, text)]}), holder(**{where: []})
        place = {"item_id": item["id"], "output_index": 0, f"{where}_index": 0}
        part = "response.reasoning_summary_part" if where == "summary" else "response.content_part"
        begun = response(status="in_progress")
        return numbered(
            {"type": "response.created", "response": begun},
            {"type": "response.in_progress", "response": begun},
            {"type": "response.output_item.added", "output_index": 0, "item": empty},
            {"type": f"{part}.added", **place, "part": said(kind, "")},
            *({"type": f"{family}.delta", **place, "delta": one} for one in pieces),
            {"type": f"{family}.done", **place, key: text},
            {"type": f"{part}.done", **place, "part": said(kind, text)},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {
                "type": "response.completed",
                "response": response(item, usage={"input_tokens": 1, "output_tokens": 2}),
            },
        )

    return stream


def heard_talk(out: bytes) -> str:
    """What is said in deltas, which all that says it again must agree with."""
    events = objects(out)
    deltas = "".join(event["delta"] for event in events if event["type"].endswith(".delta"))
    last = events[-1]
    if "response" in last:
        for at, item in enumerate(last["response"]["output"]):
            done = [e["item"] for e in events if e["type"] == "response.output_item.done"][at]
            assert done == item
        parts = [
            p
            for i in last["response"]["output"]
            for p in (*i.get("summary", ()), *i.get("content", ()))
        ]
        assert deltas == "".join(part.get("text", part.get("refusal")) for part in parts)
    return deltas


def filtered_response(out: bytes) -> bool:
    events = objects(out)
    assert [e["sequence_number"] for e in events] == sorted({e["sequence_number"] for e in events})
    last = events[-1]["response"]
    return last["status"] == "incomplete" and last["incomplete_details"] == {
        "reason": "content_filter"
    }


def ask(*items: Body, **more: Any) -> Body:
    return {"model": "m", "input": [*items], **more}


OPENAI_RESPONSES = Speech(
    RESPONSES,
    "/v1/responses",
    asks={
        "input": lambda t: {"model": "m", "input": t},
        "message": lambda t: ask(user(t)),
        "part": lambda t: ask(user([{"type": "input_text", "text": t}])),
        "instructions": lambda t: ask(user("x"), instructions=t),
        "arguments": lambda t: ask(function_call(t)),
        "output": lambda t: ask({"type": "function_call_output", "call_id": "c", "output": t}),
        "custom": lambda t: ask(
            {"type": "custom_tool_call", "call_id": "c", "name": "f", "input": t}
        ),
        "reasoning": lambda t: ask(thought(summary=[said("summary_text", t)])),
        "tools": lambda t: ask(
            user("x"), tools=[{"type": "function", "name": "f", "description": t}]
        ),
        "schema": lambda t: ask(
            user("x"), text={"format": {"type": "json_schema", "description": t}}
        ),
    },
    answers={
        "text": lambda t: response(spoken("output_text", t)),
        "refusal": lambda t: response(spoken("refusal", t)),
        "summary": lambda t: response(thought(summary=[said("summary_text", t)])),
        "reasoning": lambda t: response(thought(content=[said("reasoning_text", t)])),
        "arguments": lambda t: response(function_call(t)),
        "search": lambda t: response(
            {"id": "ws_1", "type": "web_search_call", "action": {"query": t}}
        ),
        "instructions": lambda t: response(spoken("output_text", "a"), instructions=t),
    },
    whole=lambda t: response(spoken("output_text", t)),
    read=lambda body: "".join(part["text"] for item in body["output"] for part in item["content"]),
    error=lambda t: {"error": {"message": t}},
    streams={
        "text": talk("response.output_text", "output_text"),
        "refusal": talk("response.refusal", "refusal"),
        "reasoning": talk("response.reasoning_text", "reasoning_text"),
        "summary": talk("response.reasoning_summary_text", "summary_text", "summary"),
    },
    heard=heard_talk,
    filtered=filtered_response,
    knobs=(
        ask(user("x"), temperature=2.0, top_p=0.9, max_output_tokens=500),
        ask(user("x"), temperature=1, top_p=0.5, max_output_tokens=64),
    ),
)
