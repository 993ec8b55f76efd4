"""The llama.cpp server's own endpoint."""

from __future__ import annotations

from typing import Any

from tokenward.wire.json_text import rest_slots
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Ask
from tokenward.wire.protocols.endpoint import Endpoint
from tokenward.wire.protocols.fields import no_query, read_json, typed
from tokenward.wire.protocols.objects import Form, Json, numbers_of
from tokenward.wire.protocols.openai_errors import error_body
from tokenward.wire.protocols.parameters import Parameters, refuse
from tokenward.wire.request import Refusal, Request

MANY = ("n_cmpl", "n")
PARAMETERS = Parameters(
    names={
        "temperature": ("temperature",),
        "top_p": ("top_p",),
        "top_k": ("top_k",),
        "max_tokens": ("n_predict", "max_tokens", "max_completion_tokens"),
        "n": MANY,
    },
    usual={"n": 1.0},  # the others are set where the server is started
)
UNREADABLE = {
    "response_fields": "it moves the texts of the answer to where no rule looks for them",
}
PROMPT = "prompt_string"


class LlamaCppForm(Form):
    """An answer is one object; the last one of a stream repeats the prompt and the settings."""

    main = "content"
    whole = frozenset({"model", "prompt", "stop_type", "stopping_word"})
    names = frozenset({"stop_type"})
    leaks = frozenset({"completion_probabilities", "probs", "tokens"})
    counts = ("tokens_evaluated", "tokens_predicted")

    def tokens(self, answer: Json) -> Any:
        """Returns the tokens with their logprobs, where ``n_probs`` asks for them."""
        return answer.get("completion_probabilities")

    def is_last(self, event: Json) -> bool:
        """Tells whether an event is the last one."""
        return event.get("stop") is True

    def made(self, frame: Json, texts: Json) -> Json:
        """Returns an event with texts."""
        return {"index": frame.get("index", 0), self.main: "", **texts, "stop": False}

    def ending(self, frame: Json, message: str, on_block: OnBlock, said: str) -> list[Json]:
        """Returns the events that end a blocked answer."""
        del said
        return [self.made(frame, {self.main: message}), self.blocked(frame, "", on_block)]

    def blocked(self, answer: Json, message: str, on_block: OnBlock) -> Json:
        """Returns the answer that takes the place of a blocked one."""
        del on_block
        ended = {"stop": True, "stop_type": "word", "stopping_word": ""}
        return {"index": 0, self.main: message, **numbers_of(answer), **ended}

    def error(self, refusal: Refusal) -> Json:
        """Returns an error in the server's form, which is OpenAI's."""
        return error_body(refusal)


def read(request: Request) -> Ask:
    """Reads a request: its prompt must be text."""
    no_query(request)
    body = read_json(request)
    refuse(body, UNREADABLE)
    prompts = body.get("prompt")
    prompts = prompts if isinstance(prompts, list) else [prompts]
    if not prompts or not all(is_prompt(one) for one in prompts):
        reason = "prompt must be a string or a list of strings; no rule could read token ids"
        raise Refusal(400, reason, "not_allowed", "prompt")
    stream = typed(body, "stream", bool) is True
    if stream and (len(prompts) > 1 or any(body.get(key) not in (None, 1) for key in MANY)):
        raise Refusal(400, "stream one answer at a time: one prompt, and n of 1", "not_allowed")
    return Ask(
        body=body,
        raw=request.body,
        model=typed(body, "model", str),
        stream=stream,
        in_json=body.get("json_schema") is not None,
        texts={"input": rest_slots(body)},
        prompt="\n".join(text_of(one) for one in prompts),
    )


def is_prompt(one: Any) -> bool:
    """Tells whether a prompt is text."""
    return isinstance(one, str) or (isinstance(one, dict) and isinstance(one.get(PROMPT), str))


def text_of(one: str | dict[str, str]) -> str:
    """Returns the text of a prompt."""
    return one if isinstance(one, str) else one[PROMPT]


COMPLETION = Endpoint("llamacpp", ("/completion",), LlamaCppForm(), read, PARAMETERS)
