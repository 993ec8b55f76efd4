"""How to speak Ollama, TGI and llama.cpp."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.agent.wire.speeches import (
    Body,
    Frames,
    Speech,
    chat,
    lines,
    objects,
    sse,
    user,
)

from tokenward.wire.protocols import llamacpp, ollama, tgi

AT = {"model": "m", "created_at": "2026-01-01T00:00:00.123456789Z"}
NUMBERS = {"total_duration": 5000000, "prompt_eval_count": 7, "eval_count": 3}
ENDED = {"done": True, "done_reason": "stop", **NUMBERS}


def ollama_call(text: str) -> Body:
    return {"function": {"name": "f", "arguments": {"a": [text]}}}


def replied(text: str, **more: Any) -> Body:
    return {**AT, "message": {"role": "assistant", "content": text, **more}}


def replies(key: str) -> Callable[[Sequence[str]], Frames]:
    def stream(pieces: Sequence[str]) -> Frames:
        texts = (
            {"content": one} if key == "content" else {"content": "", key: one} for one in pieces
        )
        each = ({**AT, "message": {"role": "assistant", **one}, "done": False} for one in texts)
        return lines(*each, {**replied(""), **ENDED})

    return stream


def generates(key: str) -> Callable[[Sequence[str]], Frames]:
    return lambda pieces: lines(
        *({**AT, "response": "", key: one, "done": False} for one in pieces),
        {**AT, "response": "", **ENDED},
    )


def heard_ollama(out: bytes) -> str:
    found = [one.get("message", one) for one in objects(out)]
    keys = ("content", "thinking", "response")
    return "".join(one.get(key, "") for one in found for key in keys)


def filtered_ollama(out: bytes) -> bool:
    last = objects(out)[-1]
    return last["done"] is True and last["done_reason"] == "content_filter"


OLLAMA_CHAT = Speech(
    ollama.CHAT,
    "/api/chat",
    asks={
        "user": lambda t: chat(user(t)),
        "system": lambda t: chat({"role": "system", "content": t}, user("x")),
        "thinking": lambda t: chat({"role": "assistant", "content": "a", "thinking": t}),
        "tool": lambda t: chat({"role": "tool", "tool_name": "f", "content": t}),
        "arguments": lambda t: chat(
            {"role": "assistant", "content": "", "tool_calls": [ollama_call(t)]}
        ),
        "tools": lambda t: chat(
            tools=[{"type": "function", "function": {"name": "f", "description": t}}]
        ),
        "format": lambda t: chat(format={"type": "object", "description": t}),
        "stop": lambda t: chat(options={"stop": [t]}),
    },
    answers={
        "content": lambda t: {**replied(t), **ENDED},
        "thinking": lambda t: {**replied("a", thinking=t), **ENDED},
        "arguments": lambda t: {**replied("a", tool_calls=[ollama_call(t)]), **ENDED},
        "extra": lambda t: {**replied("a"), **ENDED, "_debug_info": {"rendered_template": t}},
    },
    whole=lambda t: {**replied(t), **ENDED},
    read=lambda body: body["message"]["content"],
    error=lambda t: {"error": t},
    streams={key: replies(key) for key in ("content", "thinking")},
    heard=heard_ollama,
    filtered=filtered_ollama,
    knobs=(
        chat(options={"temperature": 2.0, "top_p": 0.9, "num_predict": -1}),
        chat(options={"temperature": 1, "top_p": 0.5, "num_predict": 64, "stop": ["END"]}),
    ),
)
OLLAMA_GENERATE = Speech(
    ollama.GENERATE,
    "/api/generate",
    asks={
        "prompt": lambda t: {"model": "m", "prompt": t},
        "system": lambda t: {"model": "m", "prompt": "a", "system": t},
        "suffix": lambda t: {"model": "m", "prompt": "a", "suffix": t},
    },
    answers={
        "response": lambda t: {**AT, "response": t, **ENDED},
        "thinking": lambda t: {**AT, "response": "a", "thinking": t, **ENDED},
    },
    whole=lambda t: {**AT, "response": t, **ENDED},
    read=lambda body: body["response"],
    error=lambda t: {"error": t},
    streams={key: generates(key) for key in ("response", "thinking")},
    heard=heard_ollama,
    filtered=filtered_ollama,
    knobs=(
        {"model": "m", "prompt": "x"},
        {"model": "m", "prompt": "x",
         "options": {"temperature": 1, "top_p": 0.5, "num_predict": 64, "stop": ["END"]}},
    ),
)  # fmt: skip

# -- TGI and llama.cpp ----------------------------------------------------------------------


def tokens(pieces: Sequence[str]) -> Frames:
    def event(at: int, text: str, whole: str | None = None) -> Body:
        token = {"id": 0, "text": text, "logprob": -0.5, "special": False}
        details = (
            {"finish_reason": "length", "generated_tokens": at + 1, "seed": None}
            if whole is not None
            else None
        )
        return {"index": at, "token": token, "generated_text": whole, "details": details}

    last = len(pieces) - 1
    return sse(
        *(event(n, one, "".join(pieces) if n == last else None) for n, one in enumerate(pieces))
    )


def heard_tokens(out: bytes) -> str:
    events = objects(out)
    text = "".join(event["token"]["text"] for event in events)
    assert events[-1]["generated_text"] == text
    return text


TGI = Speech(
    tgi.GENERATE,
    "/generate_stream",
    asks={
        "inputs": lambda t: {"inputs": t},
        "stop": lambda t: {"inputs": "a", "parameters": {"stop": [t]}},
        "grammar": lambda t: {
            "inputs": "a",
            "parameters": {"grammar": {"type": "regex", "value": t}},
        },
    },
    answers={
        "generated_text": lambda t: {"generated_text": t},
        "list": lambda t: [{"generated_text": t}],
        "best_of": lambda t: {
            "generated_text": "a",
            "details": {"best_of_sequences": [{"generated_text": t}]},
        },
    },
    whole=lambda t: {"generated_text": t},
    read=lambda body: body["generated_text"],
    error=lambda t: {"error": t, "error_type": "generation"},
    streams={"text": tokens},
    heard=heard_tokens,
    filtered=lambda out: objects(out)[-1]["details"]["finish_reason"] == "stop_sequence",
    knobs=(
        {"inputs": "x", "parameters": {"temperature": 2.0, "top_p": 0.9, "max_new_tokens": 500}},
        {
            "inputs": "x",
            "parameters": {"temperature": 1, "top_p": 0.5, "max_new_tokens": 64, "stop": ["END"]},
        },
    ),
)


def llama(text: str, *, stop: bool, **more: Any) -> Body:
    return {"index": 0, "content": text, "tokens": [], "stop": stop, "tokens_predicted": 2, **more}


LLAMA_CPP = Speech(
    llamacpp.COMPLETION,
    "/completion",
    asks={
        "prompt": lambda t: {"prompt": t},
        "prompts": lambda t: {"prompt": ["a", t]},
        "prompt_string": lambda t: {"prompt": {"prompt_string": t}},
        "grammar": lambda t: {"prompt": "a", "grammar": t},
    },
    answers={
        "content": lambda t: llama(t, stop=True),
        "list": lambda t: [llama("a", stop=True), llama(t, stop=True)],
        "prompt": lambda t: llama("a", stop=True, prompt=t),
        "settings": lambda t: llama("a", stop=True, generation_settings={"grammar": t}),
    },
    whole=lambda t: llama(t, stop=True),
    read=lambda body: body["content"],
    error=lambda t: {"error": {"code": 500, "message": t, "type": "server_error"}},
    streams={
        "content": lambda pieces: sse(
            *(llama(one, stop=False) for one in pieces),
            llama("", stop=True, model="m", prompt="x", stop_type="eos", stopping_word=""),
        )
    },
    heard=lambda out: "".join(event["content"] for event in objects(out)),
    filtered=lambda out: objects(out)[-1]["stop"] is True,
    knobs=(
        {"prompt": "x", "temperature": 2.0, "top_p": 0.9, "n_predict": -1},
        {"prompt": "x", "temperature": 1, "top_p": 0.5, "n_predict": 64, "stop": ["END"]},
    ),
)
