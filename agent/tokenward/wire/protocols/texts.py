"""Guards texts of an answer in their places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tokenward.errors import UpstreamError
from tokenward.redact.styles import Form
from tokenward.types import Stage
from tokenward.wire.json_text import Slot, read_loosely, slots
from tokenward.wire.protocols.base import Whole
from tokenward.wire.request import Refusal
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.spelling import respelled
from tokenward.wire.sse import Frame

MOST_HELD = 4 * 2**20
"""Characters of tool calls that are held at once."""
PLAIN = b"text/plain; charset=utf-8"
PADDING = "obfuscation"
CALL_STAGES: tuple[Stage, ...] = ("tool_call", "output")
"""The stages of the texts of a tool call, in their order."""


def put_call(texts: list[Slot], scanner: Scanner) -> Steps[bool]:
    """Guards the texts of a whole tool call; returns whether it may be made."""
    for stage in CALL_STAGES:
        if not (yield from put_released(stage, texts, scanner)):
            return False
    return True


def put_released(stage: Stage, texts: list[Slot], scanner: Scanner) -> Steps[bool]:
    """Guards texts in their places; returns whether none was blocked.

    What was issued to the session comes back at the last of the stages that look at them.
    """
    form: Form = "text" if stage == CALL_STAGES[-1] else "token"
    released = yield from scanner.wholes(stage, [slot.text for slot in texts], [form] * len(texts))
    for slot, text in zip(texts, released, strict=True):
        if text is None:
            return False
        if text != slot.text:
            slot.put(text)
            slot.text = text
            if slot.document is not None:
                slot.document.rewrite = True
    return True


def put_or_empty(texts: list[Slot], scanner: Scanner) -> Steps[bool]:
    """Guards texts beside the main ones; one that is blocked is emptied. Returns if none was."""
    released = yield from scanner.wholes("output", [slot.text for slot in texts])
    for slot, text in zip(texts, released, strict=True):
        slot.put("" if text is None else text)
    return None not in released


def put_all(texts: list[Slot], released: list[str | None]) -> None:
    """Puts what was released in the places of the texts."""
    for slot, text in zip(texts, released, strict=True):
        if text is not None and text != slot.text:
            slot.put(text)


def heard(frame: bytes | Frame, scanner: Scanner) -> Steps[Frame]:
    """Returns an event with those of its other lines, such as comments, that may leave."""
    frame = Frame.of(frame)
    if frame.said:
        released = yield from scanner.wholes("output", [text for text, _ in frame.said])
        for (text, line), passed in zip(frame.said, released, strict=True):
            if passed != text:
                frame.drop(line)
    return frame


def padded(event: dict[str, Any], scanner: Scanner) -> Steps[None]:
    """Takes out padding that is more than that: it hides how long texts are, and says nothing."""
    padding = event.get(PADDING)
    judged = scanner.loaded.stages["output"].plan.units  # by sentences, of which it has none
    if isinstance(padding, str) and not judged:
        passed = yield from scanner.again().wholes("output", [padding])
        if passed == [padding]:
            return
    del event[PADDING]


def read_event(data: bytes) -> Any:
    """Reads the JSON of an event of a stream."""
    try:
        return read_loosely(data)
    except ValueError:
        raise UpstreamError("an event that is no JSON") from None


def read_answer(data: bytes) -> Any:
    """Reads the JSON of an answer."""
    try:
        return read_loosely(data)
    except ValueError:
        raise UpstreamError("an answer that is no JSON") from None


def read_object(data: bytes) -> dict[str, Any]:
    """Reads the JSON object of an answer."""
    value = read_answer(data)
    if not isinstance(value, dict):
        raise UpstreamError("an answer that is no JSON object")
    return value


def guard_failure(
    scanner: Scanner, status: int, data: bytes, error_bytes: Callable[[Refusal], bytes]
) -> Steps[Whole]:
    """Guards an error of the model server, JSON or plain text: it may quote the prompt.

    ``error_bytes`` writes an error in the protocol's form, for one that is neither.
    """
    try:
        root = [read_loosely(data)]
    except ValueError:
        text = yield from _told(scanner, data)
        if text:
            return Whole(status, text.encode(), content_type=PLAIN)
        refusal = Refusal(status, f"the upstream answered with status {status}", "upstream_error")
        return Whole(status, error_bytes(refusal))
    yield from put_or_empty(slots(root), scanner)
    return Whole(status, respelled(data, root[0]))


def _told(scanner: Scanner, data: bytes) -> Steps[str | None]:
    """Returns what may leave of an error that is plain text, or a page."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    if "\0" in text or not text.strip():
        return None
    return (yield from scanner.whole("output", text))
