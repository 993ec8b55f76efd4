"""Reads the requests of OpenAI's chat and text completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tokenward.policy.schema import Policy
from tokenward.wire.json_text import ROLES, WITHOUT_NAMES, Document, Slot, rest_slots, slots
from tokenward.wire.limits import add_stops, clamp, parameters
from tokenward.wire.protocols.base import Ask
from tokenward.wire.protocols.fields import (
    AWAY,
    check_parts,
    check_query,
    labels,
    last_text,
    read_json,
    typed,
)
from tokenward.wire.protocols.parameters import refuse
from tokenward.wire.request import Refusal, Request

TOOL_ROLES = ("tool", "function")
MAX_CHOICES = 128
PARAMETERS = (
    "best_of",
    "frequency_penalty",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "min_p",
    "n",
    "presence_penalty",
    "repetition_penalty",
    "seed",
    "stream",
    "temperature",
    "top_k",
    "top_logprobs",
    "top_p",
)
USUAL = {"temperature": 1.0, "top_p": 1.0, "n": 1.0}
"""What servers take for a parameter that a request leaves out."""

UNREADABLE = {
    "chat_template": "it rewrites the prompt after it was checked",
    "custom_logit_processor": "it rewrites the answer where no rule can see it",
    "ec_transfer_params": "it names texts at the server that no rule has seen",
    "input_embeds": "embeddings are no text that rules could read",
    "input_ids": "token ids are no text that rules could read; send text",
    "kv_transfer_params": "it names texts at the server that no rule has seen",
    "logits_processors": "it rewrites the answer where no rule can see it",
    "prompt_embeds": "embeddings are no text that rules could read",
    "prompt_token_ids": "token ids are no text that rules could read; send text",
    "return_hidden_states": "it is the answer in numbers that no rule could read",
    "session_params": "it is a history that no rule has seen; send the messages",
}
IN_TEMPLATES = ("chat_template", "conversation", "messages", "tokenize")
"""What some servers take from the options of a template, in place of their own."""
SELDOM = frozenset(
    {
        *UNREADABLE, "chat_template_kwargs", "guided_json", "json_schema", "metadata", "n",
        "response_format", "stream_options", "structured_outputs",
    }
)  # fmt: skip
"""Fields that are looked at, and that most requests do not have."""


def read_common(request: Request) -> Ask:
    """Reads what chat and text completions share; the texts are still to be found."""
    check_query(request)
    body = read_json(request)
    ask = Ask(body, request.body)
    has_more = not SELDOM.isdisjoint(body)
    if has_more:
        refuse_unreadable(body)
        options = typed(body, "stream_options", dict) or {}
        ask.include_usage = options.get("include_usage") is True
    ask.model = typed(body, "model", str)
    ask.stream = bool(typed(body, "stream", bool))
    if has_more:
        ask.choices, ask.in_json, ask.labels = choices(body), wants_json(body), labels(body)
    ask.parameters = {key: body[key] for key in PARAMETERS if key in body}
    return ask


def refuse_unreadable(body: dict[str, Any]) -> None:
    """Refuses what no rule could follow, in a request and in the options of its template."""
    refuse(body, UNREADABLE)
    template = typed(body, "chat_template_kwargs", dict) or {}
    refuse(template, dict.fromkeys(IN_TEMPLATES, UNREADABLE["chat_template"]))


def wants_json(body: dict[str, Any]) -> bool:
    """Tells whether the answer's text is to be JSON, in the ways that servers take it."""
    wanted = body.get("response_format")
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    structured = body.get("structured_outputs")
    return (
        kind in ("json_object", "json_schema")
        or body.get("guided_json") is not None
        or body.get("json_schema") is not None
        or (isinstance(structured, dict) and structured.get("json") is not None)
    )


def choices(body: dict[str, Any]) -> int:
    """Returns how many answers are asked for."""
    n = body.get("n")
    if n is None:
        return 1
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MAX_CHOICES:
        raise Refusal(
            400, f"n must be a whole number from 1 to {MAX_CHOICES}", "invalid_value", "n"
        )
    return n


def read_chat(request: Request) -> Ask:
    """Reads a chat completion: all its texts, those of tools' results in their own stage first."""
    ask = read_common(request)
    messages = typed(ask.body, "messages", list)
    plain: list[Slot | None] = []
    for message in messages or [None]:
        if not isinstance(message, dict):
            raise Refusal(400, "messages must be a list of objects", "invalid_value", "messages")
        plain.append(plain_text(message))
    if not all(plain):
        check_parts(messages)
        if any(isinstance(one.get("audio"), dict) and one["audio"].get("id") for one in messages):
            raise Refusal(400, f"audio is not allowed: {AWAY}", "not_allowed", "messages")
    results: list[Slot] = []
    texts: list[Slot] = []
    for message, slot in zip(messages, plain, strict=True):
        found = list(texts_of(ask, message)) if slot is None else [slot]
        texts += found
        if message.get("role") in TOOL_ROLES:
            results += found
    texts += unfolded(ask, rest_slots(ask.body, without=("messages",)))
    ask.texts = {"tool_result": results, "input": texts} if results else {"input": texts}
    ask.prompt = last_text(messages)
    return ask


def plain_text(message: dict[str, Any]) -> Slot | None:
    """Returns the text of a message of a role and a text, as most are; ``None`` for any other.

    >>> plain_text({"role": "user", "content": "Hi"}).text, plain_text({"content": "Hi"})
    ('Hi', None)
    """
    role, text = message.get("role"), message.get("content")
    if len(message) != 2 or role.__class__ is not str or text.__class__ is not str:  # noqa: PLR2004
        return None
    if role not in ROLES or not text or text[:5].lower() == "data:":
        return None
    return Slot(message, "content", text)


def texts_of(ask: Ask, message: dict[str, Any]) -> Iterator[Slot]:
    """Yields all texts of a message."""
    return unfolded(ask, slots(message, names=WITHOUT_NAMES))


def unfolded(ask: Ask, found: list[Slot]) -> Iterator[Slot]:
    """Yields texts; those that are JSON documents as the texts inside them."""
    for slot in found:
        if slot.key == "arguments" and not slot.is_key:
            document = Document.of(slot)
            ask.documents.append(document)
            yield from document.texts
        else:
            yield slot


def read_completion(request: Request) -> Ask:
    """Reads a text completion: its prompt must be text."""
    ask = read_common(request)
    prompt = ask.body.get("prompt")
    prompts = [prompt] if isinstance(prompt, str) else prompt
    if isinstance(prompts, list) and any(isinstance(one, int | list) for one in prompts):
        raise Refusal(
            400,
            "prompt holds token ids, which are no text that rules could read; send text",
            "not_allowed",
            "prompt",
        )
    if not isinstance(prompts, list) or not all(isinstance(one, str) for one in prompts):
        raise Refusal(
            400, "prompt must be a string or a list of strings", "invalid_value", "prompt"
        )
    ask.texts = {"input": rest_slots(ask.body)}
    ask.prompt = "\n".join(prompts)
    ask.choices *= max(1, len(prompts))
    return ask


def limit(ask: Ask, policy: Policy) -> None:
    """Applies the policy's limits, in place."""
    body = ask.body
    for key, bounds in policy.limits.items():
        keys = [key]
        if key == "max_tokens" and body.get("max_completion_tokens") is not None:
            keys = ["max_completion_tokens"] + [key] * (body.get(key) is not None)
        if key == "n" and body.get("best_of") is not None:
            keys.append("best_of")
        for one in keys:
            ask.edited = clamp(body, one, bounds, USUAL.get(one)) or ask.edited
    if policy.stop:
        ask.edited = add_stops(body, policy.stop) or ask.edited
    if "n" in policy.limits:
        ask.choices = choices(body) * (
            len(body["prompt"]) if isinstance(body.get("prompt"), list) else 1
        )
    if ask.edited or policy.limits:
        ask.parameters = parameters(body, PARAMETERS, ask.parameters)
