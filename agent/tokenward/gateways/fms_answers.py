"""The detector API's calls about an answer beside what it answers: a prompt, passages, or a chat.

What the guard finds is the same as in traffic: detectors that judge answers by their request, as
``groundedness`` and ``relevance``, are told of it here, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tokenward.errors import one_of
from tokenward.gateways.base import POLICY_LABEL, GatewayName, texts_of
from tokenward.gateways.fms import (
    UNREAD,
    Contents,
    read_id,
    read_params,
    rows_of,
    told,
)
from tokenward.stream.given import Given
from tokenward.types import RequestContext, Stage
from tokenward.wire.asked import context_of
from tokenward.wire.json_text import Slot
from tokenward.wire.protocols.base import MAX_SPOKEN, Ask, Whole
from tokenward.wire.protocols.fields import read_json
from tokenward.wire.request import Refusal, Request
from tokenward.wire.scan import Scanner

GENERATION = "/api/v1/text/generation"
DOCUMENTS = "/api/v1/text/context/doc"
CHAT = "/api/v1/text/context/chat"
PASSAGES = ("docs", "document", "chunks")
"""Kinds of context that are passages; ``url`` would have to be fetched, and is not."""
SPEAKERS = ("role", "author")
PLACES = ("start", "end", "text")

Body = dict[str, Any]
Told = tuple[Stage, str, Body]
"""The stage and the text that are judged, and the request that the text answers, as OpenAI's."""


def told_of_generation(body: Body) -> Told:
    """Reads a prompt and what was generated for it."""
    asked = [{"role": "user", "content": text_of(body, "prompt")}]
    return "output", text_of(body, "generated_text"), {"messages": asked}


def told_of_documents(body: Body) -> Told:
    """Reads a text and the passages it goes by; earlier orchestrators call the text ``prompt``."""
    kind = body.get("context_type")
    if kind not in PASSAGES:
        message = f"context_type: {one_of(PASSAGES)}; nothing is fetched from a URL"
        raise Refusal(UNREAD, message, "invalid_value", "context_type")
    key = "content" if "content" in body else "prompt"
    return "output", text_of(body, key), {"documents": texts_of(body, "context", UNREAD)}


def told_of_chat(body: Body) -> Told:
    """Reads a chat: its last message is judged, as an answer where the assistant says it."""
    key = "messages" if "messages" in body else "chat_history"
    turns = body.get(key)
    if not isinstance(turns, list) or not turns or not all(isinstance(one, dict) for one in turns):
        raise Refusal(UNREAD, f"{key} must be a list of messages, and not empty", "invalid", key)
    said = [{**one, "role": next((one[by] for by in SPEAKERS if by in one), None)} for one in turns]
    stage: Stage = "output" if said[-1]["role"] == "assistant" else "input"
    return stage, text_of(said[-1], "content"), {"messages": said[:-1]}


READ: Mapping[str, Callable[[Body], Told]] = {
    GENERATION: told_of_generation,
    DOCUMENTS: told_of_documents,
    CHAT: told_of_chat,
}


@dataclass(slots=True)
class Judged(Ask):
    """A call, read; ``context`` is what its text answers."""

    context: RequestContext = field(default_factory=RequestContext, repr=False)


@dataclass(frozen=True, slots=True)
class Answers(Contents):
    """The siblings of ``/api/v1/text/contents``: one text is judged, and one list comes back.

    The API gives these detections no place in the text; it stands in their ``metadata``.
    """

    name: GatewayName = "fms"
    paths: tuple[str, ...] = (GENERATION, DOCUMENTS, CHAT)

    def read(self, request: Request) -> Ask:
        """Reads the text, what it answers, and the policy; a stage that is named must be its."""
        body = read_json(request)
        policy, named = read_id(request)
        params = read_params(body)
        stage, text, asked = READ[request.path](body)
        for other in (named, params.pop("stage", None)):
            if other not in {None, stage}:
                message = f"the text of this call is of the stage {stage!r}, not {other!r}"
                raise Refusal(UNREAD, message, "invalid_value")
        context = context_of(asked, None)
        return Judged(
            body=asked,
            raw=request.body,
            labels={POLICY_LABEL: policy},
            parameters=params,
            texts={stage: [Slot([text], 0, text)]},
            prompt=(context.question if stage == "output" else text)[:MAX_SPOKEN] or None,
            context=context,
        )

    async def answer(self, ask: Ask, scanner: Scanner, decision_id: str) -> Whole:
        """Returns the detections of the text."""
        assert isinstance(ask, Judged)
        if "output" in ask.texts and scanner.loaded.asks:
            scanner.given = Given(ask.context)
        [rows] = await rows_of(ask, scanner, decision_id)
        return told(ask, [placed(row) for row in rows])


ANSWERS = Answers()


def placed(row: dict[str, Any]) -> dict[str, Any]:
    """Returns a detection with its place among the rest that the API has no field for."""
    metadata = {**row["metadata"], **{key: row[key] for key in PLACES}}
    left = {key: value for key, value in row.items() if key not in {*PLACES, "evidences"}}
    return {**left, "metadata": metadata}


def text_of(body: Mapping[str, Any], key: str) -> str:
    """Returns a text of a call; refuses what is none."""
    text = body.get(key)
    if not isinstance(text, str):
        raise Refusal(UNREAD, f"{key} must be a text", "invalid_value", key)
    return text
