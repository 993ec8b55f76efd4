"""Makes a run of the scores that another tool logged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tokenward.compare.backends.base import Identity
from tokenward.compare.run import Run, ScoreRow, Usage
from tokenward.compare.sampling import Sampling

GROUPS = "groups"
"""The key of a run's details that has the tasks of each group."""


def logged(
    kind: str,
    path: Path,
    scores: Sequence[ScoreRow],
    *,
    model: str,
    sampling: Sampling,
    details: Mapping[str, Any],
) -> Run:
    """Returns a run without answers; its suites have hashes of what their cases are."""
    suites: dict[str, list[ScoreRow]] = {}
    for row in scores:
        suites.setdefault(row.suite, []).append(row)
    identity = Identity(kind=kind, source=model, details={**details, "log": path.name})
    return Run(
        folder=path,
        identity=identity.as_dict(),
        sampling=sampling,
        suites={name: _hash(row.case + row.asked for row in some) for name, some in suites.items()},
        can=frozenset(),
        usage=Usage(0.0, 0.0, 0.0, unmeasured=f"{kind} logs do not say"),
        scores=tuple(scores),
        details={"imported": kind, **details},
    )


def _hash(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(set(parts))).encode()).hexdigest()
