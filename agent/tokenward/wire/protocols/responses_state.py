"""What the guard of a streamed response knows of it: items, open texts, what was let out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from tokenward.errors import UpstreamError
from tokenward.redact.styles import Form
from tokenward.stream.guarded import GuardedStream
from tokenward.wire.backlog import Backlog
from tokenward.wire.json_text import NAME, Slot, write
from tokenward.wire.protocols import texts
from tokenward.wire.protocols.responses_form import SUMMARY, TEXTS, closing, event_bytes
from tokenward.wire.protocols.responses_items import form_of
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.sse import Frame, written

Json = dict[str, Any]
PLACES = ("item_id", "output_index", "content_index", "summary_index")
"""Keys that say to which text an event belongs."""
USUAL_TEXTS = ("type", "delta", "item_id", texts.PADDING)
USUAL = frozenset({*PLACES, *USUAL_TEXTS, "logprobs", "sequence_number"})
"""Keys of an event that brings a piece of a text."""


@dataclass(slots=True)
class Item:
    """An item of the answer; ``at`` is its number there, ``value`` it as it is let out."""

    at: int
    value: Json
    open: bool = True
    digest: bytes = b""
    """Of the item as it came when it was whole."""
    held: list[tuple[Json, Frame]] = field(default_factory=list)
    """Events of a call that is not whole yet."""

    def parts(self, where: str) -> list[Any]:
        """Returns the parts of its content, or of its summary."""
        parts = self.value.get(where)
        if parts is None:
            parts = self.value[where] = []
        if not isinstance(parts, list):
            raise UpstreamError("an item whose parts are none")
        return parts


@dataclass(slots=True)
class Running:
    """A text that comes in pieces; ``family`` is the beginning of its events' names.

    ``said`` is what was let out of it: the protocol says all of it again at the end.
    """

    item: Item | None
    family: str
    place: Json
    stream: GuardedStream
    form: Form
    event: Json
    """The last event of it."""
    backlog: Backlog[tuple[Json, Frame]] = field(default_factory=Backlog)
    said: list[str] = field(default_factory=list)
    _fed: Any = field(default_factory=blake2b)

    def fed(self, text: str) -> None:
        """Notes a text that came."""
        self._fed.update(text.encode("utf-8", "surrogatepass"))

    @property
    def digest(self) -> bytes:
        """What all that came is known by."""
        digest: bytes = self._fed.digest()
        return digest


def closing_events(
    running: Iterable[Running], items: Iterable[Item]
) -> Iterator[tuple[Json, Item]]:
    """Yields the events that end parts and items early, for an answer that is blocked.

    Only those that were let out are ended, with what was let out of them.
    """
    for one in running:
        item, family = one.item, one.family
        if item is None or item.at < 0 or family not in TEXTS:
            continue
        index = one.place.get("summary_index", one.place.get("content_index"))
        parts = item.parts("summary" if family == SUMMARY else "content")
        done, ended = closing(family, one.place, "".join(one.said))
        yield done, item
        if type(index) is int and 0 <= index < len(parts):
            parts[index] = ended["part"]
            yield ended, item
    for item in items:
        if item.open and item.at >= 0:
            item.value["status"] = "incomplete"
            event = {"type": "response.output_item.done", "output_index": item.at}
            yield {**event, "item": item.value}, item


class Writer:
    """Writes events, each with a number that is higher than the one before."""

    def __init__(self) -> None:
        self._number = -1

    def bytes_of(self, event: Json, item: Item | None, frame: Frame | None = None) -> bytes:
        """Writes an event, which gets the number of its item among those that are let out.

        ``frame`` are the bytes that it came in.
        """
        if item is not None and "output_index" in event:
            event["output_index"] = item.at
        number = event.get("sequence_number", self._number + 1)
        if type(number) is not int:
            raise UpstreamError("an event whose number is none")
        if self._number >= 0 or "sequence_number" in event:
            self._number = event["sequence_number"] = max(number, self._number + 1)
        return event_bytes(event) if frame is None else written(frame, event)


def read_event(data: bytes) -> Json:
    """Reads an event; it has a type."""
    event = texts.read_event(data)
    if not isinstance(event, dict):
        raise UpstreamError("an event that is no object")
    if "type" not in event and event.get("error"):
        event["type"] = "error"
    kind = event.get("type")
    if not isinstance(kind, str) or NAME.fullmatch(kind) is None:
        raise UpstreamError("an event without a type")
    return event


def key_of(event: Json) -> tuple[Any, ...]:
    """Returns what tells the text of an event from others."""
    key = tuple(event.get(name) for name in PLACES[1:])
    if not all(one is None or type(one) is int for one in key):
        raise UpstreamError("an event of a place that is none")
    return key


def is_usual(event: Json) -> bool:
    """Tells whether a piece of a text comes with nothing but its place."""
    return all(
        not value or type(value) is int or key in USUAL_TEXTS for key, value in event.items()
    ) and USUAL.issuperset(event)


class Known:
    """Texts that were decided already: an answer says each many times, and each counts once."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._known: dict[tuple[Form, bytes], str] = {}

    def add(self, form: Form, digest: bytes, text: str) -> None:
        """Notes what was let out of a text."""
        self._known[form, digest] = text

    def put(self, slots: list[Slot]) -> Steps[bool]:
        """Puts what may be let out in the places of texts; returns whether none was blocked."""
        if not slots:
            return True
        new: dict[tuple[Form, bytes], str] = {}
        keys = [(form_of(slot, self._scanner), digest_of(slot.text)) for slot in slots]
        for key, slot in zip(keys, slots, strict=True):
            if key not in self._known:
                new[key] = slot.text
        forms = [form for form, _ in new]
        released = yield from self._scanner.wholes("output", list(new.values()), forms)
        if None in released:
            return False
        found = dict(zip(new, (text or "" for text in released), strict=True))
        for key, slot in zip(keys, slots, strict=True):
            text = found[key] if key in found else self._known[key]
            if text != slot.text:
                slot.put(text)
        self._known |= found
        return True


def digest_of(value: Any) -> bytes:
    """Returns the digest of a text, or of JSON."""
    is_text = isinstance(value, str)
    data = value.encode("utf-8", "surrogatepass") if is_text else write(value)
    return blake2b(data).digest()
