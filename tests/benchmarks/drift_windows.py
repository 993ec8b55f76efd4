"""Windows of traffic with and without a change, of twelve columns as production has them."""

from __future__ import annotations

from collections import Counter

import numpy as np
from tests.benchmarks.drift_records import buckets

from tokenward.decisions.columns import ALONE, GROUPS, MILLION
from tokenward.monitor.drift import DriftSettings, compare, decide
from tokenward.monitor.profile import Profile

USUAL = DriftSettings()
SESSION = 6
KEPT = 0.2
HARMLESS = ("plain", "sampled, weighted", "in sessions")
SHIFTS = (
    "rule 5 % to 15 %",
    "latency +30 %",
    "toxicity beta(1,20) to (1.5,20)",
    "new language 10 %",
)
MOVED = dict(zip(SHIFTS, ("rule", "total", "toxicity", "language"), strict=True))
NUMBERS = ("total", "ttft", "tokens", "toxicity", "injection", "pii", "length")
RATES = ("rare", "rule")


def columns(
    chance: np.random.Generator, count: int, shift: str | None = None
) -> dict[str, np.ndarray]:
    """Returns twelve columns: skewed, discrete, rare and categorical ones."""
    languages = ["en", "de", "fr", "es", "zh"]
    told = {
        "total": chance.lognormal(5, 0.5, count) * (1.3 if shift == SHIFTS[1] else 1),
        "ttft": chance.lognormal(4, 0.4, count),
        "tokens": chance.poisson(300, count).astype(float),
        "toxicity": chance.beta(1.5 if shift == SHIFTS[2] else 1, 20, count),
        "injection": chance.beta(1, 30, count),
        "pii": chance.poisson(0.1, count).astype(float),
        "length": chance.gamma(2, 400, count),
        "rare": (chance.random(count) < 0.01) * 1.0,
        "rule": (chance.random(count) < (0.15 if shift == SHIFTS[0] else 0.05)) * 1.0,
        "action": chance.choice(["allow", "redact", "block"], count, p=[0.9, 0.08, 0.02]),
        "language": chance.choice(languages, count),
        "route": chance.choice([f"route-{n}" for n in range(20)], count),
    }
    if shift == SHIFTS[3]:
        told["language"] = np.where(chance.random(count) < 0.1, "pt", told["language"])
    return told


def profile_of(values: dict[str, np.ndarray], weights: np.ndarray, groups: np.ndarray) -> Profile:
    """Counts rows column by column."""
    found = Profile()
    for group, weight in Counter(zip(groups.tolist(), weights.tolist(), strict=True)):
        mine = (groups == group) & (weights == weight)
        count = int(mine.sum())
        found.count(None, group, count, count * weight, count * weight**2)
        for name, column in values.items():
            kind = "rate" if name in RATES else "number" if name in NUMBERS else "category"
            keys = column[mine] if kind == "category" else buckets(column[mine])
            for key, n in Counter(keys.tolist()).items():
                found._column(name, kind).count(key, group, n, n * weight, n * weight**2)
    return found


def side(chance: np.random.Generator, count: int, way: str, shift: str | None = None) -> Profile:
    """Returns the profile of a window of about so many rows."""
    alone = np.full(count, ALONE)
    even = np.full(count, MILLION)
    if way == "plain":
        return profile_of(columns(chance, count, shift), even, alone)
    if way == "in sessions":
        sessions = count // SESSION
        values = columns(chance, count, shift)
        for name in ("language", "route", "total"):  # a session keeps its language, route and pace
            values[name] = values[name][np.repeat(np.arange(sessions), SESSION)]
        values = {name: column[: sessions * SESSION] for name, column in values.items()}
        groups = np.repeat(chance.integers(0, GROUPS, sessions), SESSION)
        return profile_of(values, even[: len(groups)], groups)
    values = columns(chance, round(count / 0.28), shift)  # a fifth of what is allowed is kept
    calm = values["action"] == "allow"
    kept = ~calm | (chance.random(len(calm)) < KEPT)
    weights = np.where(calm, round(MILLION / KEPT), MILLION)[kept]
    return profile_of(
        {name: column[kept] for name, column in values.items()},
        weights,
        np.full(len(weights), ALONE),
    )


class Windows:
    """Windows of ``size`` rows, each against a reference of its own; the seeds are fixed."""

    def __init__(self, reference: int, size: int, count: int) -> None:
        self.reference, self.size, self.count = reference, size, count

    def found(self, way: str, shift: str | None = None) -> list[set[str]]:
        """Returns the columns that alarm, for each window."""
        return [self._found(seed, way, shift) for seed in range(self.count)]

    def _found(self, seed: int, way: str, shift: str | None) -> set[str]:
        chance = np.random.default_rng(seed)
        reference = side(chance, self.reference, way)
        current = side(chance, self.size, way, shift)
        columns = decide(compare(reference, current, USUAL), USUAL)
        return {one.column for one in columns if one.drift_detected}

    def alarms(self, way: str) -> float:
        """Returns the share of windows without a change in which anything alarms."""
        return sum(map(bool, self.found(way))) / self.count

    def power(self, shift: str) -> tuple[float, float]:
        """Returns how often a change is found, and how often something else alarms."""
        found = self.found("plain", shift)
        moved = MOVED[shift]
        return (
            sum(moved in one for one in found) / self.count,
            sum(bool(one - {moved}) for one in found) / self.count,
        )
