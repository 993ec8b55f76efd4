"""Ollama's own endpoints; those that it has of other protocols are read as theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tokenward.wire.head import JSON, LINES
from tokenward.wire.json_text import WITHOUT_NAMES, Slot, encoded_slot, rest_slots, slots
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Ask
from tokenward.wire.protocols.endpoint import Endpoint
from tokenward.wire.protocols.fields import (
    check_parts,
    last_text,
    no_query,
    read_json,
    typed,
)
from tokenward.wire.protocols.objects import Form, Json, numbers_of
from tokenward.wire.protocols.parameters import Parameters, refuse
from tokenward.wire.request import Refusal, Request

UNREADABLE = {
    "context": "token ids are no text that rules could read; send the text again",
    "template": "it rewrites the prompt after it was checked",
}
PARAMETERS = Parameters(
    names={
        "temperature": ("temperature",),
        "top_p": ("top_p",),
        "top_k": ("top_k",),
        "max_tokens": ("num_predict",),
    },
    inside="options",  # without usual values: those are in the file of each model
)


class OllamaForm(Form):
    """An answer's objects, one a line."""

    content_type = LINES
    whole = frozenset({"done_reason", "model", "remote_host", "remote_model"})
    names = frozenset({"created_at", "done_reason", "remote_host", "remote_model"})
    leaks = frozenset({"context", "logprobs"})
    counts = ("prompt_eval_count", "eval_count")

    def framed(self, written: bytes) -> bytes:
        """Returns a line."""
        return written + b"\n"

    def tokens(self, answer: Json) -> Any:
        """Returns the tokens with their logprobs, where ``logprobs`` asks for them."""
        return answer.get("logprobs")

    def is_last(self, event: Json) -> bool:
        """Tells whether a line is the last one."""
        return event.get("done") is True

    def said(self, texts: Json) -> Json:
        """Returns what holds texts, in any object of an answer."""
        return {self.main: "", **texts}

    def made(self, frame: Json, texts: Json) -> Json:
        """Returns a line with texts."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        head = {"model": frame.get("model"), "created_at": frame.get("created_at", now)}
        return {**head, **self.said(texts), "done": False}

    def ending(self, frame: Json, message: str, on_block: OnBlock, said: str) -> list[Json]:
        """Returns the lines that end a blocked answer."""
        del said
        notice = self.made(frame, {self.main: message})
        return [notice, self._ended(self.made(frame, {}), on_block) | numbers_of(frame)]

    def blocked(self, answer: Json, message: str, on_block: OnBlock) -> Json:
        """Returns the answer that takes the place of a blocked one."""
        made = self.made(answer, {self.main: message})
        return self._ended(made, on_block) | numbers_of(answer)

    def _ended(self, made: Json, on_block: OnBlock) -> Json:
        reason = "stop" if on_block == "refusal" else "content_filter"
        return made | {"done": True, "done_reason": reason}


class GenerateForm(OllamaForm):
    """``/api/generate``: the texts are in the answer itself."""

    main = "response"


class ChatForm(OllamaForm):
    """``/api/chat``: the texts are in its message."""

    inside = "message"
    main = "content"

    def said(self, texts: Json) -> Json:
        """Returns what holds texts."""
        return {"message": {"role": "assistant", "content": "", **texts}}

    def calls(self, answer: Json) -> list[Any]:
        """Returns the tool calls, which come whole."""
        calls = self.place(answer).get("tool_calls")
        return calls if isinstance(calls, list) else []


def read_common(request: Request) -> Ask:
    """Reads what both endpoints share; the texts are still to be found."""
    no_query(request)
    body = read_json(request)
    refuse(body, UNREADABLE)
    wanted = body.get("format")
    return Ask(
        body=body,
        raw=request.body,
        model=typed(body, "model", str),
        stream=typed(body, "stream", bool) is not False,  # they stream unless told not to
        in_json=wanted == "json" or isinstance(wanted, dict),
        accepts=(JSON, LINES),
    )


def read_generate(request: Request) -> Ask:
    """Reads a request to ``/api/generate``."""
    ask = read_common(request)
    ask.prompt = typed(ask.body, "prompt", str)
    ask.texts = {"input": [*rest_slots(ask.body, without=("images",)), *images(ask.body)]}
    return ask


def read_chat(request: Request) -> Ask:
    """Reads a chat: all its texts, those of tools' results in their own stage first."""
    ask = read_common(request)
    messages = typed(ask.body, "messages", list) or []
    if not all(isinstance(message, dict) for message in messages):
        raise Refusal(400, "messages must be a list of objects", "invalid_value", "messages")
    check_parts(messages)
    results: list[Slot] = []
    texts: list[Slot] = []
    for message in messages:
        calls = typed(message, "tool_calls", list) or []
        beside = slots(message, without=("images", "tool_calls"), names=WITHOUT_NAMES)
        found = beside + images(message)
        found += slots(calls, numbers=True)
        texts += found
        if message.get("role") == "tool":
            results += found
    texts += rest_slots(ask.body, without=("messages",))
    ask.texts = {"tool_result": results, "input": texts} if results else {"input": texts}
    ask.prompt = last_text(messages)
    return ask


def images(holder: dict[str, Any]) -> list[Slot]:
    """Returns what is no image in a list of them."""
    encoded = typed(holder, "images", list) or []
    found = (
        encoded_slot(encoded, at, one, "", "image/")
        for at, one in enumerate(encoded)
        if isinstance(one, str)
    )
    return [slot for slot in found if slot is not None]


GENERATE = Endpoint(
    "ollama_generate", ("/api/generate",), GenerateForm(), read_generate, PARAMETERS
)
CHAT = Endpoint("ollama_chat", ("/api/chat",), ChatForm(), read_chat, PARAMETERS)
