"""Finds the texts in JSON: every string, but for the short names that give a message its shape."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

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
WITHOUT_NAMES = STRUCTURAL - {"name"}
"""Likewise where names are chosen: by a client, and the model reads them, or by a model."""
ROLES = frozenset(
    {"assistant", "developer", "function", "model", "system", "tool", "user", "ipython"}
)
"""The roles that are names; any other one a client has made up, and the model reads it."""
SCHEMA = frozenset(
    {
        "additionalProperties", "anyOf", "array", "boolean", "description", "enum", "function",
        "input_schema", "integer", "items", "name", "null", "number", "object", "parameters",
        "properties", "required", "schema", "strict", "string", "title", "type",
    }
)  # fmt: skip
"""Words of JSON Schema: none of them is a text."""

USUAL_KEYS = STRUCTURAL | {
    "choices", "completion_tokens", "content", "created", "index", "logprobs", "max_tokens",
    "message", "messages", "prompt", "prompt_tokens", "refusal", "stream", "temperature", "text",
    "tool_calls", "tools", "top_p", "total_tokens", "usage",
}  # fmt: skip
"""Keys that nearly all requests and answers have: plain names, which need no closer look."""

NAME = re.compile(r"[A-Za-z0-9_.:/+\-]{1,128}")
KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_.$\-]{0,63}")
DATA = re.compile(r"data:([^,;]*)(?:;[^,;]+)*;base64,", re.IGNORECASE)
QUOTED = re.compile(r"data:[^,]*,", re.IGNORECASE)
BINARY = ("image/", "audio/", "video/", "font/", "application/pdf", "application/octet-stream")
TEXTUAL = ("image/svg",)
SOUNDS = ("wav", "mp3", "flac", "opus", "ogg", "pcm", "pcm16", "aac", "m4a", "webm", "mp4")
"""Formats of sounds, as they stand beside them."""
BASE64 = re.compile(r"[A-Za-z0-9+/=_\-\s]*")
URL_SAFE = str.maketrans("-_", "+/")
NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")
OPAQUE = re.compile(r"[A-Za-z0-9+/_\-]*={0,2}")
"""What only the model server can read: signatures, and what it has encrypted."""
ENCRYPTED = frozenset({"encrypted_content", "encrypted_index", "encrypted_stdout"})
KEY_ENDS = re.compile(rb'"[ \t\r\n]*:')
"""As each key ends, and nothing else but what stands so in a string: never fewer than keys."""
MANY_DIGITS = 1_000_000
LONG_NUMBER = re.compile(r"[0-9]{19}")
WHOLE_NUMBER = re.compile(r"-?[1-9][0-9]{0,99}", re.ASCII)

Container = dict[str, Any] | list[Any]
NESTED = (dict, list)


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
    quoted: bool = False
    """Of a text that stands percent-encoded behind the prefix, and not in base64."""

    def put(self, text: str) -> None:
        """Puts another text in the place."""
        if self.quoted:
            text = f"{self.prefix}{quote(text)}"
        elif self.prefix is not None:
            text = self.prefix + b64encode(text.encode()).decode()
        if self.is_key:
            self.container[text] = self.container.pop(self.key)
        else:
            is_number = self.number and WHOLE_NUMBER.fullmatch(text) is not None
            self.container[self.key] = int(text) if is_number else text


def is_name(key: object, value: str, names: Collection[str] = STRUCTURAL) -> bool:
    """Tells whether a string is structure and no text.

    >>> is_name("role", "user"), is_name("role", "call me on 555 0100"), is_name("content", "user")
    (True, False, False)
    """
    if key == "role" and key in names:
        return value in ROLES
    return key in names and NAME.fullmatch(value) is not None


def is_odd(key: str) -> bool:
    """Tells whether a key is no plain name, so that it may be a text."""
    return key not in USUAL_KEYS and KEY.fullmatch(key) is None


def value_slot(container: Any, key: Any, value: str, *, data: bool = True) -> Slot | None:
    """Returns the text of a value; ``None`` for an encoded image or sound, which has none.

    With ``data`` such is known by its key or those beside it, too: not where a model chose them.
    A document in base64 is decoded where that gives text: it is what the model will read.
    """
    if data and key == "data" and container.get("format") in SOUNDS and BASE64.fullmatch(value):
        return None
    if data and key in ENCRYPTED and OPAQUE.fullmatch(value):
        return None
    if data and key == "data" and container.get("type") == "base64":
        return encoded_slot(container, key, value, "", str(container.get("media_type")))
    return url_slot(container, key, value)


def url_slot(container: Any, key: Any, value: str) -> Slot | None:
    """Returns the text of a value that may be a URL which holds its data, encoded."""
    if value[:5].lower() != "data:":
        return Slot(container, key, value)
    found = DATA.match(value)
    if found is not None:
        return encoded_slot(container, key, value, found[0], found[1])
    prefix = QUOTED.match(value)
    if prefix is None or "%" not in value:
        return Slot(container, key, value)
    text = unquote(value[prefix.end() :])
    return Slot(container, key, text, prefix=prefix[0], quoted=True)


def encoded_slot(container: Any, key: Any, value: str, prefix: str, media: str) -> Slot | None:
    """Returns the text of a value in base64 after a prefix; ``None`` for what is no text."""
    media, encoded = media.strip().lower(), value[len(prefix) :]
    binary = media.startswith(BINARY) and not media.startswith(TEXTUAL)
    proper = BASE64.fullmatch(encoded) is not None
    if binary and proper and not media.startswith("application/"):
        return None
    text = text_in(encoded)
    if text is None:
        return None if binary and proper else Slot(container, key, value)
    return Slot(container, key, text, prefix=prefix)


def text_in(encoded: str) -> str | None:
    r"""Returns the text that stands in base64, as the most lenient reader takes it.

    >>> text_in("aGVsbG8"), text_in("aGV!sb\nG8="), text_in("/9j/4AAQ")
    ('hello', 'hello', None)
    """
    kept = NO_BASE64.sub("", encoded.translate(URL_SAFE))
    try:
        text = b64decode(kept + "=" * (-len(kept) % 4)).decode()
    except ValueError:
        return None
    return None if CONTROLS.search(text) else text


def slots(
    root: Container,
    *,
    without: Iterable[str] = (),
    numbers: bool = False,
    names: Collection[str] = STRUCTURAL,
) -> list[Slot]:
    """Returns the texts in a JSON value, keys that are no plain names among them.

    ``without`` are keys of the root that are left out, ``names`` those of names. With ``numbers``,
    numbers of many digits and all keys count as texts too: a card's number is none the less one for
    being a number.
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
            if is_dict and key and (numbers or (key not in USUAL_KEYS and is_odd(key))):
                keys.append(Slot(node, key, key, is_key=True))
            if isinstance(value, str):
                skips = not value or (not numbers and key in names and is_name(key, value, names))
                slot = None if skips else value_slot(node, key, value, data=not numbers)
                if slot is not None:
                    found.append(slot)
            elif isinstance(value, NESTED):
                stack.append(value)
            elif numbers and isinstance(value, (int, float)) and abs(value) >= MANY_DIGITS:
                found.append(Slot(node, key, str(value), number=True))
    return found + keys  # keys last: a renamed one must not move the place of its value


def all_slots(root: Container) -> list[Slot]:
    """Returns all texts in what a client made up as it liked: its keys and numbers, too."""
    return [slot for slot in slots(root, numbers=True) if slot.text not in SCHEMA]


def rest_slots(body: dict[str, Any], *, without: tuple[str, ...] = ()) -> list[Slot]:
    """Returns the texts of a request beside its main ones, whatever fields it has."""
    inner: dict[str, Any] = {}
    plain = True
    for key, value in body.items():
        if key in without:
            continue
        if isinstance(value, NESTED):
            inner[key] = value
        elif key not in USUAL_KEYS or (
            value.__class__ is str and value and not is_name(key, value, WITHOUT_NAMES)
        ):
            plain = False
    found: list[Slot] = []
    if not plain:
        found = slots(body, without=(*without, *inner), names=WITHOUT_NAMES)
    keys = [Slot(body, key, key, is_key=True) for key in inner if key and not KEY.fullmatch(key)]
    return [*found, *(slot for value in inner.values() for slot in all_slots(value)), *keys]


class _TwiceError(ValueError):
    """A key comes twice in one object."""


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Builds an object; a key that comes twice is refused: readers disagree on which counts."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _TwiceError
    return value


ONCE = json.JSONDecoder(object_pairs_hook=once)


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
        if not _is_once(raw, value):
            ONCE.raw_decode(raw.decode().lstrip())  # behind it there is white space only
    except orjson.JSONDecodeError as error:
        raise bad_json(f"the body is not valid JSON: {error.msg} (at {error.pos})") from None
    except _TwiceError:
        raise bad_json("the body has an object with the same key twice") from None
    except (ValueError, RecursionError):
        raise bad_json("the body is not valid JSON in UTF-8") from None
    if b"\\u0000" in raw and any("\0" in slot.text for slot in slots([value], numbers=True)):
        raise bad_json("the body has a NUL character in a string")
    return value


def is_written(raw: bytes, value: Any) -> bool:
    """Tells whether JSON reads as it is written here, so that no key comes twice in it.

    >>> is_written(b'{"a":1}', {"a": 1}), is_written(b'{"a":0,"a":1}', {"a": 1})
    (True, False)
    """
    try:
        return orjson.dumps(value) == raw
    except TypeError:  # nested more deeply than it writes
        return False


def _is_once(raw: bytes, value: Any) -> bool:
    """Tells whether no key comes twice in JSON; of what is nested deeply it does not know.

    As many ends of keys as there are keys in what was read leave room for no other.
    """
    try:
        if orjson.dumps(value) == raw:
            return True
    except TypeError:  # nested more deeply than it writes
        return False
    return value.__class__ in NESTED and len(KEY_ENDS.findall(raw)) == _keys_in(value)


def _keys_in(value: Any) -> int:
    """Returns how many keys the objects in JSON have, of those that come twice only one."""
    count, stack = 0, [value]
    for node in stack:
        if node.__class__ is dict:
            count += len(node)
            node = node.values()  # noqa: PLW2901
        stack += [one for one in node if one and one.__class__ in NESTED]
    return count


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
            exact = ONCE.decode(slot.text)
            if LONG_NUMBER.search(slot.text):  # of which the other reader makes a float
                root = [exact]
        except _TwiceError:
            rewrite = True
        except (ValueError, RecursionError):
            return cls(slot, [], [slot], rewrite=False)
        document = cls(slot, root, slots(root, numbers=True), rewrite)
        for text in document.texts:
            text.document = document
        return document
