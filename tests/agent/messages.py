"""Answers of Anthropic's messages, made of blocks: ``{"text": ...}``, ``{"tool_use": ...}``."""

from __future__ import annotations

import json


def event(**fields):
    return f"event: {fields['type']}\ndata: {json.dumps(fields)}\n\n".encode()


def cut(text, size):
    return [text[at : at + size] for at in range(0, len(text), size)] or [""]


def text(words):
    return {"type": "text", "text": words}


def call(arguments, name="send", number=0):
    return {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": arguments}


def thought(words, signature="c2lnbmVk"):
    return {"type": "thinking", "thinking": words, "signature": signature}


def message(*blocks, stop="end_turn", **more):
    """A whole answer."""
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": list(blocks),
        "stop_reason": stop, "stop_sequence": None,
        "usage": {"input_tokens": 7, "output_tokens": 5}, **more,
    }  # fmt: skip


def block_events(index, block, size):
    """The events of a block, its text in pieces of a size."""
    kind = block["type"]
    keys = {"text": "text", "thinking": "thinking"}
    empty = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}}
    yield event(
        type="content_block_start",
        index=index,
        content_block=block | empty.get(kind, {"input": {}} if "input" in block else {}),
    )
    deltas = []
    if kind in keys:
        key = keys[kind]
        deltas = [{"type": f"{key}_delta", key: piece} for piece in cut(block[key], size)]
        if "signature" in block:
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
    elif "input" in block:
        written = json.dumps(block["input"])
        deltas = [
            {"type": "input_json_delta", "partial_json": one} for one in ["", *cut(written, size)]
        ]
    for delta in deltas:
        yield event(type="content_block_delta", index=index, delta=delta)
    yield event(type="content_block_stop", index=index)


def events(*blocks, size=4, stop="end_turn", end=True):
    """The events of a streamed answer."""
    whole = message(stop=None)
    yield event(
        type="message_start", message=whole | {"usage": {"input_tokens": 7, "output_tokens": 1}}
    )
    yield event(type="ping")
    for index, block in enumerate(blocks):
        yield from block_events(index, block, size)
    if end:
        delta = {"stop_reason": stop, "stop_sequence": None}
        yield event(type="message_delta", delta=delta, usage={"output_tokens": 5})
        yield event(type="message_stop")


def read(out):
    """The events in bytes that a client gets; each must carry its name."""
    found = []
    for part in out.decode().split("\n\n"):
        if part and not part.startswith(":"):
            name, data = part.split("\n")
            found.append(json.loads(data.removeprefix("data: ")))
            assert name == f"event: {found[-1]['type']}"
    return found


def assemble(found):
    """The message that a client makes of events; fails where their order is none."""
    whole, open_at = None, None
    for one in found:
        kind = one["type"]
        if kind == "message_start":
            assert whole is None
            whole = one["message"]
        elif kind == "content_block_start":
            assert open_at is None and one["index"] == len(whole["content"])
            open_at = one["index"]
            whole["content"].append({**one["content_block"], "written": ""})
        elif kind == "content_block_delta":
            assert one["index"] == open_at
            _join(whole["content"][open_at], one["delta"])
        elif kind == "content_block_stop":
            assert one["index"] == open_at
            open_at = None
            block = whole["content"][-1]
            written = block.pop("written")
            if written:
                block["input"] = json.loads(written)
        elif kind == "message_delta":
            whole |= one["delta"]
            whole["usage"] |= one["usage"]
        elif kind == "message_stop":
            assert open_at is None
            whole["stopped"] = True
    return whole


def _join(block, delta):
    for key in ("text", "thinking", "signature"):
        if key in delta:
            block[key] += delta[key]
    block["written"] += delta.get("partial_json", "")
    if "citation" in delta:
        block["citations"] = [*(block.get("citations") or []), delta["citation"]]
