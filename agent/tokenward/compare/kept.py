"""The runs of one side of a comparison: measured where they are not there yet, else read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tokenward.compare.asked import Asked, Progress, Side
from tokenward.compare.comparable import check_recorded
from tokenward.compare.early import Look
from tokenward.compare.gate.gate import Noise
from tokenward.compare.measure import measure
from tokenward.compare.must_pass import NAME, SAMPLES
from tokenward.compare.recorded import read_run
from tokenward.compare.run import RUN, Run
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError


@dataclass(frozen=True, slots=True)
class Kept:
    """A side with the folder of its runs; ``reference`` is the base's, for the optimized models."""

    asked: Asked
    side: Side
    progress: Progress
    reference: Path | None = None

    @property
    def folder(self) -> Path:
        """Where the run lies."""
        return Path(self.side.source) if self.side.recorded else self.asked.folder / self.side.name

    def run(self, look: Look) -> Run:
        """Returns the run over all suites, or over the cases of a look."""
        if self.side.recorded:
            return self._read(self.folder, self.asked.suites)
        return measure(
            self.side.source,
            self.side.options,
            self.asked.suites,
            self.side.sampling,
            noise=self.asked.gate.noise,
            folder=self.folder,
            reference=self.reference,
            cases=None if look.cases is None else {case for _, case in look.cases},
            progress=self._say,
        )

    def must_pass(self, suite: Suite) -> Run:
        """Returns the run over the cases that must never fail, each asked several times."""
        folder = self.folder / NAME
        if not self.side.recorded:
            return measure(
                self.side.source,
                self.side.options,
                [suite],
                replace(self.side.sampling, samples=SAMPLES),
                noise=Noise(repeat=0),
                folder=folder,
                progress=self._say,
            )
        if not (folder / RUN).is_file():
            raise UsageError(
                f"{self.folder}: recorded without the gate's must_pass cases; record it again "
                "with --gate and --record DIR"
            )
        return self._read(folder, [suite])

    @staticmethod
    def _read(folder: Path, suites: Sequence[Suite]) -> Run:
        run = read_run(folder)
        check_recorded(run, suites, str(folder))
        return run

    def _say(self, line: str) -> None:
        self.progress(f"{self.side.name}: {line}")
