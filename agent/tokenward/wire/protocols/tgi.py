"""TGI's own endpoints (text-generation-inference)."""

from __future__ import annotations

from typing import Any

from tokenward.wire.json_text import rest_slots
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Ask
from tokenward.wire.protocols.copies import alternatives, list_of
from tokenward.wire.protocols.endpoint import Endpoint
from tokenward.wire.protocols.fields import no_query, read_json, typed
from tokenward.wire.protocols.objects import Form, Json
from tokenward.wire.protocols.parameters import Parameters
from tokenward.wire.request import Refusal, Request

PARAMETERS = Parameters(
    names={
        "temperature": ("temperature",),
        "top_p": ("top_p",),
        "top_k": ("top_k",),
        "max_tokens": ("max_new_tokens",),
        "n": ("best_of",),
    },
    inside="parameters",
    usual={"temperature": 1.0, "top_p": 1.0, "n": 1.0},
)
STREAMS = "/generate_stream"
COMPATIBLE = "/"
TEXT = "generated_text"


class TgiForm(Form):
    """An answer is an object with all of its text; a stream has an event a token before that."""

    inside = "token"
    again = TEXT
    leaks = frozenset({"top_tokens"})

    def agrees(self, answer: Json, *, whole: bool) -> bool:
        """Tells whether tokens, where they are told, say nothing but the text."""
        del whole  # each number is beside its token
        details = answer.get("details")
        tops = answer.get("top_tokens")
        if tops and not are_tokens(tops):
            return False
        if not isinstance(details, dict):
            return details is None
        if details.get("prefill"):
            return False
        others = details.get("best_of_sequences") or []
        if not isinstance(others, list) or not all(isinstance(one, dict) for one in others):
            return False
        told = [(answer.get(TEXT), details), *((one.get(TEXT), one) for one in others)]
        return all(
            isinstance(text, str)
            and (not one.get("tokens") or alternatives(one["tokens"], text, special=True) == [])
            and all(map(are_tokens, list_of(one.get("top_tokens"))))
            and not one.get("prefill")
            for text, one in told
        )

    def tokens(self, answer: Json) -> Any:
        """Returns the token of an event, or those of the details."""
        details = answer.get("details")
        told = details.get("tokens") if isinstance(details, dict) else None
        return told or [answer.get("token")]

    def strip(self, answer: Json) -> None:
        """Takes out what says the text again: tokens of the details, and the numbers of tokens."""
        super().strip(answer)
        details = answer.get("details")
        if isinstance(details, dict):
            for key in ("prefill", "tokens", "top_tokens"):
                if key in details:
                    details[key] = []
            others = details.get("best_of_sequences")
            for one in others if isinstance(others, list) else ():
                self.strip({"details": one})
        token = self.place(answer)
        if "id" in token:
            token["id"] = 0  # clients want a number

    def is_last(self, event: Json) -> bool:
        """Tells whether an event is the last one: it has all of the text."""
        return isinstance(event.get(TEXT), str)

    def made(self, frame: Json, texts: Json) -> Json:
        """Returns an event with texts."""
        token = {"id": 0, self.main: "", "logprob": 0.0, "special": False, **texts}
        return {"index": frame.get("index", 0), "token": token, TEXT: None, "details": None}

    def ending(self, frame: Json, message: str, on_block: OnBlock, said: str) -> list[Json]:
        """Returns the event that ends a blocked answer."""
        del on_block
        made = self.made(frame, {self.main: message})
        return [{**made, TEXT: said + message, "details": self._details({})}]

    def blocked(self, answer: Json, message: str, on_block: OnBlock) -> Json:
        """Returns the answer that takes the place of a blocked one."""
        del on_block
        details = answer.get("details")
        more = {"details": self._details(details)} if isinstance(details, dict) else {}
        return {TEXT: message, **more}

    def _details(self, details: Json) -> Json:
        count = details.get("generated_tokens", 0)  # the closed list of reasons has no better one
        ended = {"finish_reason": "stop_sequence", "generated_tokens": count, "seed": None}
        return {**ended, "prefill": [], "tokens": []}

    def error(self, refusal: Refusal) -> Json:
        """Returns an error in TGI's form."""
        return {"error": refusal.message, "error_type": refusal.code}


def read(request: Request) -> Ask:
    """Reads a request."""
    no_query(request)
    body = read_json(request)
    inputs = typed(body, "inputs", str)
    if inputs is None:
        raise Refusal(400, "inputs must be a string", "invalid_value", "inputs")
    parameters = typed(body, "parameters", dict) or {}
    stream = typed(body, "stream", bool) is True
    return Ask(
        body=body,
        raw=request.body,
        model=typed(body, "model", str),
        stream=request.path == STREAMS or (request.path == COMPATIBLE and stream),
        in_json=wants_json(parameters),
        texts={"input": rest_slots(body)},
        prompt=inputs,
    )


def are_tokens(entries: Any) -> bool:
    """Tells whether a list has tokens, and nothing else."""
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        return False
    return alternatives(entries, "".join(str(one.get("text")) for one in entries)) == []


def wants_json(parameters: dict[str, Any]) -> bool:
    """Tells whether the answer's text is to be JSON."""
    grammar = parameters.get("grammar")
    return isinstance(grammar, dict) and grammar.get("type") in ("json", "json_schema")


GENERATE = Endpoint("tgi_generate", ("/generate", STREAMS, COMPATIBLE), TgiForm(), read, PARAMETERS)
