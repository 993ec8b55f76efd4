"""What a suite's measures found in two runs: paired values, and what could not be measured."""

from __future__ import annotations

from dataclasses import dataclass, field

from tokenward.compare.metrics.metric import Paired


@dataclass(slots=True)
class Found:
    """Values by metric, and a line ``NAME: reason`` for each metric without any."""

    paired: list[Paired] = field(default_factory=list)
    unmeasured: list[str] = field(default_factory=list)

    def add(self, paired: Paired) -> None:
        """Adds a metric's values; one whose cases are all gone is unmeasured."""
        if paired.cases:
            self.paired.append(paired)
            return
        reason = "; ".join(paired.notes) or "no case of the suites tells it"
        self.lacks(paired.metric.name, reason)

    def lacks(self, name: str, reason: str) -> None:
        """Says that a metric has no values, and why."""
        self.unmeasured.append(f"{name}: {reason}")

    def join(self, other: Found) -> None:
        """Adds all that another suite found."""
        self.paired += other.paired
        self.unmeasured += other.unmeasured
