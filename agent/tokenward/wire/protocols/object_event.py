"""An event of a stream of objects, at work."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from tokenward.stream.guarded import GuardedStream
from tokenward.wire.json_text import NAME, Slot
from tokenward.wire.protocols.objects import Form, Json
from tokenward.wire.sse import Frame


@dataclass(slots=True)
class Place:
    """Where a text of the present event stands, and the guard of the text that it goes on with."""

    slot: Slot
    key: str
    stream: GuardedStream


@dataclass(slots=True)
class Event:
    """An event at work: the texts in it that run on, and what became of it.

    ``frame`` are the bytes that came.
    """

    value: Json
    frame: Frame
    last: bool
    places: list[Place] = field(default_factory=list)
    waiting: list[GuardedStream] = field(default_factory=list)
    calls: int = 0
    changed: bool = False
    """Whether any of its texts leaves otherwise than it came."""
    says: bool = False
    """Whether any of its texts may leave now, or it has something else to say."""


def only_text(
    form: Form, value: Json, streams: Container[str], names: Mapping[str, bool]
) -> tuple[Json, str] | None:
    """Returns where the running text of a usual event stands, ``None`` for other events.

    ``streams`` are the keys of those that run, ``names`` the keys of events, and whether they hold
    names.
    """
    found = None
    place = value if form.inside is None else value.get(form.inside)
    for holder in (value,) if place is value else (value, place):
        if holder.__class__ is not dict:
            return None
        for key, one in holder.items():
            if key not in names:
                return None
            kind = one.__class__
            if kind is str:
                if holder is place and key in streams:
                    if found is not None or not one:
                        return None
                    found = (place, key)
                elif one and not (names[key] and NAME.fullmatch(one)):
                    return None
            elif one and kind not in (int, float, bool) and one is not place:
                return None
    return found
