"""TensorFlow Serving's predict: strings among the instances are texts."""

from __future__ import annotations

import re
from typing import Any

from tokenward.wire.head import JSON
from tokenward.wire.json_text import BASE64, Slot, slots, text_in
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Ask
from tokenward.wire.protocols.endpoint import Endpoint
from tokenward.wire.protocols.fields import no_query, read_json
from tokenward.wire.protocols.objects import Form, Json
from tokenward.wire.request import Refusal, Request

ENCODED = "b64"
ROWS, COLUMNS = "predictions", "outputs"
INPUTS = ("instances", "inputs")


class PredictForm(Form):
    """An answer has predictions, or outputs."""

    main = ROWS
    shape = frozenset()

    def slots(self, value: Any) -> list[Slot]:
        """Returns the strings of an answer, decoded."""
        return decoded(value)

    def text(self, answer: Json) -> str | None:
        """Returns the texts of an answer, for features."""
        return "\n".join(slot.text for slot in decoded(answer))

    def blocked(self, answer: Json, message: str, on_block: OnBlock) -> Json:
        """Returns the answer that takes the place of a blocked one: of its shape, if it has one."""
        del on_block
        key = COLUMNS if COLUMNS in answer else ROWS
        made = {key: answer.get(key) or [message]}
        for slot in decoded(made):
            slot.put(message)
        return made


def decoded(value: Any) -> list[Slot]:
    """Returns the texts in JSON; those in base64 decoded, where that gives text."""
    found = (encoded_text(slot) if slot.key == ENCODED else slot for slot in slots(value, names=()))
    return [slot for slot in found if slot is not None]


def encoded_text(slot: Slot) -> Slot | None:
    """Returns the text under ``b64``; ``None`` for bytes that are none."""
    text = text_in(slot.text)
    if text is None:
        return None if BASE64.fullmatch(slot.text) else slot
    return Slot(slot.container, slot.key, text, prefix="")


def read(request: Request) -> Ask:
    """Reads a request."""
    no_query(request)
    body = read_json(request, folds=False)
    if not any(key in body for key in INPUTS):
        raise Refusal(400, f"there must be {' or '.join(INPUTS)}", "invalid_value")
    found = decoded(body)
    return Ask(
        body=body,
        raw=request.body,
        model=re.split("[/:]", request.path.removeprefix("/v1/models/"))[0],
        texts={"input": found},
        prompt="\n".join(slot.text for slot in found),
        accepts=(JSON,),
    )


AT = "/v1/models/{model}"
PREDICT = Endpoint(
    "tensorflow_serving",
    (f"{AT}:predict", f"{AT}/versions/{{version}}:predict", f"{AT}/labels/{{label}}:predict"),
    PredictForm(),
    read,
)
