"""How to speak each protocol: what a client asks, what a model server answers, where the text is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenward.wire.protocols.anthropic import MESSAGES
from tokenward.wire.protocols.base import WireProtocol
from tokenward.wire.protocols.openai import CHAT_COMPLETIONS, TEXT_COMPLETIONS

Body = Any
Frames = list[bytes]


@dataclass(frozen=True, eq=False)
class Speech:
    """One protocol.

    ``asks`` and ``answers`` are requests and whole answers by the field in which their text stands;
    ``whole`` is the usual answer and ``read`` finds its main text; ``streams`` are streamed answers
    by the field whose text comes in pieces, ``heard`` finds what was said in bytes, and ``filtered``
    tells whether they end as a blocked answer does. ``knobs`` is a request with parameters, and
    what limits make of it.
    """

    protocol: WireProtocol
    path: str
    asks: Mapping[str, Callable[[str], Body]]
    answers: Mapping[str, Callable[[str], Body]]
    whole: Callable[[str], Body]
    read: Callable[[Body], str]
    error: Callable[[str], Body]
    streams: Mapping[str, Callable[[Sequence[str]], Frames]] = field(default_factory=dict)
    heard: Callable[[bytes], str] = lambda out: ""
    filtered: Callable[[bytes], bool] = lambda out: False
    knobs: tuple[Body, Body] | None = None
    marks_end: bool = True

    @property
    def name(self) -> str:
        return self.protocol.name


# -- framing --------------------------------------------------------------------------------


def dumps(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def sse(*events: Any) -> Frames:
    return [b"data: %b\n\n" % (one if isinstance(one, bytes) else dumps(one)) for one in events]


def named(*events: Any) -> Frames:
    return [b"event: %b\ndata: %b\n\n" % (one["type"].encode(), dumps(one)) for one in events]


def lines(*objects: Any) -> Frames:
    return [dumps(one) + b"\n" for one in objects]


def objects(out: bytes) -> list[Any]:
    """The JSON objects of a stream, in any framing."""
    data = (line.removeprefix(b"data: ") for line in out.split(b"\n"))
    return [json.loads(one) for one in data if one.startswith(b"{")]


# -- OpenAI ---------------------------------------------------------------------------------

DONE = b"[DONE]"


def user(text: Any) -> Body:
    return {"role": "user", "content": text}


def chat(*messages: Any, **more: Any) -> Body:
    return {"model": "m", "messages": [*messages] or [user("x")], **more}


def tool_call(text: str, **more: Any) -> Body:
    function = {"name": "f", "arguments": dumps({"a": [text]}).decode()}
    return {**more, "id": "c", "type": "function", "function": function}


def choice(text: str, **more: Any) -> Body:
    return {
        "index": 0,
        "message": {"role": "assistant", "content": text, **more},
        "finish_reason": "stop",
    }


def completion(*choices: Body, **more: Any) -> Body:
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [*choices],
        **more,
    }


def deltas(key: str) -> Callable[[Sequence[str]], Frames]:
    def stream(pieces: Sequence[str]) -> Frames:
        def chunk(delta: Any, finish: Any = None) -> Body:
            one = {"index": 0, "finish_reason": finish, "delta": delta}
            return {
                "id": "c",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": "m",
                "choices": [one],
            }

        begin = chunk({"role": "assistant", "content": ""})
        return sse(begin, *(chunk({key: one}) for one in pieces), chunk({}, "stop"), DONE)

    return stream


def heard_chat(out: bytes) -> str:
    found = [c for event in objects(out) for c in event.get("choices", ())]
    keys = ("content", "reasoning_content", "refusal")
    return "".join(c["delta"].get(key) or "" for c in found for key in keys)


def finishes(reason: str) -> Callable[[bytes], bool]:
    return lambda out: (
        [
            c["finish_reason"]
            for e in objects(out)
            for c in e.get("choices", ())
            if c["finish_reason"]
        ]
        == [reason]
        and out.endswith(b"data: [DONE]\n\n")
    )


LIMITS = {"temperature": 2.0, "top_p": 0.9, "max_tokens": 500}
CLAMPED = {"temperature": 1, "top_p": 0.5, "max_tokens": 64}
OPENAI = Speech(
    CHAT_COMPLETIONS,
    "/v1/chat/completions",
    asks={
        "user": lambda t: chat(user(t)),
        "system": lambda t: chat({"role": "system", "content": t}, user("x")),
        "part": lambda t: chat(user([{"type": "text", "text": t}])),
        "tool": lambda t: chat({"role": "tool", "tool_call_id": "c", "content": t}),
        "arguments": lambda t: chat({"role": "assistant", "tool_calls": [tool_call(t)]}),
        "tools": lambda t: chat(
            tools=[{"type": "function", "function": {"name": "f", "description": t}}]
        ),
    },
    answers={
        "content": lambda t: completion(choice(t)),
        "reasoning": lambda t: completion(choice("a", reasoning_content=t)),
        "refusal": lambda t: completion(choice("a", refusal=t)),
        "arguments": lambda t: completion(choice("a", tool_calls=[tool_call(t)])),
        "extra": lambda t: completion(choice("a"), note={"deep": [t]}),
    },
    whole=lambda t: completion(choice(t)),
    read=lambda body: body["choices"][0]["message"]["content"],
    error=lambda t: {"error": {"message": t, "type": "x", "param": None, "code": None}},
    streams={key: deltas(key) for key in ("content", "reasoning_content", "refusal")},
    heard=heard_chat,
    filtered=finishes("content_filter"),
    knobs=(chat(**LIMITS), chat(**CLAMPED, stop=["END"])),
)


def text_completion(text: str, **more: Any) -> Body:
    one = {"index": 0, "text": text, "finish_reason": "stop"}
    return {
        "id": "c",
        "object": "text_completion",
        "created": 1,
        "model": "m",
        "choices": [one],
        **more,
    }


def completions(pieces: Sequence[str]) -> Frames:
    def chunk(text: str, finish: Any = None) -> Body:
        one = {"index": 0, "finish_reason": finish, "text": text}
        return {
            "id": "c",
            "object": "text_completion",
            "created": 1,
            "model": "m",
            "choices": [one],
        }

    return sse(*map(chunk, pieces), chunk("", "stop"), DONE)


COMPLETIONS = Speech(
    TEXT_COMPLETIONS,
    "/v1/completions",
    asks={
        "prompt": lambda t: {"prompt": t},
        "prompts": lambda t: {"prompt": ["a", t]},
        "suffix": lambda t: {"prompt": "a", "suffix": t},
    },
    answers={"text": text_completion, "extra": lambda t: text_completion("a", note=t)},
    whole=text_completion,
    read=lambda body: body["choices"][0]["text"],
    error=lambda t: {"error": {"message": t}},
    streams={"text": completions},
    heard=lambda out: "".join(c["text"] for e in objects(out) for c in e.get("choices", ())),
    filtered=finishes("content_filter"),
    knobs=({"prompt": "x", **LIMITS}, {"prompt": "x", **CLAMPED, "stop": ["END"]}),
)

# -- Anthropic ------------------------------------------------------------------------------


def message(*content: Body, **more: Any) -> Body:
    usage = {"input_tokens": 1, "output_tokens": 1}
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [*content],
            "stop_reason": "end_turn", "stop_sequence": None, "usage": usage, **more}  # fmt: skip


def blocks(kind: str) -> Callable[[Sequence[str]], Frames]:
    def stream(pieces: Sequence[str]) -> Frames:
        begun = message(stop_reason=None)
        deltas = ({"type": f"{kind}_delta", kind: one} for one in pieces)
        return named(
            {"type": "message_start", "message": begun},
            {"type": "content_block_start", "index": 0, "content_block": {"type": kind, kind: ""}},
            *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": "end_turn"},
                "usage": {"output_tokens": 1},
            },
            {"type": "message_stop"},
        )

    return stream


def heard_blocks(out: bytes) -> str:
    found = [event["delta"] for event in objects(out) if event["type"] == "content_block_delta"]
    return "".join(one.get("text", "") + one.get("thinking", "") for one in found)


def filtered_message(out: bytes) -> bool:
    *_, delta, last = objects(out)
    return delta["delta"]["stop_reason"] == "refusal" and last == {"type": "message_stop"}


ANTHROPIC = Speech(
    MESSAGES,
    "/v1/messages",
    asks={
        "user": lambda t: chat(user(t)),
        "system": lambda t: chat(system=t),
        "block": lambda t: chat(user([{"type": "text", "text": t}])),
        "tool_result": lambda t: chat(
            user([{"type": "tool_result", "tool_use_id": "c", "content": t}])
        ),
        "tool_use": lambda t: chat(
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "c", "name": "f", "input": {"a": [t]}}],
            }
        ),
        "tools": lambda t: chat(tools=[{"name": "f", "description": t, "input_schema": {}}]),
    },
    answers={
        "text": lambda t: message({"type": "text", "text": t}),
        "thinking": lambda t: message({"type": "thinking", "thinking": t, "signature": ""}),
        "tool_use": lambda t: message(
            {"type": "tool_use", "id": "c", "name": "f", "input": {"a": t}}
        ),
        "extra": lambda t: message({"type": "text", "text": "a"}, note={"deep": [t]}),
    },
    whole=lambda t: message({"type": "text", "text": t}),
    read=lambda body: body["content"][0]["text"],
    error=lambda t: {"type": "error", "error": {"type": "api_error", "message": t}},
    streams={key: blocks(key) for key in ("text", "thinking")},
    heard=heard_blocks,
    filtered=filtered_message,
    knobs=(chat(**LIMITS), chat(**CLAMPED, stop_sequences=["END"])),
)
