"""KServe's protocol version 2, with tensors as JSON, and Triton's generate extension of it."""

from __future__ import annotations

from typing import Any

from tokenward.policy.schema import Policy
from tokenward.wire.head import JSON
from tokenward.wire.json_text import slots
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Ask
from tokenward.wire.protocols.endpoint import Endpoint
from tokenward.wire.protocols.fields import no_query, read_json, typed
from tokenward.wire.protocols.objects import Form, Json
from tokenward.wire.protocols.parameters import Parameters, refuse
from tokenward.wire.request import Refusal, Request

BINARY_HEADER = b"inference-header-content-length"
BINARY = ("binary_data", "binary_data_output", "binary_data_size")
SHARED = "shared_memory_region"
BYTES = "BYTES"
NAMED = ("datatype", "name")
HEAD = ("id", "model_name", "model_version")
TENSOR = ("name", "datatype", "shape", "data")
AS_JSON = "rules read tensors as JSON only; send and ask for them without the binary extension"


class InferForm(Form):
    """An answer has tensors, whose strings are texts."""

    names = frozenset({"datatype", "id", "model_name", "model_version", "name"})
    shape = frozenset()

    def text(self, answer: Json) -> str | None:
        """Returns the texts of the tensors, for features."""
        outputs = answer.get("outputs")
        return texts_in(outputs if isinstance(outputs, list) else [])

    def blocked(self, answer: Json, message: str, on_block: OnBlock) -> Json:
        """Returns the answer that takes the place of a blocked one.

        Each text in it is the message, so that the shapes of the tensors stay; a request that is
        blocked has none, and gets one.
        """
        del on_block
        found = answer.get("outputs")
        if not isinstance(found, list):
            answer = {"model_name": answer.get("model", ""), "outputs": [tensor_of(message)]}
            return answer
        outputs = [self._filled(one, message) for one in found if isinstance(one, dict)]
        kept: Json = {key: answer[key] for key in ("model_name", "model_version") if key in answer}
        return {**kept, "outputs": outputs}

    def _filled(self, tensor: Json, message: str) -> Json:
        kept: Json = {
            key: tensor[key] for key in ("name", "datatype", "shape", "data") if key in tensor
        }
        for slot in slots([kept.get("data")]):
            slot.put(message)
        return kept


class GenerateForm(Form):
    """An answer has a text under each of the model's output names; a stream just ends."""

    main = "text_output"
    whole = frozenset(HEAD)
    names = frozenset(HEAD)
    shape = frozenset()
    leaks = frozenset(
        {
            "context_logits",
            "cum_log_probs",
            "generation_logits",
            "logprobs",
            "output_ids",
            "output_log_probs",
        }
    )
    marks_end = False

    def made(self, frame: Json, texts: Json) -> Json:
        """Returns an event with texts."""
        head: Json = {
            key: frame[key] for key in ("id", "model_name", "model_version") if key in frame
        }
        made: Json = {**head, self.main: ""}
        for key, text in texts.items():
            name, _, at = key.rpartition(".")
            if name and at.isdecimal():
                made[name] = [*(made.get(name) or ()), text]
            else:
                made[key] = text
        return made

    def ending(self, frame: Json, message: str, on_block: OnBlock, said: str) -> list[Json]:
        """Returns the event that ends a blocked answer."""
        del said
        return [self.blocked(frame, message, on_block)]

    def blocked(self, answer: Json, message: str, on_block: OnBlock) -> Json:
        """Returns the answer that takes the place of a blocked one."""
        del on_block
        frame = answer if "model_name" in answer else {"model_name": answer.get("model", "")}
        return self.made(frame, {self.main: message})


def tensor_of(text: str) -> Json:
    """Returns a tensor with one text."""
    return {"name": "text_output", "datatype": BYTES, "shape": [1], "data": [text]}


def read_infer(request: Request) -> Ask:
    """Reads a request with tensors."""
    body = read_body(request)
    inputs = typed(body, "inputs", list)
    if not inputs or not all(isinstance(one, dict) for one in inputs):
        raise Refusal(400, "inputs must be a list of tensors", "invalid_value", "inputs")
    for holder in (body, *inputs, *(typed(body, "outputs", list) or ())):
        parameters = holder.get("parameters") if isinstance(holder, dict) else None
        if isinstance(parameters, dict):
            if any(parameters.get(key) not in (None, False) for key in BINARY):
                raise Refusal(415, AS_JSON, "unsupported_media_type")
            refuse(parameters, {SHARED: "it is a memory that no rule can read"})
    ask = ask_of(request, body, names=HEAD + NAMED)
    ask.prompt = texts_in(inputs)
    ask.accepts = (JSON,)
    return ask


def texts_in(tensors: list[Any]) -> str:
    """Returns the texts of tensors, for features."""
    data = [
        one.get("data") for one in tensors if isinstance(one, dict) and one.get("datatype") == BYTES
    ]
    return "\n".join(slot.text for slot in slots(data))


def read_generate(request: Request) -> Ask:
    """Reads a request of the generate extension: texts may be under any key."""
    body = read_body(request)
    ask = ask_of(request, body)
    ask.stream = request.path.endswith("/generate_stream")
    text = body.get("text_input")
    ask.prompt = text if isinstance(text, str) else None
    return ask


def read_body(request: Request) -> dict[str, Any]:
    """Reads the JSON of a request; the binary extension is refused."""
    no_query(request)
    if request.header(BINARY_HEADER) is not None:
        raise Refusal(415, AS_JSON, "unsupported_media_type")
    return read_json(request, folds=False)


def ask_of(request: Request, body: dict[str, Any], names: tuple[str, ...] = HEAD) -> Ask:
    """Returns what the guard needs to know of a request."""
    model = request.path.removeprefix("/v2/models/").partition("/")[0]
    found = slots(body, names=names)
    return Ask(body=body, raw=request.body, model=model, texts={"input": found})


class GenerateParameters(Parameters):
    """Parameters of the generate extension: in their object, or beside the text."""

    def limit(self, ask: Ask, policy: Policy) -> None:
        """Applies the policy's limits, in place; those beside the text move into the object."""
        names = {key for keys in self.names.values() for key in keys}
        if policy.limits or policy.stop:
            place = typed(ask.body, "parameters", dict) or {}
            refuse({**ask.body, **place}, HIDING)
            beside = [key for key in names if key in ask.body]
            for key in beside:
                place.setdefault(key, ask.body.pop(key))
            if beside:
                ask.body["parameters"] = place
                ask.edited = True
        super().limit(ask, policy)


HIDING = {"sampling_parameters": "a policy limits parameters, and does not look into this one"}
PARAMETERS = GenerateParameters(
    names={
        "temperature": ("temperature",),
        "top_p": ("top_p",),
        "top_k": ("top_k",),
        "max_tokens": ("max_tokens",),
        "n": ("n",),
    },
    inside="parameters",
    usual={"n": 1.0},
)
MODEL = "/v2/models/{model}"
VERSION = f"{MODEL}/versions/{{version}}"
INFER = Endpoint("kserve_infer", (f"{MODEL}/infer", f"{VERSION}/infer"), InferForm(), read_infer)
GENERATE = Endpoint(
    "triton_generate",
    tuple(f"{at}/{does}" for at in (MODEL, VERSION) for does in ("generate", "generate_stream")),
    GenerateForm(),
    read_generate,
    PARAMETERS,
)
