"""Servers that speak as OpenAI's and vLLM's do, for tests of endpoints."""

from __future__ import annotations

import json

from tests.agent.upstream import Asked, Said

MODELS = {"object": "list", "data": [{"id": "m", "object": "model", "owned_by": "somebody"}]}
NOT_FOUND = Said({"error": {"message": "secret text", "code": "not_found"}}, status=404)
KEY = (0, "case", 0)


def event(**body):
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def delta(finish=None, **fields):
    return event(choices=[{"index": 0, "delta": fields, "finish_reason": finish}])


def streamed(*texts, finish="stop", usage=True, end=b"data: [DONE]\n\n", **more):
    """Returns a streamed chat that says texts."""
    pieces = [delta(role="assistant", content=""), *(delta(content=text) for text in texts)]
    pieces.append(delta(finish))
    if usage:
        count = {"prompt_tokens": 7, "completion_tokens": len(texts)}
        pieces.append(event(choices=[], usage=count))
    return Said(pieces=[*pieces, *([end] if end else [])], **more)


def chats(answer):
    """Returns what a server says that knows chats only; ``answer`` is a `Said` or makes one."""

    def say(asked: Asked) -> Said:
        if asked.path == "/v1/models":
            return Said(MODELS)
        if asked.path == "/v1/chat/completions":
            return answer(asked) if callable(answer) else answer
        return NOT_FOUND

    return say
