"""What must hold for any detector that judges whole units, be they scored or tagged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median
from typing import Any

from tokenward.engine.batcher import judge_of
from tokenward.testing.report import NotMeasuredError
from tokenward.testing.texts import run_of
from tokenward.testing.work import growth, remembers, seconds
from tokenward.types import UnitDetector

MARKER = "Zqxj7Wv"
LONG = 200_000
THREADS = 4
INLINE_SECONDS = 0.005
"""Median processor time of a unit of 200 characters above which 'inline' is not true."""

Rows = Sequence[Any]
Differences = Callable[[Rows, Rows], Iterator[str]]
"""Says where two results for the same texts are not the same."""


@dataclass(frozen=True, slots=True)
class Judging:
    """One detector at work; each method yields the faults of one check."""

    detector: UnitDetector
    differences: Differences

    def judge(self, texts: Sequence[str]) -> Rows:
        """Returns what the detector says of each text."""
        return judge_of(self.detector)(texts)

    def none(self) -> Iterator[str]:
        """Gives it no text at all."""
        rows = self.judge([])
        if len(rows):
            yield f"no texts gave {len(rows)} rows"

    def batch(self, samples: Sequence[str]) -> Iterator[str]:
        """Compares a batch with its texts one by one."""
        single = [self.judge([text])[0] for text in samples]
        yield from self.differences(self.judge(samples), single)

    def order(self, samples: Sequence[str]) -> Iterator[str]:
        """Compares a batch with the same one backwards."""
        backwards = list(self.judge(list(reversed(samples))))
        yield from self.differences(self.judge(samples), backwards[::-1])

    def again(self, samples: Sequence[str]) -> Iterator[str]:
        """Compares what it says of the same texts twice."""
        doubled = self.judge([*samples, *samples])
        yield from self.differences(doubled[: len(samples)], doubled[len(samples) :])

    def threads(self, samples: Sequence[str]) -> Iterator[str]:
        """Inline detectors run in the thread of each stream; the others have one worker each."""
        if not self.detector.inline:
            raise NotMeasuredError("it is not inline: one worker thread does the work")
        alone = self.judge(samples)
        with ThreadPoolExecutor(THREADS) as pool:
            for rows in pool.map(self.judge, [list(samples)] * (2 * THREADS)):
                yield from self.differences(alone, rows)

    def forgets(self, samples: Sequence[str]) -> Iterator[str]:
        """Looks for a text in the detector after its work."""
        self.judge([MARKER, *(f"{MARKER} {sample}" for sample in samples)])
        if remembers(self.detector, MARKER):
            yield "text that it was given still hangs on the detector"

    def inline(self) -> Iterator[str]:
        """Measures what ``inline`` promises."""
        if not self.detector.inline:
            raise NotMeasuredError("it is not inline")
        unit = run_of("Some words of a plain sentence that goes on. ", 200)
        taken = median(seconds(lambda: self.judge([unit])) for _ in range(15))
        if taken > INLINE_SECONDS:
            yield f"a unit takes {1000 * taken:.1f} ms; set inline to False, for workers to do it"

    def work(self) -> Iterator[str]:
        """Measures how the work grows with the text."""
        for piece in ("a", "a ", "Some words of a sentence. ", "1-", "\u4e2d"):
            text = run_of(piece, LONG)
            faults = growth(lambda size, text=text: self.judge([text[:size]]))  # type: ignore[misc]
            yield from (f"a run of {piece!r}: {fault}" for fault in faults)
