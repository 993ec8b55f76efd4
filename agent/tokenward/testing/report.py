"""What a conformance battery found out: a list of checks, each passed, failed or not measured."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from tokenward.errors import TokenwardError

Outcome = Literal["passed", "failed", "not measured"]
SHOWN = 3
"""Faults of one check that are shown; the first ones say enough."""


class NotMeasuredError(TokenwardError):
    """A check cannot be made here, and why; it does not count as passed."""


class ConformanceError(TokenwardError, AssertionError):
    """Something under test breaks the contract; ``report`` holds every check."""

    exit_code = 1

    def __init__(self, report: Report) -> None:
        what = "breaks the contract" if report.failures else "was not examined"
        checks = report.failures or [c for c in report.checks if c.outcome != "passed"]
        faults = "; ".join(f"{check.name}: {check.detail}" for check in checks)
        super().__init__(f"{report.subject} {what}: {faults or 'nothing was measured'}")
        self.report = report


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``detail`` says what was wrong, or what was measured."""

    name: str
    outcome: Outcome
    detail: str = ""

    def as_dict(self) -> dict[str, str]:
        """Returns the check as ``tokenward plugins check --json`` prints it."""
        return {"name": self.name, "outcome": self.outcome, "detail": self.detail}

    def __str__(self) -> str:
        return f"{self.outcome:>12}  {self.name}{f': {self.detail}' if self.detail else ''}"


@dataclass(frozen=True, slots=True)
class Report:
    """All checks of one subject; ``complete`` says whether it could be examined at all.

    >>> print(Report("detector 'x'", (Check("opens", "passed"),)))
    detector 'x': 1 passed, 0 failed, 0 not measured
          passed  opens
    """

    subject: str
    checks: tuple[Check, ...]
    complete: bool = True

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.outcome == "failed")

    @property
    def passed(self) -> bool:
        """Whether it was examined and nothing failed; what was not measured has not passed."""
        some = any(check.outcome == "passed" for check in self.checks)
        return self.complete and some and not self.failures

    def require(self) -> Report:
        """Returns the report; raises ``ConformanceError`` where it did not pass."""
        if not self.passed:
            raise ConformanceError(self)
        return self

    def as_dict(self) -> dict[str, Any]:
        """Returns the report as ``tokenward plugins check --json`` prints it."""
        return {
            "subject": self.subject,
            "passed": self.passed,
            "checks": [check.as_dict() for check in self.checks],
        }

    def __str__(self) -> str:
        words: tuple[Outcome, ...] = ("passed", "failed", "not measured")
        counts = (f"{sum(c.outcome == word for c in self.checks)} {word}" for word in words)
        return "\n".join([f"{self.subject}: {', '.join(counts)}", *map(str, self.checks)])


def measure(name: str, faults: Iterable[str], detail: str = "") -> Check:
    """Makes a check of a source of faults: none, and it passed; whatever it raises is a fault too.

    >>> measure("counts", iter(["two"])).outcome
    'failed'
    """
    try:
        found = list(islice(faults, SHOWN))
    except NotMeasuredError as reason:
        return Check(name, "not measured", str(reason))
    except Exception as error:  # noqa: BLE001  # whatever code under test raises is what we look for
        return Check(name, "failed", raised(error))
    return Check(name, "failed", "; ".join(found)) if found else Check(name, "passed", detail)


def raised(error: Exception) -> str:
    """Returns which exception came from where; its message may hold text, and is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"raised {type(error).__name__}{place}"
