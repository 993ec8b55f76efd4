"""Guards whole responses."""

from __future__ import annotations

from typing import Any

from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.anthropic_form import read_usage
from tokenward.wire.protocols.base import Usage, Whole
from tokenward.wire.protocols.copies import list_of
from tokenward.wire.protocols.openai_errors import error_bytes
from tokenward.wire.protocols.responses_form import ended, notice_item
from tokenward.wire.protocols.responses_items import (
    check_call,
    check_type,
    form_of,
    is_call,
    main_text,
    texts_of,
)
from tokenward.wire.protocols.responses_logprobs import Logprobs
from tokenward.wire.protocols.texts import put_all, read_object
from tokenward.wire.request import blocked_refusal
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.spelling import respelled


def guard_response(scanner: Scanner, on_block: OnBlock, data: bytes) -> Steps[Whole]:
    """Guards the bytes of an answer."""
    answer = read_object(data)
    output = answer.get("output")
    if not isinstance(output, list) or not all(isinstance(item, dict) for item in output):
        raise UpstreamError("an answer that is no response")
    for item in output:
        check_type(item)
        for part in list_of(item.get("content")):
            if isinstance(part, dict):
                scanner.likelihood.note(part.get("logprobs"))
    logprobs = Logprobs(answer if scanner.loaded.answer_edits else None)
    yield from logprobs.check(scanner)
    if not (yield from _guard(answer, output, scanner, on_block)):
        message = scanner.message or DEFAULT_MESSAGE
        if on_block == "error":
            refusal = blocked_refusal(message)
            return Whole(refusal.status, error_bytes(refusal), refusal.headers)
        name = str(answer.get("id") or "0").removeprefix("resp_")
        answer = ended(answer, [notice_item(message, on_block, name)], on_block)
    logprobs.put_back()
    usage = read_usage(answer.get("usage"), Usage())
    body = respelled(data, answer)
    return Whole(200, body, usage=usage, text=main_text(answer["output"]))


def _guard(
    answer: dict[str, Any], output: list[Any], scanner: Scanner, on_block: OnBlock
) -> Steps[bool]:
    """Guards an answer, in place; returns whether it stands."""
    texts = texts_of(answer, without=("output",))
    texts += texts_of([item for item in output if not is_call(item)])
    released = yield from scanner.wholes(
        "output", [slot.text for slot in texts], [form_of(slot, scanner) for slot in texts]
    )
    put_all(texts, ["" if text is None else text for text in released])
    kept: list[Any] = []
    for item in output:
        if not is_call(item) or (yield from check_call(item, scanner)):
            kept.append(item)  # noqa: PERF401  # a comprehension cannot yield
    dropped = len(output) - len(kept)
    answer["output"] = kept
    all_dropped = dropped > 0 and not any(map(is_call, kept))
    return None not in released and not all_dropped and not (dropped and on_block == "error")
