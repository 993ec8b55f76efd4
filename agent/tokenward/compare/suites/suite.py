"""A suite: cases under one name, with a hash by which recorded runs know it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from tokenward.compare.case import Case
from tokenward.errors import UsageError


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases under a name; ``format`` tells which metrics judge them (``tasks``, ``bbq``, ...)."""

    name: str
    format: str
    cases: tuple[Case, ...]

    @classmethod
    def of(cls, name: str, format_: str, cases: Iterable[Case], source: str) -> Suite:
        """Returns a suite; refuses an empty one and ids that come twice."""
        listed = tuple(cases)
        if not listed:
            raise UsageError(f"{source}: no case in it")
        seen: set[str] = set()
        for case in listed:
            if case.id in seen:
                raise UsageError(f"{source}: id {case.id!r} comes twice; give each case its own")
            seen.add(case.id)
        return cls(name, format_, listed)

    @property
    def sha256(self) -> str:
        """Returns the hash of all cases, in hex."""
        digest = hashlib.sha256(self.name.encode())
        for case in self.cases:
            digest.update(json.dumps(asdict(case), sort_keys=True, default=_plain).encode())
        return digest.hexdigest()

    @property
    def clusters(self) -> int:
        """Returns how many clusters the cases fall into."""
        return len({case.cluster for case in self.cases})


def _plain(value: Any) -> Any:
    return dict(value)
