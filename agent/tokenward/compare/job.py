"""What one worker does: a model, its options, the cases, and the folder that it leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tokenward.compare.case import Case
from tokenward.compare.gate.gate import Noise
from tokenward.compare.sampling import Sampling
from tokenward.compare.suites.suite import Suite

NOISE_CASES = 100
"""Cases of a suite, about, on which the noise floor is measured; whole clusters are taken."""


@dataclass(frozen=True, slots=True)
class Job:
    """A run to make of a model; ``cases`` are the ids to run, all where it is ``None``.

    ``reference`` is the folder of the base's run, ``None`` for the base itself. ``noise`` says how
    the floor is measured, and on about how many cases of a suite.
    """

    source: str
    options: Mapping[str, Any]
    suites: tuple[Suite, ...]
    sampling: Sampling
    noise: Noise
    folder: Path
    reference: Path | None = None
    cases: tuple[str, ...] | None = None
    noise_cases: int = NOISE_CASES
    watched: bool = False
    """Whether the worker ends when whoever started it is gone (its standard input then ends)."""
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Returns the job as the worker reads it."""
        suites = [
            {"name": one.name, "format": one.format, "cases": [_plain(c) for c in one.cases]}
            for one in self.suites
        ]
        told = {
            "source": self.source,
            "options": dict(self.options),
            "suites": suites,
            "sampling": asdict(self.sampling),
            "noise": asdict(self.noise),
            "folder": str(self.folder),
            "reference": None if self.reference is None else str(self.reference),
            "cases": self.cases,
            "noise_cases": self.noise_cases,
            "watched": self.watched,
            "details": dict(self.details),
        }
        return json.dumps(told)

    @classmethod
    def from_json(cls, text: str) -> Job:
        """Reads what `to_json` wrote."""
        told = json.loads(text)
        suites = tuple(
            Suite(one["name"], one["format"], tuple(_case(c) for c in one["cases"]))
            for one in told.pop("suites")
        )
        reference, cases = told.pop("reference"), told.pop("cases")
        return cls(
            suites=suites,
            sampling=sampling_of(told.pop("sampling")),
            noise=noise_of(told.pop("noise")),
            folder=Path(told.pop("folder")),
            reference=None if reference is None else Path(reference),
            cases=None if cases is None else tuple(cases),
            **told,
        )


def sampling_of(told: Mapping[str, Any]) -> Sampling:
    """Returns the sampling that a file states."""
    return Sampling(**{**told, "stop": tuple(told["stop"])})


def noise_of(told: Mapping[str, Any]) -> Noise:
    """Returns the noise settings that a file states."""
    return Noise(**{**told, "batch": tuple(told["batch"])})


def _plain(case: Case) -> dict[str, Any]:
    # replaced, for asdict copies no mapping that is no dict
    return asdict(replace(case, expect=dict(case.expect)))


def _case(told: dict[str, Any]) -> Case:
    prompt = told["prompt"]
    if not isinstance(prompt, str):
        prompt = tuple(prompt)
    return Case(**{**told, "prompt": prompt, "rated": tuple(told["rated"])})
