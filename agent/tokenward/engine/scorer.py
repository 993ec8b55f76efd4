"""Has the units of streams scored: cheap ones at once, the others by workers, within deadlines."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import NamedTuple, TypeGuard

from tokenward.engine.batcher import Batcher, judge_of
from tokenward.engine.escalate import EscalatingClassifier
from tokenward.stream.guarded import GuardedStream
from tokenward.stream.units import Judged, Unit
from tokenward.types import Detector, SpanDetector, UnitDetector, Unjudged

NO_SCORES: Mapping[str, float] = {}

Observe = Callable[[str, float], None]
"""Is told what a scoring took: the detector's name, and seconds."""


class Ticket(NamedTuple):
    """A unit that a worker scores, and until when (monotonic clock) its answer is waited for."""

    unit: Unit
    future: Future[Judged]
    deadline: float
    known: Mapping[str, float] = NO_SCORES
    """Scores of a first classifier, which those of the worker go before."""

    @property
    def left(self) -> float:
        """The seconds until the deadline."""
        return max(0.0, self.deadline - time.monotonic())


Tickets = deque[Ticket]


class Pending:
    """What workers still owe to one stream: ``awaited`` by its text, or only ``watched``."""

    __slots__ = ("awaited", "watched")

    def __init__(self) -> None:
        self.awaited: Tickets = deque()
        self.watched: Tickets = deque()

    def add(self, ticket: Ticket) -> None:
        """Adds a unit that was given to a worker."""
        (self.awaited if ticket.unit.part.enforcing else self.watched).append(ticket)


class Scorer:
    """The workers of a policy's detectors; what they owe to a stream is kept with the stream.

    Text waits for units of enforcing rules only: ``settle``. Those of other rules are taken in as
    they become ready, the last of them by ``complete``, which a driver calls before it reads the
    decision. Deadlines count from the submission; what is late, refused or wrong fails its unit.
    """

    def __init__(self, detectors: Mapping[str, Detector], observe: Observe | None) -> None:
        self._observe = observe
        self._batchers: dict[str, Batcher] = {}
        shared: dict[int, Batcher] = {}  # several detectors may escalate to the same one
        for name, detector in detectors.items():
            if not isinstance(detector, SpanDetector) and not detector.inline:
                worker = _worker_of(detector)
                if id(worker) not in shared:
                    shared[id(worker)] = Batcher(worker, observe and partial(observe, name))
                self._batchers[name] = shared[id(worker)]

    def submit(self, stream: GuardedStream) -> bool:
        """Scores cheap units and hands out the others; returns whether text waits for a worker."""
        units = stream.units()
        if units:
            self._hand_out(stream, units)
        pending: Pending | None = stream.pending
        if pending is None:
            return False
        for tickets in (pending.awaited, pending.watched):
            while tickets and (tickets[0].future.done() or not tickets[0].left):
                _take_in(stream, tickets.popleft())
        return bool(pending.awaited)

    def settle(self, streams: Iterable[GuardedStream]) -> None:
        """Waits for what the text of the streams waits for, their units scored together."""
        for stream in [one for one in streams if self.submit(one)]:
            self.wait(stream)

    def wait(self, stream: GuardedStream) -> None:
        """Waits for what the text of a stream waits for, if it may still be released."""
        if not stream.blocked:
            _wait(stream, stream.pending.awaited)

    async def asettle(self, streams: Iterable[GuardedStream]) -> None:
        """Does what ``settle`` does without blocking the event loop."""
        for stream in [one for one in streams if self.submit(one)]:
            if not stream.blocked:
                await _await(stream, stream.pending.awaited)

    def complete(self, stream: GuardedStream) -> None:
        """Waits for everything that is still owed to the stream."""
        self.submit(stream)
        if stream.pending is not None:
            _wait(stream, stream.pending.awaited)
            _wait(stream, stream.pending.watched)

    async def acomplete(self, streams: Iterable[GuardedStream]) -> None:
        """Does what ``complete`` does without blocking the event loop."""
        for stream in streams:
            self.submit(stream)
            if stream.pending is not None:
                await _await(stream, stream.pending.awaited)
                await _await(stream, stream.pending.watched)

    def abandon(self, stream: GuardedStream) -> None:
        """Gives up what is owed to a stream that nobody will look at again."""
        if stream.pending is not None:
            for ticket in (*stream.pending.awaited, *stream.pending.watched):
                ticket.future.cancel()
            stream.pending = None

    @property
    def pressure(self) -> float:
        """How near the fullest queue is to its bounds, in [0, 1]."""
        return max((batcher.pressure for batcher in self._batchers.values()), default=0.0)

    @property
    def stuck(self) -> float:
        """For how many seconds the worker that hangs the longest has owed what nobody waits for."""
        return max((batcher.stuck for batcher in self._batchers.values()), default=0.0)

    def close(self) -> None:
        """Ends the workers."""
        for batcher in self._batchers.values():
            batcher.close()

    def _hand_out(self, stream: GuardedStream, units: Sequence[Unit]) -> None:
        cheap: dict[str, list[Unit]] = {}
        for unit in units:
            if unit.part.name in self._batchers and not _triages(unit.detector):
                self._queue(stream, unit)
            else:
                cheap.setdefault(unit.part.name, []).append(unit)
        for name, some in cheap.items():
            started = time.perf_counter()
            self._score(stream, some)
            if self._observe is not None:
                self._observe(name, time.perf_counter() - started)

    def _queue(
        self, stream: GuardedStream, unit: Unit, known: Mapping[str, float] = NO_SCORES
    ) -> None:
        deadline = time.monotonic() + unit.part.deadline
        worker = _worker_of(unit.detector)
        future = self._batchers[unit.part.name].submit(unit.text, deadline, worker)
        if stream.pending is None:
            stream.pending = Pending()
        stream.pending.add(Ticket(unit, future, deadline, known))

    def _score(self, stream: GuardedStream, units: Sequence[Unit]) -> None:
        detector = units[0].detector
        texts = [unit.text for unit in units]
        try:
            if _triages(detector):
                self._triage(
                    stream, detector, list(zip(units, detector.first.score(texts), strict=True))
                )
                return
            pairs = list(zip(units, judge_of(detector)(texts), strict=True))
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001  # a detector may fail in any way; its rules decide
            for unit in units:
                stream.fail(unit)
        else:
            for unit, judged in pairs:
                _resolve(stream, unit, judged)

    def _triage(
        self,
        stream: GuardedStream,
        detector: EscalatingClassifier,
        pairs: Sequence[tuple[Unit, Mapping[str, float]]],
    ) -> None:
        """Gives a worker the units that a cheap classifier is unsure of."""
        for unit, scores in pairs:
            if detector.is_unsure(scores):
                self._queue(stream, unit, scores)
            else:
                _resolve(stream, unit, scores)


def _triages(detector: Detector) -> TypeGuard[EscalatingClassifier]:
    return isinstance(detector, EscalatingClassifier) and detector.triages


def _worker_of(detector: UnitDetector) -> UnitDetector:
    """Returns what a worker runs for a detector."""
    return detector.second if _triages(detector) else detector


def _wait(stream: GuardedStream, tickets: Tickets) -> None:
    while tickets:
        _take_in(stream, tickets.popleft())


async def _await(stream: GuardedStream, tickets: Tickets) -> None:
    while tickets:
        ticket = tickets[0]  # it stays there if this is cancelled
        await _answer(ticket)
        if tickets and tickets[0] is ticket:
            _take_in(stream, tickets.popleft(), wait=False)


async def _answer(ticket: Ticket) -> None:
    """Waits for the answer, or the deadline."""
    if ticket.future.done():
        return
    answer = asyncio.wrap_future(ticket.future)
    try:
        await asyncio.wait((answer,), timeout=ticket.left)
        if answer.done() and not answer.cancelled():
            answer.exception()  # else asyncio complains of an error that nobody looked at
    finally:
        answer.cancel()


def _take_in(stream: GuardedStream, ticket: Ticket, *, wait: bool = True) -> None:
    """Gives a unit its answer, which is waited for until the deadline."""
    unit, future = ticket.unit, ticket.future
    try:
        judged = future.result(ticket.left if wait else 0)
        if ticket.known and not isinstance(judged, Unjudged):
            judged = {**ticket.known, **judged}  # type: ignore[dict-item]  # both are classifiers
    except Exception:  # noqa: BLE001  # raised, late or overloaded: the unit's rules decide
        future.cancel()
        stream.fail(unit)
    else:
        _resolve(stream, unit, judged)


def _resolve(stream: GuardedStream, unit: Unit, judged: Judged) -> None:
    try:
        stream.resolve(unit, judged)
    except Exception:  # noqa: BLE001  # what is no mapping of numbers is a failure, too
        stream.fail(unit)
