"""Times of two models side by side, in turns, so that a machine's moods hit both alike.

Both models are loaded, each in a process of its own; what one takes at another time of the day says
little. A block is some prompts, answered one after another by both, in the order A B B A from block
to block. The first blocks only warm up. Each prompt is given to a server with a
number of its own before it, so that none finds the beginning of it kept from another block or from
the other model (prefix caches).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from tokenward.compare.case import Case, Prompt
from tokenward.compare.recording import asked
from tokenward.compare.suites.suite import Suite
from tokenward.compare.timed import Model, Process
from tokenward.errors import UsageError
from tokenward.meters.energy import EnergyMeter

LEAST_BLOCKS = 8
"""Fewer have no interval."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is timed: about ``seconds`` in all, in ``blocks`` of at most ``prompts`` each.

    A slow model gets fewer prompts a block, then fewer blocks, but eight are always tried within
    twice the seconds.
    """

    seconds: float = 30.0
    blocks: int = 16
    prompts: int = 8
    warm_up: int = 2


@dataclass(frozen=True, slots=True)
class Turn:
    """What one model took for a block: seconds by request, and joules of the machine, if known.

    ``seconds`` are of the processor where ``clock`` of `Interleaved` says so, else of the wall.
    """

    seconds: tuple[float, ...]
    first: tuple[float | None, ...]
    tokens: tuple[int | None, ...]
    joules: float | None = None


@dataclass(frozen=True, slots=True)
class Interleaved:
    """Blocks of the base and the optimized model, pair by pair.

    ``energy`` tells which counters were read, or why none. ``lost`` are blocks in which a request
    failed on either side.
    """

    base: tuple[Turn, ...]
    optimized: tuple[Turn, ...]
    clock: str
    energy: str
    energy_measured: bool
    lost: int = 0
    prompts: int = 0
    identities: tuple[Mapping[str, Any], ...] = field(default=({}, {}))

    def as_dict(self) -> dict[str, Any]:
        """Returns it as files keep it."""
        return asdict(self)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Reads what `as_dict` returned, from JSON too."""
        turns = {side: tuple(_turn(one) for one in told[side]) for side in ("base", "optimized")}
        return cls(**{**told, **turns, "identities": tuple(told["identities"])})


def _turn(told: Mapping[str, Any]) -> Turn:
    lists = {key: tuple(told[key]) for key in ("seconds", "first", "tokens")}
    return Turn(**lists, joules=told["joules"])


def interleave(
    base: Model,
    optimized: Model,
    suites: Sequence[Suite],
    bounds: Bounds | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Interleaved:
    """Times two models on a few prompts of the suites.

    Raises:
        UpstreamError: A model's process ends, or its server fails.
        UsageError: A model cannot be loaded so.
    """
    bounds = bounds or Bounds()
    cases = chosen(suites, bounds.prompts)
    with Process(base) as one, Process(optimized) as other, EnergyMeter() as meter:
        return Race((one, other), cases, bounds, meter).run(progress)


def chosen(suites: Sequence[Suite], count: int) -> list[Case]:
    """Returns cases that are answered, of all suites alike, first those of other clusters."""
    answered = [
        [case for case in suite.cases if case.answered or not case.rated] for suite in suites
    ]
    ordered = []
    for cases in answered:
        firsts = {case.cluster: case for case in reversed(cases)}
        fresh = [case for case in cases if firsts[case.cluster] is case]
        ordered.append(fresh + [case for case in cases if firsts[case.cluster] is not case])
    turns = itertools.chain.from_iterable(itertools.zip_longest(*ordered))
    found = [case for case in turns if case is not None][:count]
    if not found:
        raise UsageError("no case of the suites is answered, so that nothing can be timed")
    return found


class Race:
    """Turns of both models, one after the other."""

    def __init__(
        self,
        sides: tuple[Process, Process],
        cases: Sequence[Case],
        bounds: Bounds,
        meter: EnergyMeter,
    ) -> None:
        self._sides = sides
        self._cases = cases
        self._bounds = bounds
        self._meter = meter
        self._numbers = itertools.count(1)
        self._lost = 0
        self._stuck = False

    def run(self, progress: Callable[[str], None]) -> Interleaved:
        """Warms up, and times as many blocks as there is time for."""
        for side in self._sides:
            side.ready()
        self._clock = "cpu" if all(side.one_thread for side in self._sides) else "wall"
        cases = self._fitting()
        pairs = list(self._pairs(cases, progress))
        energy = self._meter.so_far()
        elsewhere = any(side.is_endpoint for side in self._sides)
        reason = "the model runs elsewhere" if elsewhere else energy.unmeasured
        known = energy.measured and not elsewhere and not self._stuck
        if self._stuck and not elsewhere:
            reason = "the counters did not move within a block; give it more prompts"
        return Interleaved(
            tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs), self._clock,
            energy.source if known else reason or energy.source, known, self._lost, len(cases),
            tuple(side.identity for side in self._sides),
        )  # fmt: skip

    def _fitting(self) -> Sequence[Case]:
        """Returns as many cases as leave time for all blocks, by how long the warm-up took."""
        warm = self._cases[: self._bounds.warm_up]
        for side in self._sides:  # compiles, allocates, fills caches
            self._turn(side, warm)
        began = time.perf_counter()
        for side in self._sides:
            self._turn(side, warm)
        pair = (time.perf_counter() - began) / len(warm)
        fits = int(self._bounds.seconds / (self._bounds.blocks * max(pair, 1e-9)))
        return self._cases[: max(1, fits)]

    def _pairs(
        self, cases: Sequence[Case], progress: Callable[[str], None]
    ) -> Iterator[tuple[Turn, Turn]]:
        began = time.perf_counter()
        kept = 0
        for number in range(self._bounds.blocks):
            took = time.perf_counter() - began
            patience = self._bounds.seconds * (2 if kept < LEAST_BLOCKS else 1)
            if took > patience:
                return
            order = (0, 1) if number % 2 == 0 else (1, 0)
            turns = {place: self._turn(self._sides[place], cases) for place in order}
            one, other = turns[0], turns[1]
            if one is None or other is None:
                self._lost += 1
                continue
            kept += 1
            progress(f"timed {number + 1} of {self._bounds.blocks} blocks")
            yield one, other

    def _turn(self, side: Process, cases: Sequence[Case]) -> Turn | None:
        """Returns what a block took; ``None`` where a request of it failed."""
        asks = [self._ask(side, case) for case in cases]
        before = self._meter.so_far().joules
        told = side.block(asks)
        after = self._meter.so_far().joules
        if told["failed"]:
            return None
        used = None if before is None or after is None else after - before
        self._stuck = self._stuck or used == 0
        seconds = told[self._clock]
        return Turn(tuple(seconds), tuple(told["first"]), tuple(told["tokens"]), used)

    def _ask(self, side: Process, case: Case) -> dict[str, Any]:
        sampling = side.model.sampling
        prompt = asked(case, sampling)
        if side.is_endpoint:
            prompt = salted(prompt, next(self._numbers))
        key = [sampling.seed, f"{case.suite}/{case.id}", 0]
        return {"key": key, "prompt": prompt}


def salted(prompt: Prompt, number: int) -> Prompt:
    """Returns a prompt with a number before it, always as long.

    >>> salted("Where is it?", 7)
    '[000007] Where is it?'
    """
    mark = f"[{number:06d}] "
    if isinstance(prompt, str):
        return mark + prompt
    first, *rest = prompt
    return ({**first, "content": mark + first["content"]}, *rest)
