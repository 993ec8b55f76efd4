"""Guards whole answers of OpenAI's chat and text completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.redact.styles import Form
from tokenward.wire.json_text import slots, write
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Ask, Usage, Whole
from tokenward.wire.protocols.copies import are_clean
from tokenward.wire.protocols.openai_calls import check_call, check_calls
from tokenward.wire.protocols.openai_errors import error_bytes
from tokenward.wire.protocols.openai_events import DONE, OF_TEXT, event_bytes, read_usage, strip
from tokenward.wire.protocols.openai_logprobs import others_of
from tokenward.wire.protocols.openai_shape import Shape
from tokenward.wire.protocols.texts import put_all, put_or_empty, read_object
from tokenward.wire.request import blocked_refusal
from tokenward.wire.retold import Retold
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.spelling import respelled

CALLS: Mapping[str, type] = {"tool_calls": list, "function_call": dict}


class WholeAnswer:
    """One whole answer, from the model server's bytes to the client's."""

    def __init__(
        self, shape: Shape, scanner: Scanner, on_block: OnBlock, told: Retold | None = None
    ) -> None:
        self._shape = shape
        self._scanner = scanner
        self._on_block = on_block
        self._told = told  # the main text of the first choice, where that was guarded already

    def guard(self, data: bytes) -> Steps[Whole]:
        """Guards the bytes of an answer."""
        return (yield from self.guard_object(read_object(data), data))

    def guard_object(self, answer: dict[str, Any], data: bytes = b"") -> Steps[Whole]:
        """Guards an answer, in place; ``data`` is what it came as."""
        choices = answer.get("choices")
        if not isinstance(choices, list) or not all(isinstance(one, dict) for one in choices):
            raise UpstreamError("an answer that is no completion")
        if self._scanner.loaded.answer_edits:
            strip(answer)
        yield from put_or_empty(slots(answer, without=("choices",)), self._scanner)
        for choice in choices:
            message = yield from self._choice(choice)
            if message is not None and self._on_block == "error":
                refusal = blocked_refusal(message)
                return Whole(refusal.status, error_bytes(refusal), refusal.headers)
        whole = Whole(200, respelled(data, answer), usage=read_usage(answer.get("usage")))
        whole.text = self._text(choices)
        return whole

    def _choice(self, choice: dict[str, Any]) -> Steps[str | None]:
        """Guards a choice, in place; returns the message where it was blocked."""
        inner = self._shape.container(choice, "message")
        self._scanner.likelihood.note_choice(choice.get("logprobs"))
        others: list[str] | None = None
        again: frozenset[str] = frozenset()
        if self._scanner.loaded.answer_edits:
            others = others_of(self._shape, choice, inner, whole=True)
            again = OF_TEXT
        before = write(inner) if others is not None else b""
        held = [key for key, kind in CALLS.items() if isinstance(inner.get(key), kind)]
        if self._told is not None:
            held.append(self._shape.text)
        texts = slots(inner, without=(*held, *(again if inner is choice else ())))
        if inner is not choice:
            texts += slots(choice, without=("message", *again))
        main, form = self._shape.text, self._scanner.main_form
        forms: list[Form] = [
            form if slot.container is inner and slot.key == main else "text" for slot in texts
        ]
        released = yield from self._scanner.wholes("output", [slot.text for slot in texts], forms)
        stands = self._tell(inner) and None not in released
        if stands and (yield from self._calls(inner)):
            put_all(texts, released)
            if others is not None:
                same = write(inner) == before
                if not (same and (yield from are_clean(others, self._scanner))):
                    strip(choice)
            return None
        message = self._scanner.message or DEFAULT_MESSAGE
        self._block(choice, message)
        return message

    def _tell(self, inner: dict[str, Any]) -> bool:
        """Puts the main text in its place where it was guarded already; returns if it stands."""
        told = self._told
        if told is None:
            return True
        inner[self._shape.text] = told.text
        self._scanner.fold("output", told.stream)
        return not (told.stream.blocked or told.conflict)

    def _calls(self, inner: dict[str, Any]) -> Steps[bool]:
        """Guards the tool calls; returns whether the choice stands without those dropped."""
        call = inner.get("function_call")
        if isinstance(call, dict) and not (yield from check_call(call, self._scanner)):
            return False
        calls = inner.get("tool_calls")
        if not isinstance(calls, list) or not calls:
            return True
        inner["tool_calls"] = yield from check_calls(calls, self._scanner)
        if len(inner["tool_calls"]) < len(calls) and self._on_block == "error":
            return False
        return bool(inner["tool_calls"])

    def _block(self, choice: dict[str, Any], message: str) -> None:
        texts, reason = self._shape.blocked(message, self._on_block)
        index = choice.get("index")
        choice.clear()
        choice |= blocked_choice(self._shape, index if type(index) is int else 0, texts, reason)

    def _text(self, choices: list[dict[str, Any]]) -> str | None:
        """Returns the text of the first choice, for features."""
        if not choices:
            return None
        text = self._shape.container(choices[0], "message").get(self._shape.text)
        return text if isinstance(text, str) else None


def blocked_request(
    shape: Shape, ask: Ask, message: str, on_block: OnBlock, decision_id: str
) -> Whole:
    """Returns the answer to a blocked request, in the form that was asked for."""
    if on_block == "error":
        refusal = blocked_refusal(message)
        return Whole(refusal.status, error_bytes(refusal), refusal.headers)
    texts, reason = shape.blocked(message, on_block)
    frame = shape.frame(ask.model, decision_id, stream=ask.stream)
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    indices = range(ask.choices)
    if not ask.stream:
        choices = [blocked_choice(shape, index, texts, reason) for index in indices]
        return Whole(200, write({**frame, "choices": choices, "usage": usage}))
    delta = {key: value for key, value in texts.items() if value is not None}
    if shape.chat:
        delta = {"role": "assistant", **delta}
    out = [event_bytes({**frame, "choices": [shape.delta(i, delta)]}) for i in indices]
    out += [event_bytes({**frame, "choices": [shape.delta(i, {}, reason)]}) for i in indices]
    if ask.include_usage:
        out.append(event_bytes({**frame, "choices": [], "usage": usage}))
    return Whole(200, b"".join([*out, DONE]), usage=Usage(0, 0))


def blocked_choice(shape: Shape, index: int, texts: dict[str, Any], reason: str) -> dict[str, Any]:
    """Returns a choice of a whole answer."""
    inner = {"message": {"role": "assistant", **texts}} if shape.chat else texts
    return {"index": index, **inner, "logprobs": None, "finish_reason": reason}
