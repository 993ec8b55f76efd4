"""Answers that are JSON objects of a server's own: what is told of them, and whole ones guarded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from tokenward.errors import UpstreamError
from tokenward.policy.schema import DEFAULT_MESSAGE
from tokenward.redact.styles import Form as Restored
from tokenward.wire.head import EVENTS
from tokenward.wire.json_text import NAME, STRUCTURAL, Slot, slots, write
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Usage, Whole
from tokenward.wire.protocols.copies import alternatives, is_numbers, list_of
from tokenward.wire.protocols.texts import put_all, put_call, read_answer
from tokenward.wire.request import Refusal, blocked_refusal
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.spelling import respelled

Json = dict[str, Any]


class Form:
    """How a protocol's answers look; subclasses say what is not as here.

    ``inside`` is the object of an answer in which its texts run on from event to event, if not the
    answer itself, and ``main`` the key of the main one there; the texts of ``whole`` keys do not
    run on. Values of ``names`` are no texts where they look like names, nor those of ``shape``, the
    names that all protocols have: there are none where a model chooses its keys. ``leaks`` say the
    text again, in pieces or in numbers, and are taken out of answers that a rule may edit.
    ``again`` is a key that says all of the main text once more at the end. ``counts`` are the keys
    of the numbers of tokens of the prompt and the answer. ``marks_end`` says whether a stream has a
    last event that says so, or just ends.
    """

    content_type: ClassVar[bytes] = EVENTS + b"; charset=utf-8"
    inside: ClassVar[str | None] = None
    main: ClassVar[str] = "text"
    whole: ClassVar[frozenset[str]] = frozenset()
    names: ClassVar[frozenset[str]] = frozenset()
    shape: ClassVar[frozenset[str]] = STRUCTURAL
    leaks: ClassVar[frozenset[str]] = frozenset()
    again: ClassVar[str | None] = None
    counts: ClassVar[tuple[str, str]] = ("", "")
    marks_end: ClassVar[bool] = True

    # -- reading ----------------------------------------------------------------------------

    def place(self, answer: Json) -> Json:
        """Returns the object in which the texts run on; an empty one where it is missing."""
        inner = answer if self.inside is None else answer.get(self.inside)
        return inner if isinstance(inner, dict) else {}

    def strip(self, answer: Json) -> None:
        """Takes out what says the text again."""
        for value in (answer, self.place(answer)):
            for key in self.leaks.intersection(value):
                if isinstance(value[key], list):
                    value[key] = []
                else:
                    del value[key]

    def agrees(self, answer: Json, *, whole: bool) -> bool:
        """Tells whether what says the text again says nothing else.

        Numbers of tokens agree with a ``whole`` text only: those of an event may run ahead of it.
        """
        place = self.place(answer)
        text = place.get(self.main)
        text = text if isinstance(text, str) else ""
        return all(
            (not value[key] or (whole and is_numbers(value[key])))
            or alternatives(value[key], text) is not None
            for value in (answer, place)
            for key in self.leaks.intersection(value)
        )

    def calls(self, answer: Json) -> list[Any]:
        """Returns the tool calls of an answer, which are guarded whole and may be dropped."""
        del answer
        return []

    def is_last(self, event: Json) -> bool:
        """Tells whether an event ends its answer."""
        del event
        return False

    def tokens(self, answer: Json) -> Any:
        """Returns the tokens that an answer or event tells with their logprobs, as a list."""
        del answer
        return None

    def usage(self, answer: Json, known: Usage) -> Usage:
        """Returns the counts of tokens; those that are not told stay what is known."""
        prompt, completion = (answer.get(key) for key in self.counts)
        return Usage(
            prompt if type(prompt) is int else known.prompt,
            completion if type(completion) is int else known.completion,
        )

    def text(self, answer: Json) -> str | None:
        """Returns the main text of a whole answer, for features."""
        text = answer.get(self.again) if self.again else self.place(answer).get(self.main)
        return text if isinstance(text, str) else None

    def slots(self, value: Any) -> list[Slot]:
        """Returns the strings of an answer."""
        return slots(value, names=self.shape)

    def is_text(self, slot: Slot) -> bool:
        """Tells whether a string is text, and not one of this protocol's names."""
        return slot.is_key or slot.key not in self.names or NAME.fullmatch(slot.text) is None

    # -- writing ----------------------------------------------------------------------------

    def framed(self, written: bytes) -> bytes:
        """Returns an event as it goes out."""
        return b"data: %b\n\n" % written

    def made(self, frame: Json, texts: Json) -> Json:
        """Returns an event of our own with texts, in the frame of the last one that came."""
        raise NotImplementedError

    def ending(self, frame: Json, message: str, on_block: OnBlock, said: str) -> list[Json]:
        """Returns the events that end a blocked stream with a message; ``said`` came before it."""
        raise NotImplementedError

    def blocked(self, answer: Json, message: str, on_block: OnBlock) -> Json:
        """Returns the answer that takes the place of a blocked one."""
        raise NotImplementedError

    def error(self, refusal: Refusal) -> Json:
        """Returns an error in the protocol's form."""
        return {"error": refusal.message, "code": refusal.code}

    def error_bytes(self, refusal: Refusal) -> bytes:
        """Returns the body of an error."""
        return write(self.error(refusal))


def texts_of(form: Form, value: Any, without: Iterable[Slot] = ()) -> list[Slot]:
    """Returns the texts of an answer, but for those that have been taken already."""
    taken = {(id(slot.container), slot.key) for slot in without}
    return [
        slot
        for slot in form.slots(value)
        if form.is_text(slot) and (slot.is_key or (id(slot.container), slot.key) not in taken)
    ]


def guard_calls(calls: list[Any], scanner: Scanner) -> Steps[int]:
    """Guards tool calls, in place; returns how many were dropped."""
    kept = []
    for call in calls:
        if not isinstance(call, dict):
            raise UpstreamError("a tool call that is no object")
        if (yield from put_call(slots(call, numbers=True), scanner)):
            kept.append(call)
    dropped = len(calls) - len(kept)
    calls[:] = kept
    return dropped


def guard_whole(form: Form, scanner: Scanner, on_block: OnBlock, data: bytes) -> Steps[Whole]:
    """Guards a whole answer: an object, or a list of them."""
    root = [read_answer(data)]
    objects = [one for one in list_of(root[0]) if isinstance(one, dict)]
    edits = scanner.loaded.answer_edits
    held: list[Slot] = []
    before: list[bytes] = []
    dropped = asked = 0
    for answer in objects:
        scanner.likelihood.note(form.tokens(answer))
        if edits and not form.agrees(answer, whole=True):
            form.strip(answer)
        before.append(write(answer))
        calls = form.calls(answer)
        asked += len(calls)
        held += slots(calls, numbers=True)
        dropped += yield from guard_calls(calls, scanner)
    texts = texts_of(form, root, held)
    forms: list[Restored] = [
        scanner.main_form if slot.key in (form.main, form.again) else "text" for slot in texts
    ]
    released = yield from scanner.wholes("output", [slot.text for slot in texts], forms)
    if None in released or (dropped and (dropped == asked or on_block == "error")):
        message = scanner.message or DEFAULT_MESSAGE
        if on_block == "error":
            refusal = blocked_refusal(message)
            return Whole(refusal.status, form.error_bytes(refusal), refusal.headers)
        put_all(texts, [message if text is None else text for text in released])
        made = [form.blocked(one, message, on_block) for one in objects or [{}]]
        root[0] = made if isinstance(root[0], list) else made[0]
        objects = made
    else:
        put_all(texts, released)
        changed = (one for one, came in zip(objects, before, strict=True) if write(one) != came)
        for answer in changed if edits else ():
            form.strip(answer)
    return whole_of(form, respelled(data, root[0]), objects)


def whole_of(form: Form, body: bytes, objects: list[Json]) -> Whole:
    """Returns an answer with what the first of its objects tells."""
    whole = Whole(200, body)
    for answer in objects[:1]:
        whole.usage = form.usage(answer, whole.usage)
        whole.text = form.text(answer)
    return whole


def numbers_of(answer: Mapping[str, Any]) -> Json:
    """Returns what only the model server can tell: counts and durations."""
    return {key: value for key, value in answer.items() if type(value) in (int, float)}
