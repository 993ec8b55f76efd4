"""The generic guardrail API of LiteLLM: texts in, an action and the texts that may pass out."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from tokenward.gateways.base import POLICY_LABEL, GatewayName, texts_of
from tokenward.gateways.looking import look
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.types import Stage
from tokenward.wire.json_text import WITHOUT_NAMES, Slot, all_slots, slots, write
from tokenward.wire.protocols.base import MAX_SPOKEN, Ask, Whole
from tokenward.wire.protocols.fields import last_text, read_json, typed
from tokenward.wire.protocols.openai_errors import error_bytes
from tokenward.wire.protocols.openai_request import TOOL_ROLES, unfolded
from tokenward.wire.protocols.texts import CALL_STAGES
from tokenward.wire.request import Refusal, Request
from tokenward.wire.scan import Scanner, drive
from tokenward.wire.spelling import close

DIRECTIONS = ("request", "response")
ASKED = ("texts", "images", "tools", "structured_messages", "tool_calls")
"""Where a request has texts; an answer has them in the first and the last of these."""
RETURNED = ("texts", "images", "tools")
"""What any version of LiteLLM takes back changed."""
ROWS_SINCE = (1, 110)
"""The version of LiteLLM, of those tried, that takes changed messages back."""
VERSION = re.compile(r"([0-9]{1,6})\.([0-9]{1,6})\b")
FIXED = "a rule takes something out of a place that this gateway cannot change"


@dataclass(slots=True)
class Call(Ask):
    """A call of LiteLLM, read.

    ``answers`` says that its texts are those of an answer; ``own`` are the places of its ``texts``,
    ``rows`` those within messages, ``calls`` those of calls of tools. ``tails`` are how many
    characters at the end of each of ``texts`` may still change.
    """

    answers: bool = False
    own: list[Slot] = field(default_factory=list, repr=False)
    rows: list[Slot] = field(default_factory=list, repr=False)
    calls: list[Slot] = field(default_factory=list, repr=False)
    tails: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BasicGuardrail:
    """``/beta/litellm_basic_guardrail_api``: each call stands for itself, streams included.

    Of a stream LiteLLM sends again and again all the text there is so far; it is told by
    ``stream_holdback_chars`` how much of the end may still change.
    """

    name: GatewayName = "litellm"
    paths: tuple[str, ...] = ("/beta/litellm_basic_guardrail_api",)

    def read(self, request: Request) -> Call:
        """Reads a call."""
        body = read_json(request)
        if body.get("input_type") not in DIRECTIONS:
            message = "input_type must be 'request' or 'response'"
            raise Refusal(400, message, "invalid_value", "input_type")
        params = typed(body, "additional_provider_specific_params", dict) or {}
        policy = typed(params, POLICY_LABEL, str)
        call = Call(
            body=body,
            raw=request.body,
            model=typed(body, "model", str),
            labels={POLICY_LABEL: policy} if policy else {},
            answers=body["input_type"] == "response",
        )
        if body.get("texts") is None:
            body["texts"] = []
        texts = texts_of(body, "texts", 400)
        for key in ASKED:
            typed(body, key, list)
        call.own = [Slot(texts, i, text) for i, text in enumerate(texts)]
        (find_answer if call.answers else find_request)(call)
        name_record(request, body)
        return call

    async def answer(self, ask: Ask, scanner: Scanner, decision_id: str) -> Whole:
        """Says what may pass: all, all with other texts, or nothing."""
        del decision_id
        assert isinstance(ask, Call)
        before = {key: write(ask.body.get(key)) for key in RETURNED}
        watched = beside(ask)
        for stage, places in ask.texts.items():
            if not await guarded(ask, scanner, stage, places):
                return blocked(scanner)
        for document in ask.documents:
            close(document)
        returned = [key for key in RETURNED if write(ask.body.get(key)) != before[key]]
        returned += [key for key, slot, text in watched if slot.text != text]
        if not set(returned) <= {*RETURNED, *rows_taken(ask)}:
            scanner.block(FIXED)
            return blocked(scanner)
        return passed(ask, dict.fromkeys(returned))

    def status(self, refusal: Refusal) -> int:
        """Returns the status: at an error LiteLLM lets nothing pass, unless it is told to."""
        return refusal.status

    def error(self, refusal: Refusal) -> bytes:
        """Returns an error in OpenAI's form."""
        return error_bytes(refusal)


GUARDRAIL = BasicGuardrail()


def find_request(call: Call) -> None:
    """Finds the texts of a request: results of tools in their own stage first."""
    body = call.body
    messages = body.get("structured_messages") or []
    if not all(isinstance(message, dict) for message in messages):
        raise Refusal(400, "structured_messages must be a list of objects", "invalid_value")
    results: list[Slot] = []
    for message in messages:
        found = list(unfolded(call, slots(message, names=WITHOUT_NAMES)))
        call.rows += found
        if message.get("role") in TOOL_ROLES:
            results += found
    told = {slot.text for slot in results}
    results += [slot for slot in call.own if slot.text in told]
    places = [*call.own, *call.rows]
    places += slots(body.get("images") or []) + all_slots(body.get("tools") or [])
    call.calls = list(unfolded(call, slots(body.get("tool_calls") or [], names=WITHOUT_NAMES)))
    places += call.calls
    call.texts = {"tool_result": results, "input": places} if results else {"input": places}
    call.prompt = (last_text(messages) or "\n".join(body["texts"]))[:MAX_SPOKEN]


def find_answer(call: Call) -> None:
    """Finds the texts of an answer, and of its calls of tools."""
    calls = call.calls = list(
        unfolded(call, slots(call.body.get("tool_calls") or [], names=WITHOUT_NAMES))
    )
    first, last = CALL_STAGES
    call.texts = {first: calls, last: [*call.own, *calls]} if calls else {last: call.own}


def name_record(request: Request, body: dict[str, Any]) -> None:
    """Labels the record by what LiteLLM knows of the caller, where no header does."""
    data = typed(body, "request_data", dict) or {}
    subject = data.get("user_api_key_end_user_id") or data.get("user_api_key_user_id")
    given = {b"x-tokenward-session": body.get("litellm_trace_id"), b"x-tokenward-subject": subject}
    for name, value in given.items():
        if isinstance(value, str) and request.header(name) is None:
            request.headers.append((name, value.encode()))


async def guarded(call: Call, scanner: Scanner, stage: Stage, places: Sequence[Slot]) -> bool:
    """Guards texts in their places, each once however often it stands; tells if they may pass."""
    texts = list(dict.fromkeys(slot.text for slot in places))
    seen = dict(zip(texts, await drive(scanner, look(scanner, stage, texts)), strict=True))
    if scanner.blocked:
        return False
    if stage == "output":
        call.tails = [seen[slot.text].tail for slot in call.own]
    for slot in places:
        text = seen[slot.text].text
        if text is None or text == slot.text:
            continue
        slot.put(text)
        slot.text = text
        if slot.document is not None:
            slot.document.rewrite = True
    return True


def beside(call: Call) -> list[tuple[str, Slot, str]]:
    """Returns the texts that stand in none of the other places, each with its key and itself.

    Messages say ``texts`` again, and calls of tools stand in messages, too.
    """
    sent = {slot.text for slot in call.own}
    said = {slot.text for slot in call.rows}
    rows = [slot for slot in call.rows if slot.document is not None or slot.text not in sent]
    calls = [slot for slot in call.calls if slot.text not in said]
    return [
        *(("structured_messages", slot, slot.text) for slot in rows),
        *(("tool_calls", slot, slot.text) for slot in calls),
    ]


def rows_taken(call: Call) -> tuple[str, ...]:
    """Returns what else the LiteLLM that calls takes back changed; older ones drop it silently.

    >>> rows_taken(Call({"litellm_version": "1.110.2"}, b""))
    ('structured_messages',)
    >>> rows_taken(Call({"litellm_version": "1.80.0"}, b""))
    ()
    """
    found = VERSION.match(str(call.body.get("litellm_version")))
    recent = found is not None and (int(found[1]), int(found[2])) >= ROWS_SINCE
    return ("structured_messages",) if recent and not call.answers else ()


def blocked(scanner: Scanner) -> Whole:
    """Returns the answer that lets nothing pass."""
    reason = scanner.message or DEFAULT_MESSAGE
    return Whole(200, write({"action": "BLOCKED", "blocked_reason": reason}))


def passed(call: Call, returned: Collection[str]) -> Whole:
    """Returns the answer that lets everything pass, or what it was changed to."""
    answer: dict[str, Any] = {"action": "GUARDRAIL_INTERVENED" if returned else "NONE"}
    answer |= {key: call.body[key] for key in returned}
    if any(call.tails):
        answer["stream_holdback_chars"] = call.tails
    text = "\n".join(call.body["texts"])[:MAX_SPOKEN] if call.answers else None
    return Whole(200, write(answer), text=text)
