"""Writes JSON that was edited in the spelling that it came in: all but what was changed stays."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from tokenward.wire.json_text import Document, once, read_loosely, write

DEEPEST = 32
"""Levels below which a part that was changed is written anew."""
PLAIN = json.JSONDecoder()
STRICT = json.JSONDecoder(object_pairs_hook=once)
Member = tuple[int, int, int, int, Any]
"""A member of a list: where it begins, where its value does, where both end, and the value."""
SPACE = re.compile(r"[ \t\n\r]*")


def respelled(data: bytes, value: Any) -> bytes:
    r"""Returns ``value`` as ``data`` spells it, from which it was read before it was edited.

    Order of keys, white space, escapes and numbers stay; where nothing was changed it is ``data``
    itself. What readers might understand differently (a key that comes twice, half a surrogate
    pair) is written anew.

    >>> respelled(b'{ "n": 1e2, "a": "\\u00fc", "b": "x" }', {"n": 100.0, "a": "\u00fc", "b": "y"})
    b'{ "n": 1e2, "a": "\\u00fc", "b": "y" }'
    """
    after = write(value)
    if after == data:
        return data
    if _is_compact(data):
        return after
    try:
        text = data.decode()
        begin = SPACE.match(text).end()  # type: ignore[union-attr]  # it matches nothing, too
        before, end = STRICT.raw_decode(text, begin)
        if SPACE.fullmatch(text, end) is None:
            return after
    except (ValueError, RecursionError):
        return after
    if before == value:
        return data
    spelled = f"{text[:begin]}{_spelled(text, begin, end, before, value)}{text[end:]}".encode()
    return data if spelled == data else spelled


def close(document: Document) -> bool:
    """Writes a document back where something in it was changed; returns whether it was."""
    if document.rewrite and document.root:
        written = respelled(document.slot.text.encode(), document.root[0])
        document.slot.put(written.decode())
    return document.rewrite


def _is_compact(data: bytes) -> bool:
    """Tells whether JSON is spelled as it is written here, so that nothing of it can get lost."""
    try:
        return orjson.dumps(orjson.loads(data)) == data
    except ValueError:
        return False


def _spelled(text: str, begin: int, end: int, before: Any, value: Any, depth: int = 0) -> str:
    """Returns a value in the spelling of a part of a text, which says ``before``."""
    if before == value:
        return text[begin:end]
    if depth < DEEPEST and before and value:
        if before.__class__ is dict and value.__class__ is dict:
            return _object(text, begin, value, depth + 1)
        if before.__class__ is list and value.__class__ is list:
            return _list(text, begin, value, depth + 1)
    if before.__class__ in (int, float) and value.__class__ in (int, float):
        # one reader takes a number of many digits for a float, another does not
        spelling = text[begin:end]
        if write([read_loosely(spelling.encode())]) == write([value]):
            return spelling
    return write(value).decode()


def _object(text: str, begin: int, value: dict[str, Any], depth: int) -> str:
    members: list[str] = []
    missing = dict.fromkeys(value)
    at = begin + 1
    while True:
        key, end = PLAIN.raw_decode(text, _past_space(text, at))
        colon = _past_space(text, end)
        start = _past_space(text, colon + 1)
        before, end = PLAIN.raw_decode(text, start)
        behind = _past_space(text, end)
        if key in missing:
            del missing[key]
            spelled = _spelled(text, start, end, before, value[key], depth)
            members.append(f"{text[at:start]}{spelled}{text[end:behind]}")
        at = behind + 1
        if text[behind] == "}":
            break
    members += [f"{write(key).decode()}:{write(value[key]).decode()}" for key in missing]
    return f"{{{','.join(members)}}}"


def _list(text: str, begin: int, value: list[Any], depth: int) -> str:
    found: list[Member] = []
    at = begin + 1
    while True:
        start = _past_space(text, at)
        before, end = PLAIN.raw_decode(text, start)
        behind = _past_space(text, end)
        found.append((at, start, end, behind, before))
        at = behind + 1
        if text[behind] == "]":
            break
    if len(found) != len(value):
        found = _left(found, value)
        if not found:
            return write(value).decode()
    members = (
        f"{text[at:start]}{_spelled(text, start, end, before, new, depth)}{text[end:behind]}"
        for (at, start, end, behind, before), new in zip(found, value, strict=True)
    )
    return f"[{','.join(members)}]"


def _left(found: list[Member], value: list[Any]) -> list[Member]:
    """Returns those members that are left of a list; none where others are among them."""
    members = iter(found)
    kept = [next((one for one in members if one[-1] == new), None) for new in value]
    return [one for one in kept if one is not None] if None not in kept else []


def _past_space(text: str, at: int) -> int:
    return SPACE.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
