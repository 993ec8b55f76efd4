"""The items of a response: where their texts stand, and whole ones guarded."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from tokenward.errors import UpstreamError
from tokenward.redact.styles import Form
from tokenward.wire.json_text import (
    BASE64,
    NAME,
    STRUCTURAL,
    WITHOUT_NAMES,
    Document,
    Slot,
    slots,
)
from tokenward.wire.protocols.texts import put_call
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.spelling import close

Json = dict[str, Any]
CALL = "_call"
IMAGE = "image_generation_call"
MADE = frozenset(
    {IMAGE, "code_interpreter_call", "file_search_call", "mcp_call", "web_search_call"}
)
"""Types of calls that the model server makes itself; on all others a client acts."""
NAMES = frozenset({"call_id", "item_id", "response_id", "status"})
OPAQUE = frozenset({"encrypted_content", "partial_image_b64"})
"""Keys of what only the model server can read, or an image."""


def texts_of(
    value: Json | list[Any], without: Iterable[str] = (), names: Collection[str] = STRUCTURAL
) -> list[Slot]:
    """Returns the texts in an item, an answer or an event."""
    found = slots(value, without=without, names=names)
    return [slot for slot in found if slot.is_key or is_text(slot)]


def is_text(slot: Slot) -> bool:
    """Tells whether a string is a text: no name, nothing encrypted and no image."""
    key = slot.key
    if key in NAMES:
        return NAME.fullmatch(slot.text) is None
    image = key == "result" and slot.container.get("type") == IMAGE
    return not (key in OPAQUE or image) or BASE64.fullmatch(slot.text) is None


def unfolded(found: Iterable[Slot]) -> tuple[list[Slot], list[Document]]:
    """Returns texts, those that are JSON documents as the texts inside them."""
    texts: list[Slot] = []
    documents: list[Document] = []
    for slot in found:
        if slot.key == "arguments" and not slot.is_key:
            document = Document.of(slot)
            documents.append(document)
            texts += document.texts
        else:
            texts.append(slot)
    return texts, documents


def check_type(item: Json) -> None:
    """Refuses an item without a type: what is to be done with it goes by that."""
    kind = item.get("type")
    if not isinstance(kind, str) or NAME.fullmatch(kind) is None:
        raise UpstreamError("an item without a type")


def is_call(item: Json) -> bool:
    """Tells whether a client acts on an item: it is held until whole, and dropped where blocked."""
    kind = str(item.get("type"))
    return kind.endswith(CALL) and kind not in MADE


def check_call(item: Json, scanner: Scanner) -> Steps[bool]:
    """Guards a whole call, in place; returns whether it may be made."""
    texts, documents = unfolded(texts_of(item, names=WITHOUT_NAMES))
    if not (yield from put_call(texts, scanner)):
        return False
    for document in documents:
        close(document)
    return True


def form_of(slot: Slot, scanner: Scanner) -> Form:
    """Returns what comes back in a text: the main ones are those of the parts of messages."""
    kind = slot.container.get("type") if isinstance(slot.container, dict) else None
    is_main = slot.key == "text" and kind in ("output_text", "response.output_text.done")
    return scanner.main_form if is_main else "text"


def main_text(output: Iterable[Json]) -> str:
    """Returns the text of the messages, for features."""
    messages = (item for item in output if item.get("type") == "message")
    contents = (item.get("content") for item in messages)
    parts = (part for content in contents if isinstance(content, list) for part in content)
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return "".join(text for text in texts if isinstance(text, str))
