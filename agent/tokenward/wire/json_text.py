"""Finds the texts in JSON: every string, but for the short names that give a message its shape."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from tokenward.wire.request import Refusal

STRUCTURAL = frozenset(
    {
        "detail",
        "encoding_format",
        "finish_reason",
        "format",
        "id",
        "media_type",
        "model",
        "name",
        "native_finish_reason",
        "object",
        "role",
        "service_tier",
        "system_fingerprint",
        "tool_call_id",
        "tool_use_id",
        "type",
    }
)
"""Keys whose values are names and no text, as long as they look like names."""

NAME = re.compile(r"[A-Za-z0-9_.:/+\-]{1,128}")
KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_.$\-]{0,63}")
DATA = re.compile(r"data:([\w.+\-]*/?[\w.+\-]*)(?:;[\w=.+\-]+)*;base64,(?=[A-Za-z0-9+/=]*\Z)")
BINARY = ("image/", "audio/", "video/", "font/", "application/pdf", "application/octet-stream")
BASE64 = re.compile(r"[A-Za-z0-9+/=_\-\s]*")
OPAQUE = re.compile(r"[A-Za-z0-9+/_\-]*={0,2}")
"""What only the model server can read: signatures, and what it has encrypted."""
ENCRYPTED = frozenset({"encrypted_content", "encrypted_index", "encrypted_stdout"})
MANY_DIGITS = 1_000_000
WHOLE_NUMBER = re.compile(r"-?[1-9][0-9]{0,99}", re.ASCII)

Container = dict[str, Any] | list[Any]


@dataclass(slots=True)
class Slot:
    """Where a text stands: as the value under a key or index, or as a key itself."""

    container: Any
    key: Any
    text: str
    is_key: bool = False
    prefix: str | None = None
    """Of a text that stands encoded in base64: what stands before it."""
    number: bool = False
    """Whether the value is a number, and stays one where its new text is one."""
    sealed: bool = False
    """Whether the text is signed, so that it goes on as it is or not at all."""
    document: Document | None = None

    def put(self, text: str) -> None:
        """Puts another text in the place."""
        if self.prefix is not None:
            text = self.prefix + b64encode(text.encode()).decode()
        if self.is_key:
            self.container[text] = self.container.pop(self.key)
        else:
            is_number = self.number and WHOLE_NUMBER.fullmatch(text) is not None
            self.container[self.key] = int(text) if is_number else text


def is_name(key: object, value: str) -> bool:
    """Tells whether a string is structure and no text.

    >>> is_name("role", "user"), is_name("role", "call me on 555 0100"), is_name("content", "user")
    (True, False, False)
    """
    return key in STRUCTURAL and NAME.fullmatch(value) is not None


def value_slot(container: Any, key: Any, value: str, *, data: bool = True) -> Slot | None:
    """Returns the text of a value; ``None`` for an encoded image or sound, which has none.

    With ``data`` such is known by its key or those beside it, too: not where a model chose them.
    A document in base64 is decoded where that gives text: it is what the model will read.
    """
    if data and key == "data" and "format" in container and BASE64.fullmatch(value):
        return None
    if data and key in ENCRYPTED and OPAQUE.fullmatch(value):
        return None
    if data and key == "data" and container.get("type") == "base64":
        return encoded_slot(container, key, value, "", str(container.get("media_type")))
    found = DATA.match(value) if value.startswith("data:") else None
    if found is None:
        return Slot(container, key, value)
    return encoded_slot(container, key, value, found[0], found[1])


def encoded_slot(container: Any, key: Any, value: str, prefix: str, media: str) -> Slot | None:
    """Returns the text of a value in base64 after a prefix; ``None`` for what is no text."""
    if media.startswith(BINARY) and BASE64.fullmatch(value, len(prefix)):
        return None
    try:
        text = b64decode(value[len(prefix) :], validate=True).decode()
    except ValueError:
        return Slot(container, key, value)
    return Slot(container, key, text, prefix=prefix)


def slots(root: Container, *, without: Iterable[str] = (), numbers: bool = False) -> list[Slot]:
    """Returns the texts in a JSON value, keys that are no plain names among them.

    ``without`` are keys of the root that are left out. With ``numbers``, numbers of many
    digits and all keys count as texts too: a card's number is none the less one for being a number.
    """
    found: list[Slot] = []
    keys: list[Slot] = []
    skip = frozenset(without)
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        is_dict = isinstance(node, dict)
        pairs: Iterable[tuple[Any, Any]] = list(node.items()) if is_dict else enumerate(node)
        for key, value in pairs:
            if node is root and key in skip:
                continue
            if is_dict and key and (numbers or KEY.fullmatch(key) is None):
                keys.append(Slot(node, key, key, is_key=True))
            if isinstance(value, str):
                skips = is_name(key, value) and not numbers
                slot = None if skips else value_slot(node, key, value, data=not numbers)
                if value and slot is not None:
                    found.append(slot)
            elif isinstance(value, dict | list):
                stack.append(value)
            elif numbers and isinstance(value, int | float) and abs(value) >= MANY_DIGITS:
                found.append(Slot(node, key, str(value), number=True))
    return found + keys  # keys last: a renamed one must not move the place of its value


class _TwiceError(ValueError):
    """A key comes twice in one object."""


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Builds an object; a key that comes twice is refused: readers disagree on which counts."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _TwiceError
    return value


def read_body(raw: bytes) -> dict[str, Any]:
    """Reads the JSON object of a request, strictly."""
    value = read_strictly(raw)
    if not isinstance(value, dict):
        raise bad_json("the body must be a JSON object")
    return value


def read_strictly(raw: bytes) -> Any:
    """Reads the JSON of a request, strictly: no reader may understand it otherwise."""
    try:
        value = orjson.loads(raw)
        json.loads(raw, object_pairs_hook=once)
    except orjson.JSONDecodeError as error:
        raise bad_json(f"the body is not valid JSON: {error.msg} (at {error.pos})") from None
    except _TwiceError:
        raise bad_json("the body has an object with the same key twice") from None
    except (ValueError, RecursionError):
        raise bad_json("the body is not valid JSON in UTF-8") from None
    if b"\\u0000" in raw and any("\0" in slot.text for slot in slots([value], numbers=True)):
        raise bad_json("the body has a NUL character in a string")
    return value


def bad_json(message: str) -> Refusal:
    """Returns the refusal of a body that cannot be read."""
    return Refusal(400, message, "invalid_json")


def read_loosely(raw: bytes) -> Any:
    """Reads JSON of the model server: NaN and half surrogate pairs do not end an answer.

    Half pairs become U+FFFD. Raises ``ValueError`` for what is not JSON.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass  # the slower reader below takes more
    try:
        value = [json.loads(raw)]
    except RecursionError:
        raise ValueError("nested too deeply") from None
    for slot in slots(value, numbers=True):
        if not slot.number:
            slot.put(slot.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return value[0]


def write(value: Any) -> bytes:
    """Writes compact JSON."""
    try:
        return orjson.dumps(value)
    except TypeError:  # a whole number of more than 64 bits
        return json.dumps(value, separators=(",", ":")).encode()


@dataclass(slots=True)
class Document:
    """A JSON document inside a string, such as the arguments of a tool call."""

    slot: Slot
    root: list[Any]
    texts: list[Slot]
    rewrite: bool

    @classmethod
    def of(cls, slot: Slot) -> Document:
        """Reads a string; one that is no JSON is one text."""
        try:
            root, rewrite = [orjson.loads(slot.text)], False
            json.loads(slot.text, object_pairs_hook=once)
        except _TwiceError:
            rewrite = True
        except (ValueError, RecursionError):
            return cls(slot, [], [slot], rewrite=False)
        document = cls(slot, root, slots(root, numbers=True), rewrite)
        for text in document.texts:
            text.document = document
        return document

    def close(self) -> bool:
        """Writes the document back where something in it changed; returns whether it did."""
        if self.rewrite and self.root:
            self.slot.put(orjson.dumps(self.root[0]).decode())
        return self.rewrite
