"""Measures one metric of variants of a model against one base, in this process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokenward.compare.backends.base import Backend
from tokenward.compare.gate.gate import Noise
from tokenward.compare.job import Job
from tokenward.compare.metrics.known import names, paired
from tokenward.compare.metrics.metric import Paired
from tokenward.compare.recorded import Recording, read_run
from tokenward.compare.recording import Recorder
from tokenward.compare.run import Run
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError, one_of

Values = NDArray[np.float64]
AS_PREFIX = {"leak-context": "leak"}


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A metric of a variant: how much worse each case is than with the base, and the means."""

    cases: tuple[str, ...]
    clusters: tuple[str, ...]
    worse: Values
    base: float
    value: float


@dataclass(slots=True)
class Measuring:
    """A metric with its suites; ``folder`` keeps the runs of base and variants."""

    metric: str
    suites: tuple[Suite, ...]
    sampling: Sampling
    folder: Path
    cases: tuple[str, ...] | None = None
    runs: dict[str, Run] = field(default_factory=dict)

    @classmethod
    def of(
        cls, metric: str, suites: Sequence[Suite], sampling: Sampling, folder: Path,
        cases: Sequence[str] | None,
    ) -> Measuring:  # fmt: skip
        """Takes those of the suites that the metric is about; refuses one that nothing measures."""
        known = names(suites)
        if not any(fnmatchcase(metric, name) for name in known):  # pairs.gap.* is one of each group
            raise UsageError(f"bisect: unknown metric {metric!r}; {one_of(known)}")
        prefix = metric.partition(".")[0]
        about = [s for s in suites if prefix in (s.name, AS_PREFIX.get(s.format, s.format))]
        chosen = None if cases is None else tuple(cases)
        return cls(metric, tuple(about or suites), sampling, folder, chosen)

    def base(self, backend: Backend, source: str) -> None:
        """Runs the base, to which all variants are compared."""
        self.runs["base"] = self._run(backend, source, "base", None)

    def variant(self, backend: Backend, source: str, name: str) -> Found:
        """Runs a variant and returns its metric."""
        run = self._run(backend, source, name, self.folder / "base")
        found, unmeasured = paired(self.runs["base"], run, self.suites)
        for one in found:
            if one.metric.name == self.metric:
                return _found(one)
        reasons = [line for line in unmeasured if line.startswith(f"{self.metric}:")]
        raise UsageError(f"bisect: {reasons[0] if reasons else self.metric + ' has no values'}")

    def _run(self, backend: Backend, source: str, name: str, reference: Path | None) -> Run:
        details = {**backend.identity.details, "variant": name}
        backend.identity = replace(backend.identity, details=details)
        job = Job(
            source, {"variant": name}, self.suites, self.sampling, Noise(repeat=0),
            self.folder / name.replace(" ", "-"), reference=reference, cases=self.cases,
        )  # fmt: skip
        recording = Recording.open(job.folder)
        Recorder.begin(backend, job, recording).run(lambda *_: None)
        return read_run(job.folder)


def _found(paired_: Paired) -> Found:
    metric = paired_.metric
    difference: Any = paired_.optimized - paired_.base
    if paired_.weights is not None:  # sums: a case's own quotient
        difference = difference / paired_.weights
    worse = {"lower": difference, "higher": -difference, "none": np.abs(difference)}[metric.better]
    weights = paired_.weights
    base, value = (
        float(side.sum() / weights.sum()) if weights is not None else float(side.mean())
        for side in (paired_.base, paired_.optimized)
    )
    return Found(paired_.cases, paired_.clusters, worse, base, value)
