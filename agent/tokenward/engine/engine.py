"""Runs a compiled policy: opens streams and scores their units, for sync and async drivers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

from tokenward.engine.batcher import Batcher, judge_of
from tokenward.engine.compile import ANY_STAGE, CompiledPolicy
from tokenward.errors import UsageError, one_of
from tokenward.stream.guarded import GuardedStream, Unit
from tokenward.stream.plan import StagePlan, UnitPart
from tokenward.types import STAGES, SpanDetector


class Engine:
    """One policy at work; its detectors and their queues are shared by all streams.

    ``observe(detector, seconds)``, if given, is told what each scoring of units took.
    """

    def __init__(
        self, compiled: CompiledPolicy, observe: Callable[[str, float], None] | None = None
    ) -> None:
        self.compiled = compiled
        self._observe = observe
        self._empty = {
            stage: StagePlan(stage, compiled.plans[ANY_STAGE].policy, (), (), ())
            for stage in STAGES
        }
        self._batchers: dict[str, Batcher] = {
            name: Batcher(detector, observe and partial(observe, name))
            for name, detector in compiled.detectors.items()
            if not isinstance(detector, SpanDetector) and not detector.inline
        }

    def plan(self, stage: str | None) -> StagePlan:
        """Returns the plan of a stage, of all stages together for ``None``."""
        if stage is None:
            return self.compiled.plans[ANY_STAGE]
        if stage not in STAGES:
            raise UsageError(f"unknown stage {stage!r}; {one_of(STAGES)}")
        return self.compiled.plans.get(stage) or self._empty[stage]

    def open(self, stage: str | None, *, rewind: bool = False) -> GuardedStream:
        """Opens the guard of one text."""
        return GuardedStream(self.plan(stage), rewind=rewind)

    def settle(self, stream: GuardedStream) -> None:
        """Scores what the stream waits for, all together, within the rules' deadlines."""
        waiting = [
            (unit, self._batchers[unit.part.name].submit(unit.text)) for unit in self.inline(stream)
        ]
        for unit, future in waiting:
            try:
                scores = future.result(unit.part.deadline)
            except Exception:  # noqa: BLE001  # raised, late or overloaded: the unit's rules decide
                future.cancel()
                stream.fail(unit)
            else:
                stream.resolve(unit, scores)

    async def asettle(self, stream: GuardedStream) -> None:
        """Scores what the stream waits for, without blocking the event loop."""
        units = self.inline(stream)
        if units:
            await asyncio.gather(*(self._await(stream, unit) for unit in units))

    async def _await(self, stream: GuardedStream, unit: Unit) -> None:
        future = asyncio.wrap_future(self._batchers[unit.part.name].submit(unit.text))
        try:
            scores = await asyncio.wait_for(future, unit.part.deadline)
        except Exception:  # noqa: BLE001  # as above; a cancelled task is not an Exception
            stream.fail(unit)
        else:
            stream.resolve(unit, scores)

    def inline(self, stream: GuardedStream) -> list[Unit]:
        """Scores the units of cheap classifiers at once; returns the others."""
        units = stream.units()
        if not units:
            return units
        cheap: dict[str, list[Unit]] = {}
        heavy: list[Unit] = []
        for unit in units:
            if unit.part.detector.inline:
                cheap.setdefault(unit.part.name, []).append(unit)
            else:
                heavy.append(unit)
        for some in cheap.values():
            self._score_inline(stream, some[0].part, some)
        return heavy

    def _score_inline(self, stream: GuardedStream, part: UnitPart, some: list[Unit]) -> None:
        started = time.perf_counter()
        try:
            rows = judge_of(part.detector)([unit.text for unit in some])
            for unit, row in zip(some, rows, strict=True):
                stream.resolve(unit, row)
        except Exception:  # noqa: BLE001  # a detector may fail in any way; its rules decide
            for unit in some:
                stream.fail(unit)
        if self._observe is not None:
            self._observe(part.name, time.perf_counter() - started)

    def close(self) -> None:
        """Ends the worker threads."""
        for batcher in self._batchers.values():
            batcher.close()
