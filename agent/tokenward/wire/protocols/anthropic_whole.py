"""Guards whole answers of Anthropic's messages."""

from __future__ import annotations

from typing import Any

from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.redact.styles import Form
from tokenward.wire.json_text import Slot, slots
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.anthropic_errors import error_bytes
from tokenward.wire.protocols.anthropic_form import ending, form_of, notice, read_usage
from tokenward.wire.protocols.anthropic_request import block_texts
from tokenward.wire.protocols.base import Usage, Whole
from tokenward.wire.protocols.texts import put_all, put_call, put_or_empty, read_object
from tokenward.wire.request import blocked_refusal
from tokenward.wire.retold import Retold
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.spelling import respelled

CALL = "tool_use"


class WholeMessage:
    """One whole answer, from the model server's bytes to the client's."""

    def __init__(self, scanner: Scanner, on_block: OnBlock, told: Retold | None = None) -> None:
        self._scanner = scanner
        self._on_block = on_block
        self._told = told  # the first block's text, where that was guarded already

    def guard(self, data: bytes) -> Steps[Whole]:
        """Guards the bytes of an answer."""
        return (yield from self.guard_object(read_object(data), data))

    def guard_object(self, answer: dict[str, Any], data: bytes = b"") -> Steps[Whole]:
        """Guards an answer, in place; ``data`` is what it came as."""
        content = answer.get("content")
        if not isinstance(content, list) or not all(isinstance(one, dict) for one in content):
            raise UpstreamError("an answer that is no message")
        yield from put_or_empty(slots(answer, without=("content",)), self._scanner)
        if not (yield from self._content(answer, content)):
            message = self._scanner.message or DEFAULT_MESSAGE
            if self._on_block == "error":
                refusal = blocked_refusal(message)
                return Whole(refusal.status, error_bytes(refusal), refusal.headers)
            answer |= {"content": notice(message, self._on_block), **ending(message)}
        usage = read_usage(answer.get("usage"), Usage())
        return Whole(200, respelled(data, answer), usage=usage, text=main_text(answer["content"]))

    def _content(self, answer: dict[str, Any], content: list[dict[str, Any]]) -> Steps[bool]:
        """Guards the blocks, in place; returns whether the answer stands."""
        calls = 0
        told = self._told
        if told is not None:
            self._scanner.fold("output", told.stream)
            if told.stream.blocked or told.conflict:
                return False
        others = content if told is None else content[1:]
        texts = [
            slot for block in others if block.get("type") != CALL for slot in block_texts(block)
        ]
        forms = [self._form(slot) for slot in texts]
        released = yield from self._scanner.wholes("output", [slot.text for slot in texts], forms)
        if None in released:
            return False
        unseal(texts, released)
        put_all(texts, released)
        kept = []
        for block in content:
            if block.get("type") == CALL:
                if not (yield from put_call(block_texts(block), self._scanner)):
                    continue
                calls += 1
            kept.append(block)
        dropped = len(content) - len(kept)
        answer["content"] = kept
        return not dropped or (calls > 0 and self._on_block != "error")

    def _form(self, slot: Slot) -> Form:
        """Returns what comes back in a text of what was taken out of the request."""
        kind = slot.container.get("type") if isinstance(slot.container, dict) else None
        return form_of(kind, self._scanner) if kind == slot.key else "text"


def unseal(texts: list[Slot], released: list[str | None]) -> None:
    """Takes the signatures of texts that are edited: they hold for what was there before."""
    for slot, text in zip(texts, released, strict=True):
        if slot.sealed and text != slot.text and "signature" in slot.container:
            slot.container["signature"] = ""


def main_text(content: list[dict[str, Any]]) -> str:
    """Returns the text of the text blocks, for features."""
    texts = [block.get("text") for block in content if block.get("type") == "text"]
    return "".join(text for text in texts if isinstance(text, str))
