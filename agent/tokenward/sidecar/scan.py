"""All texts of one request under its policy: streams are opened, driven and added up here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from tokenward.sidecar.outcome import Outcome
from tokenward.sidecar.policies import Loaded
from tokenward.stream.guarded import GuardedStream
from tokenward.types import Decision, Stage

T = TypeVar("T")
Steps = Generator[Sequence[GuardedStream], None, T]
"""Work that yields streams which wait for classifiers, or nothing to let others have a turn."""

SLICE = 32_768
"""Characters that are scanned in one go while other requests wait."""
WATCH_EVERY = 16
"""Feeds after which classifiers that only look on get what has gathered."""

Watch = Callable[[GuardedStream], None]


class Scanner:
    """The guard of one request: it holds its policy, and what was decided about each text so far.

    ``watch`` is told of streams that have text for classifiers which only look on.
    """

    def __init__(self, loaded: Loaded, watch: Watch | None = None) -> None:
        self.loaded = loaded
        self.seconds: dict[Stage, float] = {}
        self.message: str | None = None
        self.blocked = False
        self._watch = watch
        self._outcomes: dict[Stage, Outcome] = {}
        self._watched: list[tuple[Stage, GuardedStream]] = []
        self._feeds = 0

    def look_at(self, stage: Stage) -> None:
        """Notes that a stage is looked at: it gets a decision, even without any text."""
        self._outcome(stage)

    def open(self, stage: Stage) -> GuardedStream:
        """Opens the guard of a text that comes in pieces; give it back to ``fold`` at its end."""
        self.look_at(stage)
        return GuardedStream(self.loaded.stages[stage].plan)

    def feed(self, stage: Stage, stream: GuardedStream, text: str) -> bool:
        """Feeds a stream; returns whether it waits for classifiers before it can be released."""
        started = time.perf_counter()
        stream.feed(text)
        waits = self._units(stage, stream) if stream.plan.units else False
        self.spent(stage, started)
        return waits

    def pass_on(self, stage: Stage, stream: GuardedStream, text: str) -> str:
        """Feeds a stream that waits for nothing, and returns what it releases."""
        started = time.perf_counter()
        stream.feed(text)
        if stream.plan.units:
            self._units(stage, stream)
        released = stream.release()
        self.seconds[stage] += time.perf_counter() - started
        return released

    def finish(self, stage: Stage, stream: GuardedStream) -> bool:
        """Ends a stream; returns whether it waits for classifiers."""
        started = time.perf_counter()
        stream.finish()
        self._feeds = 0
        waits = self._units(stage, stream) if stream.plan.units else False
        self.spent(stage, started)
        return waits

    def spent(self, stage: Stage, started: float) -> None:
        """Adds the time since then to what a stage took."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started

    def _units(self, stage: Stage, stream: GuardedStream) -> bool:
        use = self.loaded.stages[stage]
        if use.waits:
            return True
        if not use.watches:
            self.loaded.engine.inline(stream)
        elif self._watch is not None:
            if self._feeds % WATCH_EVERY == 0:
                self._watch(stream)
            self._feeds += 1
        return False

    def fold(self, stage: Stage, stream: GuardedStream) -> None:
        """Adds what was decided about a text to the decision of its stage."""
        if stream.blocked:
            self.block(stream.message)
        if self.loaded.stages[stage].watches:
            self._watched.append((stage, stream))
        else:
            self._outcome(stage).add(stream)

    def block(self, message: str | None) -> None:
        """Notes that the request, or a part of its answer, was blocked."""
        self.blocked = True
        self.message = self.message or message

    def _outcome(self, stage: Stage) -> Outcome:
        outcome = self._outcomes.get(stage)
        if outcome is None:
            outcome = self._outcomes[stage] = Outcome(self.loaded.stages[stage].plan)
            self.seconds.setdefault(stage, 0.0)
        return outcome

    def whole(self, stage: Stage, text: str) -> Steps[str | None]:
        """Guards a whole text; returns what may pass, ``None`` where it is blocked."""
        return (yield from self.wholes(stage, [text]))[0]

    def wholes(self, stage: Stage, texts: Sequence[str]) -> Steps[list[str | None]]:
        """Guards whole texts, their classifiers all together."""
        use = self.loaded.stages[stage]
        if use.empty or not texts:
            self.look_at(stage)
            return list(texts)
        streams, waiting = [], []
        for text in texts:
            stream = self.open(stage)
            waits = False
            for at in range(0, len(text), SLICE):
                if at:
                    yield ()
                waits = self.feed(stage, stream, text[at : at + SLICE]) or waits
            if self.finish(stage, stream) or waits:
                waiting.append(stream)
            streams.append(stream)
        if waiting:
            yield waiting
        return [self._released(stage, stream) for stream in streams]

    def _released(self, stage: Stage, stream: GuardedStream) -> str | None:
        started = time.perf_counter()
        text = stream.release()
        self.spent(stage, started)
        self.fold(stage, stream)
        return None if stream.blocked else text

    def decisions(self, decision_id: str) -> tuple[Decision, ...]:
        """Returns one decision for each stage that was looked at, as it stands."""
        return tuple(outcome.decision(decision_id) for outcome in self._outcomes.values())

    def close(self) -> None:
        """Adds what classifiers found that only looked on; to be called when they are done."""
        watched, self._watched = self._watched, []
        for stage, stream in watched:
            self._outcome(stage).add(stream)

    @property
    def longest_held(self) -> int:
        """The most characters that were held back at once in any text."""
        return max((outcome.longest_held for outcome in self._outcomes.values()), default=0)


async def drive(scanner: Scanner, steps: Steps[T]) -> T:
    """Runs steps to their end, without blocking the event loop."""
    while True:
        try:
            streams = next(steps)
        except StopIteration as stop:
            result: T = stop.value
            return result
        if len(streams) == 1:
            await scanner.loaded.engine.asettle(streams[0])
        elif streams:
            await asyncio.gather(*(scanner.loaded.engine.asettle(stream) for stream in streams))
        else:
            await asyncio.sleep(0)


def drive_now(steps: Steps[T]) -> T:
    """Runs steps that wait for no classifier to their end."""
    try:
        while True:
            next(steps)
    except StopIteration as stop:
        result: T = stop.value
        return result
