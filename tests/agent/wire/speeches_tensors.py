"""How to speak KServe, Triton, TorchServe and TensorFlow Serving."""

from __future__ import annotations

import base64
from typing import Any

from tests.agent.wire.speeches import (
    Body,
    Speech,
    objects,
    sse,
)

from tokenward.wire.protocols import kserve, tfserving, torchserve


def tensor(*data: Any, name: str = "text") -> Body:
    return {"name": name, "shape": [len(data)], "datatype": "BYTES", "data": [*data]}


def inferred(*outputs: Body, **more: Any) -> Body:
    return {"model_name": "m", "model_version": "1", **more, "outputs": [*outputs]}


KSERVE = Speech(
    kserve.INFER,
    "/v2/models/m/infer",
    asks={
        "data": lambda t: {"inputs": [tensor("a", t)]},
        "rows": lambda t: {"inputs": [tensor(["a"], [t])]},
        "parameters": lambda t: {"inputs": [tensor("a")], "parameters": {"x": t}},
    },
    answers={
        "data": lambda t: inferred(tensor("a", t)),
        "rows": lambda t: inferred(tensor(["a"], [t])),
        "parameters": lambda t: inferred(tensor("a"), parameters={"x": t}),
    },
    whole=lambda t: inferred(tensor(t)),
    read=lambda body: body["outputs"][0]["data"][0],
    error=lambda t: {"error": t},
)


def generated(text: Any, **more: Any) -> Body:
    return {"model_name": "m", "model_version": "1", "text_output": text, **more}


TRITON = Speech(
    kserve.GENERATE,
    "/v2/models/m/versions/1/generate_stream",
    asks={
        "text_input": lambda t: {"text_input": t},
        "other": lambda t: {"text_input": "a", "system": [t]},
        "parameters": lambda t: {"text_input": "a", "parameters": {"stop": t}},
    },
    answers={
        "text_output": generated,
        "list": lambda t: generated(["a", t]),
        "other": lambda t: generated("a", thoughts=t),
    },
    whole=generated,
    read=lambda body: body["text_output"],
    error=lambda t: {"error": t},
    streams={
        "text_output": lambda pieces: sse(*map(generated, pieces)),
        "list": lambda pieces: sse(*(generated([one]) for one in pieces)),
    },
    heard=lambda out: "".join("".join(event["text_output"]) for event in objects(out)),
    filtered=lambda out: objects(out)[-1]["text_output"] == "Not that.",
    knobs=(
        {"text_input": "x", "temperature": 2.0, "parameters": {"top_p": 0.9, "max_tokens": 500}},
        {
            "text_input": "x",
            "parameters": {"temperature": 1, "top_p": 0.5, "max_tokens": 64, "stop": ["END"]},
        },
    ),
    marks_end=False,
)
TORCH_SERVE = Speech(
    torchserve.PREDICTIONS,
    "/predictions/m",
    asks={
        "data": lambda t: {"data": t},
        "list": lambda t: ["a", {"x": [t]}],
        "string": lambda t: t,
    },
    answers={
        "string": lambda t: t,
        "list": lambda t: ["a", t],
        "object": lambda t: {"label": t},
    },
    whole=lambda t: {"data": t},
    read=lambda body: body["data"],
    error=lambda t: {"code": 500, "type": "InternalServerException", "message": t},
    streams={"text": lambda pieces: [piece.encode() for piece in pieces]},
    heard=lambda out: out.decode(),
    filtered=lambda out: out.endswith(b"Not that."),
    marks_end=False,
)


def encoded(text: str) -> Body:
    return {"b64": base64.b64encode(text.encode()).decode()}


TENSORFLOW = Speech(
    tfserving.PREDICT,
    "/v1/models/m:predict",
    asks={
        "instances": lambda t: {"instances": ["a", t]},
        "rows": lambda t: {"instances": [{"text": t, "n": 1.5}]},
        "inputs": lambda t: {"signature_name": "s", "inputs": {"text": [t]}},
    },
    answers={
        "predictions": lambda t: {"predictions": ["a", t]},
        "outputs": lambda t: {"outputs": {"text": [t]}},
    },
    whole=lambda t: {"predictions": [t]},
    read=lambda body: body["predictions"][0],
    error=lambda t: {"error": t},
)
