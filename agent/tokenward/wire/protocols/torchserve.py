"""TorchServe's predictions: the body is what a model's handler takes, JSON or plain text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.wire.head import JSON
from tokenward.wire.json_text import Slot, read_strictly, slots
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Ask, StreamAnswer, Whole
from tokenward.wire.protocols.endpoint import Endpoint
from tokenward.wire.protocols.fields import check_content, no_query
from tokenward.wire.protocols.objects import Form, Json, guard_whole
from tokenward.wire.protocols.text_stream import TextStream
from tokenward.wire.request import Refusal, Request, blocked_refusal
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.spelling import respelled

TEXT = b"text/plain"
UTF8 = TEXT + b"; charset=utf-8"
FIELD = "data"


class PredictionForm(Form):
    """An answer is what the handler returns: all strings in it are texts."""

    main = FIELD
    shape = frozenset()

    def blocked(self, answer: Json, message: str, on_block: OnBlock) -> Json:
        """Returns the answer that takes the place of a blocked one."""
        del answer, on_block
        return {FIELD: message}

    def error(self, refusal: Refusal) -> Json:
        """Returns an error in TorchServe's form."""
        return {"code": refusal.status, "type": refusal.code, "message": refusal.message}


@dataclass(slots=True)
class TextAsk(Ask):
    """A request whose whole body is a text, held under one key."""

    def encoded(self) -> bytes:
        """Returns the body to send on."""
        text: str = self.body[FIELD]
        return text.encode() if self.edited else self.raw


def read(request: Request) -> Ask:
    """Reads a request."""
    no_query(request)
    kind = check_content(request, ("application/json", "text/plain"))
    model = request.path.removeprefix("/predictions/").partition("/")[0]
    if kind == "application/json":
        return read_json(request, model)
    try:
        text = request.body.decode()
    except UnicodeDecodeError:
        raise Refusal(400, "the body is not valid UTF-8", "invalid_text") from None
    body = {FIELD: text}
    return TextAsk(
        body=body,
        raw=request.body,
        model=model,
        texts={"input": [Slot(body, FIELD, text)]},
        prompt=text,
        content_type=UTF8,
        accepts=(JSON, TEXT, b""),
    )


@dataclass(slots=True)
class JsonAsk(Ask):
    """A request that is any JSON, held under one key."""

    def encoded(self) -> bytes:
        """Returns the body to send on."""
        return respelled(self.raw, self.body[FIELD]) if self.edited else self.raw


def read_json(request: Request, model: str) -> Ask:
    """Reads a request with JSON, of any type."""
    body: dict[str, Any] = {FIELD: read_strictly(request.body)}
    found = slots(body, names=())
    return JsonAsk(
        body=body,
        raw=request.body,
        model=model,
        texts={"input": found},
        prompt="\n".join(slot.text for slot in found),
        accepts=(JSON, TEXT, b""),
    )


@dataclass(frozen=True, slots=True)
class Predictions(Endpoint):
    """The endpoint: its answers may be plain text, too."""

    def whole(self, ask: Ask, scanner: Scanner, on_block: OnBlock, data: bytes) -> Steps[Whole]:
        """Guards a whole answer; what is no JSON is a text."""
        try:
            json.loads(data)
        except (ValueError, RecursionError):
            return self._text(scanner, on_block, data)
        del ask
        return guard_whole(self.form, scanner, on_block, data)

    def _text(self, scanner: Scanner, on_block: OnBlock, data: bytes) -> Steps[Whole]:
        text = yield from scanner.whole("output", data.decode("utf-8", "replace"))
        if text is None:
            text = scanner.message or DEFAULT_MESSAGE
            if on_block == "error":
                refusal = blocked_refusal(text)
                return Whole(refusal.status, self.error(refusal), refusal.headers)
        return Whole(200, text.encode(), text=text, content_type=UTF8)

    def stream(self, ask: Ask, scanner: Scanner, on_block: OnBlock) -> StreamAnswer:
        """Opens the guard of an answer that is plain text in chunks."""
        del ask
        return TextStream(scanner, on_block)

    def blocked(self, ask: Ask, message: str, on_block: OnBlock, decision_id: str) -> Whole:
        """Returns the answer to a blocked request."""
        if isinstance(ask, TextAsk) and on_block != "error":
            return Whole(200, message.encode(), content_type=UTF8)
        return Endpoint.blocked(self, ask, message, on_block, decision_id)


PREDICTIONS = Predictions(
    "torchserve",
    ("/predictions/{model}", "/predictions/{model}/{version}"),
    PredictionForm(),
    read,
)
