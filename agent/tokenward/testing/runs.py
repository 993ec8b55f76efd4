"""One text through the stream of a guard: what left, what waited, what was decided, what leaked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tokenward.guard import Guard
from tokenward.types import Decision

LEAK = 0.4
"""Share of a removed value that, in one piece, must not leave."""
SHORTEST = 4
"""Characters of a piece below which it is no leak: such pieces stand in every text."""
COMPARED = ("action", "text", "rules", "scores", "message")


@dataclass(frozen=True, slots=True)
class Run:
    """A text put through a stream: what left after each chunk, how much waited, the decision."""

    text: str = field(repr=False)
    pieces: tuple[str, ...] = field(repr=False)
    held: int
    decision: Decision

    @classmethod
    def of(cls, guard: Guard, chunks: Sequence[str], stage: str | None) -> Run:
        """Feeds chunks to a new stream, and ends it."""
        stream = guard.stream(stage=stage)
        pieces, held = [], 0
        for chunk in chunks:
            pieces.append(stream.feed(chunk))
            held = max(held, stream.held)
        pieces.append(stream.finish())
        return cls("".join(chunks), tuple(pieces), held, stream.decision)

    @property
    def released(self) -> str:
        """All that left."""
        return "".join(self.pieces)


def faults(whole: Run, run: Run) -> Iterator[str]:
    """Yields how a text in chunks differs from the whole one, and what of it leaked.

    Faults tell offsets and lengths, and never text.
    """
    if run.released != whole.released:
        at = _first_difference(run.released, whole.released)
        yield f"released text differs from the whole text's at {at}"
    if run.decision.text != (None if run.decision.blocked else run.released):
        yield "the decision's text is not what left"
    left = 0
    for number, piece in enumerate(run.pieces):
        left += len(piece)
        if whole.released[left - len(piece) : left] != piece:
            yield f"after chunk {number} more had left than the whole text lets out"
            break
    for name in COMPARED:
        if getattr(run.decision, name) != getattr(whole.decision, name):
            yield f"{name} of the decision differs"
    yield from leaks(whole, run)


def _first_difference(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def leaks(whole: Run, run: Run) -> Iterator[str]:
    """Yields the removed values of which 40 % or more left in one piece.

    What any cut of the text removes may not leave, even where another cut let it pass. What the
    whole text lets out too, a part of a masked value say, is the policy's own doing.
    """
    removed = _removed(whole.decision) or _removed(run.decision)
    outside = f"{whole.released}\n{_outside(run.text, removed)}"
    for start, end in removed:
        if _leaked(run.text[start:end], run.released, outside):
            yield f"a piece of [{start}, {end}) left, which is removed"


def _removed(decision: Decision) -> list[tuple[int, int]]:
    """Returns the spans that enforced rules removed or stopped."""
    return sorted(
        {
            (found.start, found.end)
            for rule in decision.rules
            if rule.mode == "enforce" and rule.action not in ("allow", "flag")
            for found in rule.detections
        }
    )


def _outside(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Returns the text without the spans: what stands there too is no leak."""
    kept, at = [], 0
    for start, end in spans:
        kept.append(text[at : max(at, start)])
        at = max(at, end)
    return "\n".join([*kept, text[at:]])


def _leaked(value: str, released: str, outside: str) -> bool:
    size = min(len(value), max(SHORTEST, math.ceil(LEAK * len(value))))
    pieces = {value[at : at + size] for at in range(len(value) - size + 1)}
    return any(piece in released and piece not in outside for piece in pieces)
