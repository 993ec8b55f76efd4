"""What measuring costs beside the model's own work: ``python -m tests.benchmarks.bench_compare``.

200 prompts of the demo model, 64 tokens each, one thread. ``bare`` is `generate` of transformers on
the same prompts in the same batches and nothing else; ``measured`` is a recorded run of the same,
with its rows on the disk. They take turns in one process, the clock is the process's own, and a
ratio is the median of those of the rounds. ``rated`` is one forward pass over the drawn
continuations against one with its ratings and divergences. ``variant`` is all that one optimized
model costs without the start of its process: answers, both kinds of ratings, and the noise floor.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

from tokenward.compare.backends.opened import open_backend
from tokenward.compare.backends.transformers import Batch, TransformersBackend
from tokenward.compare.case import Case
from tokenward.compare.gate.gate import Noise
from tokenward.compare.job import Job
from tokenward.compare.recorded import Recording
from tokenward.compare.recording import Recorder
from tokenward.compare.sampling import Sampling
from tokenward.compare.steps import steps
from tokenward.compare.suites.suite import Suite

NEW = 64
ASKED = "Where is my order {}?", "I want to return {} books.", "My number is {}. Can you call me?"


@dataclass(frozen=True)
class Row:
    """A figure, the seconds of both sides where there are two, and what it must be at most."""

    figure: str
    value: float
    bare: float | None = None
    measured: float | None = None
    most: float | None = None

    @property
    def met(self) -> str:
        if self.most is None:
            return ""
        return "yes" if self.value <= self.most else "NO"


class Bench:
    """A model that never ends by itself, so that each answer has all its tokens."""

    def __init__(self, prompts: int, rounds: int, folder: Path) -> None:
        self.rounds, self.folder, self.runs = rounds, folder, 0
        self.backend: Any = open_backend("demo", {"threads": 1})
        assert isinstance(self.backend, TransformersBackend)
        self.backend.ends = frozenset()
        self.backend.model.generation_config.eos_token_id = None
        self.cases = [
            Case(f"c{i}", "s", f"k{i}", ({"role": "user", "content": ASKED[i % 3].format(i)},))
            for i in range(prompts)
        ]

    def rows(self) -> Iterator[Row]:
        for batch in (1, 8, 50):
            yield self.answered(batch)
        yield self.rated()
        yield self.variant()

    def answered(self, batch: int) -> Row:
        sampling = Sampling(max_new_tokens=NEW, batch=batch)
        ordered = sorted(self.cases, key=lambda case: len(str(case.prompt)))
        ids = [self.backend.reader.prompt(case.prompt) for case in ordered]
        cut = [Batch.of(ids[at : at + batch], 0, "cpu") for at in range(0, len(ids), batch)]

        def bare() -> None:
            for one in cut:
                self.backend.model.generate(
                    one.ids, attention_mask=one.mask, max_new_tokens=NEW, do_sample=False
                )

        job = self._job("tasks", sampling, Noise(repeat=0))
        name = f"answers, batch {batch}: measured / bare"
        return self._turns(name, bare, lambda: self._record(job), 1.2)

    def rated(self) -> Row:
        sampling = Sampling(max_new_tokens=NEW, batch=8)
        base = self._record(self._job("quality", sampling, Noise(repeat=0)))
        job = self._job("quality", sampling, Noise(repeat=0), base)
        recorder = Recorder.begin(self.backend, job, Recording.open(self._folder()))
        ordered = sorted(self.cases, key=lambda case: len(str(case.prompt)))
        pairs = [
            (self.backend.reader.prompt(c.prompt), list(drawn.tokens or ()))
            for c in ordered
            if (drawn := recorder.drawn.get("s", c.id))
        ]
        parts = [
            Batch.of([[*b, *t] for b, t in pairs[at : at + 8]], 0, "cpu")
            for at in range(0, len(pairs), 8)
        ]

        def bare() -> None:
            with torch.no_grad():
                for one in parts:
                    self.backend.model(
                        one.ids, attention_mask=one.mask, position_ids=one.places, use_cache=False
                    )

        def measured() -> None:
            job = self._job("quality", sampling, Noise(repeat=0), base)
            recorder = Recorder.begin(self.backend, job, Recording.open(self._folder()))
            for step in steps(job):
                if step.work == "rate":
                    recorder.rate(step)

        return self._turns("ratings with divergences, batch 8: measured / bare", bare, measured)

    def variant(self) -> Row:
        sampling = Sampling(max_new_tokens=NEW, batch=50)
        base = self._record(self._job("quality", sampling, Noise()))
        took = self._seconds(lambda: self._record(self._job("quality", sampling, Noise(), base)))
        return Row("a variant with its noise floor, batch 50, cpu seconds", took, most=10.0)

    def _turns(
        self, figure: str, bare: Callable[[], Any], measured: Callable[[], Any],
        most: float | None = None,
    ) -> Row:  # fmt: skip
        took = [(self._seconds(bare), self._seconds(measured)) for _ in range(self.rounds)]
        ratio = statistics.median(other / one for one, other in took)
        one, other = (statistics.median(side) for side in zip(*took, strict=True))
        return Row(figure, ratio, one, other, most)

    def _seconds(self, work: Callable[[], Any]) -> float:
        began = time.process_time()
        work()
        return time.process_time() - began

    def _job(
        self, format_: str, sampling: Sampling, noise: Noise, reference: Path | None = None
    ) -> Job:
        suite = Suite("s", format_, tuple(self.cases))
        return Job("demo", {}, (suite,), sampling, noise, self.folder, reference=reference)

    def _record(self, job: Job) -> Path:
        folder = self._folder()
        Recorder.begin(self.backend, job, Recording.open(folder)).run(lambda *_: None)
        return folder

    def _folder(self) -> Path:
        self.runs += 1
        return self.folder / str(self.runs)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for row in Bench(told.prompts, told.rounds, Path(folder)).rows():
            rows.append({**vars(row), "met": row.met})
            if not told.json:
                sides = "" if row.bare is None else f"  {row.bare:.2f} s, {row.measured:.2f} s"
                print(f"{row.figure:55s} {row.value:6.3f} {row.met:4s}{sides}", flush=True)
    if told.json:
        print(json.dumps({"prompts": told.prompts, "rounds": told.rounds, "rows": rows}))


if __name__ == "__main__":
    main()
