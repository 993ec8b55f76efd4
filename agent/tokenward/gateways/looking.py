"""Looks at whole texts and keeps what was found in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tokenward.stream.guarded import GuardedStream
from tokenward.types import Stage
from tokenward.wire.request import Refusal
from tokenward.wire.scan import SLICE, Scanner, Steps

MOST_TEXTS = 10_000
"""Texts of one call: each has a state of its own while it is looked at."""
TURN = 64
"""Texts that are looked at in one go while other requests wait."""


@dataclass(slots=True)
class Seen:
    """A text that was looked at.

    ``text`` is what may pass, ``None`` where it is blocked; the last ``tail`` characters of it
    might be others if the text went on.
    """

    stream: GuardedStream = field(repr=False)
    text: str | None = field(default="", repr=False)
    tail: int = 0


def look(scanner: Scanner, stage: Stage, texts: Sequence[str]) -> Steps[list[Seen]]:
    """Guards whole texts, their classifiers all together."""
    if len(texts) > MOST_TEXTS:
        message = f"more than {MOST_TEXTS} texts in one call; send several"
        raise Refusal(413, message, "too_many_texts")
    scanner.look_at(stage)
    seen = yield from _fed(scanner, stage, texts)
    for one in seen:
        one.text = one.stream.release()
    waiting = [one.stream for one in seen if scanner.finish(stage, one.stream)]
    if waiting:
        yield waiting
    for one in seen:
        rest = one.stream.release()
        one.text = None if one.stream.blocked else (one.text or "") + rest
        one.tail = len(rest)
        scanner.fold(stage, one.stream)
    return seen


def _fed(scanner: Scanner, stage: Stage, texts: Sequence[str]) -> Steps[list[Seen]]:
    seen, waiting = [], []
    for number, text in enumerate(texts, 1):
        stream, waits = scanner.open(stage), False
        for at in range(0, len(text), SLICE):
            if at:
                yield ()
            waits = scanner.feed(stage, stream, text[at : at + SLICE])
        if waits:
            waiting.append(stream)
        seen.append(Seen(stream))
        if not number % TURN:
            yield ()
    if waiting:
        yield waiting
    return seen
