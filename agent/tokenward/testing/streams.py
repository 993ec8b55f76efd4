"""The laws of a whole guard: what leaves a stream does not depend on how its text came."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tokenward.guard import Guard
from tokenward.testing.report import Report, measure
from tokenward.testing.texts import ODD, cuts
from tokenward.types import Decision

LEAK = 0.4
"""Share of a removed value that, in one piece, must not leave."""
SHORTEST = 4
"""Characters of a piece below which it is no leak: such pieces stand in every text."""


def check_guard_stream(
    guard_factory: Callable[[], Guard], samples: Sequence[str], *, stage: str = "output"
) -> Report:
    """Checks the laws of streaming on texts; raises ``ConformanceError`` where one is broken.

    Each text is cut into chunks in many ways. What left before is always the beginning of what the
    whole text gives, the decision is the same, no removed value leaves by 40 % or more in one
    piece, and no more text waits than the policy says.
    """
    with guard_factory() as guard:
        runs = [_Runs.of(guard, text, stage) for text in (*samples, *ODD)]
        limit = guard.engine.compiled.hold_back(stage) if _has(guard, stage) else 0
    checks = (
        measure("every detector ran to its end", _degraded(runs)),
        measure("streamed text is the whole text's", _streamed(runs)),
        measure("what left is never taken back", _prefixes(runs)),
        measure("the decision is the whole text's", _decisions(runs)),
        measure("no removed value leaves", _leaks(runs)),
        measure("no more waits than the policy says", _held(runs, limit)),
    )
    return Report(f"guard {guard.engine.compiled.policy.name!r}", checks).require()


@dataclass(frozen=True, slots=True)
class _Run:
    """A text put through a stream: what left after each chunk, how much waited, the decision."""

    cut: str
    pieces: tuple[str, ...]
    held: int
    decision: Decision

    @property
    def released(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class _Runs:
    text: str
    whole: _Run
    cut: tuple[_Run, ...]

    @classmethod
    def of(cls, guard: Guard, text: str, stage: str) -> _Runs:
        whole, *others = (_run(guard, name, chunks, stage) for name, chunks in cuts(text))
        return cls(text, whole, tuple(others))


def _run(guard: Guard, name: str, chunks: Sequence[str], stage: str) -> _Run:
    stream = guard.stream(stage=stage)
    pieces, held = [], 0
    for chunk in chunks:
        pieces.append(stream.feed(chunk))
        held = max(held, stream.held)
    pieces.append(stream.finish())
    return _Run(name, tuple(pieces), held, stream.decision)


def _has(guard: Guard, stage: str) -> bool:
    return stage in guard.engine.compiled.plans


def _each(runs: Sequence[_Runs]) -> Iterator[tuple[str, _Runs, _Run]]:
    for number, some in enumerate(runs):
        for run in some.cut:
            yield f"text {number} ({len(some.text)} characters), {run.cut}", some, run


def _degraded(runs: Sequence[_Runs]) -> Iterator[str]:
    for number, some in enumerate(runs):
        for run in (some.whole, *some.cut):
            if run.decision.degraded:
                yield f"text {number}, {run.cut}: {', '.join(run.decision.degraded)} did not"


def _streamed(runs: Sequence[_Runs]) -> Iterator[str]:
    for where, some, run in _each(runs):
        if run.released != some.whole.released:
            yield f"{where}: {len(run.released)} characters left, whole {len(some.whole.released)}"
        if run.decision.text != (None if run.decision.blocked else run.released):
            yield f"{where}: the decision's text is not what left"


def _prefixes(runs: Sequence[_Runs]) -> Iterator[str]:
    for where, some, run in _each(runs):
        left = ""
        for number, piece in enumerate(run.pieces):
            left += piece
            if not some.whole.released.startswith(left):
                yield f"{where}: after chunk {number} more had left than the whole text lets out"
                break


def _decisions(runs: Sequence[_Runs]) -> Iterator[str]:
    for where, some, run in _each(runs):
        for name in ("action", "text", "rules", "scores", "message"):
            if getattr(run.decision, name) != getattr(some.whole.decision, name):
                yield f"{where}: {name} differs"


def _leaks(runs: Sequence[_Runs]) -> Iterator[str]:
    """What any cut of the text removes may not leave, even where another cut let it pass."""
    for where, some, run in _each(runs):
        removed = _removed(some.whole.decision) or _removed(run.decision)
        labels = "".join(f"<{found.type}>" for found in some.whole.decision.detections)
        outside = labels + _outside(some.text, removed)
        for start, end in removed:
            if _leaked(some.text[start:end], run.released, outside):
                yield f"{where}: a piece of [{start}, {end}) left"


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


def _held(runs: Sequence[_Runs], limit: int | None) -> Iterator[str]:
    for where, _, run in _each(runs):
        if limit is not None and run.held > limit:
            yield f"{where}: {run.held} characters waited, the policy says {limit}"
