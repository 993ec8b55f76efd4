"""The figures of the page that shows what happens now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tokenward.dashboard.trend import Sample, Series, Trend, read
from tokenward.types import ACTIONS

REQUESTS, TEXTS, DEGRADED, PRESSURE, GUARD, FIRST_TOKEN = (
    "tokenward_outcomes_total", "tokenward_requests_total", "tokenward_degraded_total",
    "tokenward_pressure", "tokenward_guard_seconds", "tokenward_time_to_first_token_seconds",
)  # fmt: skip
MIDDLE, HIGH, HIGHEST = 0.5, 0.95, 0.99
BINS = 60
MOST_NAMES = 3


class Live(Protocol):
    """A process, or several, that guard requests."""

    trend: Trend

    def now(self) -> Mapping[str, Any]:
        """Returns what happens now, and what has happened since the start."""

    def metrics(self) -> bytes:
        """Returns all metrics in Prometheus' text format."""

    def clock(self) -> float:
        """Returns the seconds of a clock that only goes on."""


@dataclass(frozen=True, slots=True)
class Card:
    """One figure: ``value`` in large, ``detail`` below it, ``values`` as a curve."""

    title: str
    value: float | None
    kind: str
    detail: tuple[tuple[str, float | None, str], ...] = ()
    values: tuple[float | None, ...] = ()
    note: str = ""


@dataclass(slots=True)
class Group:
    """The newest records of one policy and model label."""

    policy: str | None
    model_label: str | None
    records: int = 0
    weight: float = 0.0
    actions: dict[str, float] = field(default_factory=dict)
    degraded: float = 0.0
    guard: list[float] = field(default_factory=list, repr=False)
    first_token: list[float] = field(default_factory=list, repr=False)

    def take(self, row: Mapping[str, Any]) -> None:
        """Counts a record, for as many as it stands for."""
        weight = row["sample_weight"]
        self.records += 1
        self.weight += weight
        self.actions[row["action"]] = self.actions.get(row["action"], 0.0) + weight
        self.degraded += weight * bool(row["is_degraded"])
        if row["guard_seconds"] is not None:
            self.guard.append(row["guard_seconds"])
        if row["ttft_seconds"] is not None:
            self.first_token.append(row["ttft_seconds"])

    def as_dict(self) -> dict[str, Any]:
        """Returns the figures of the group."""
        ordered = {name: self.actions[name] for name in ACTIONS if name in self.actions}
        return {
            "policy": self.policy,
            "model_label": self.model_label,
            "records": self.records,
            "requests": self.weight,
            "actions": {name: value / self.weight for name, value in ordered.items()},
            "degraded": self.degraded / self.weight if self.weight else None,
            "guard_seconds": quantiles(self.guard, (MIDDLE, HIGH, HIGHEST)),
            "ttft_seconds": quantiles(self.first_token, (MIDDLE, HIGH)),
        }


def quantiles(values: list[float], wanted: Sequence[float]) -> dict[str, float | None]:
    """Returns percentiles by name, each a value that was there.

    >>> quantiles([3.0, 1.0, 2.0], (0.5, 0.95)), quantiles([], (0.5,))
    ({'p50': 2.0, 'p95': 3.0}, {'p50': None})
    """
    values.sort()
    last = len(values) - 1
    return {
        f"p{100 * q:.0f}": values[min(last, int(q * len(values)))] if values else None
        for q in wanted
    }


def cards(now: Mapping[str, Any], series: Series) -> list[Card]:
    """Returns the figures of processes that are at work."""
    degraded = tuple((name, value, "count") for name, value in now["degraded"].items())
    return [
        asked(now, series),
        not_allowed(series),
        timing("Guard latency", series, GUARD, HIGH, (MIDDLE, HIGHEST)),
        timing("First token", series, FIRST_TOKEN, MIDDLE, (HIGH, HIGHEST)),
        Card(
            "Degraded",
            series.samples[-1].total(DEGRADED),
            "count",
            degraded[:MOST_NAMES],
            tuple(series.rates(DEGRADED)),
            "detectors that failed or were left out",
        ),
        fullest(series),
    ]


def asked(now: Mapping[str, Any], series: Series) -> Card:
    """Returns how many requests come."""
    rates = series.rates(REQUESTS)
    since = series.samples[-1].total(REQUESTS)
    return Card(
        "Requests",
        next((one for one in reversed(rates) if one is not None), None),
        "rate",
        (("since the start", since, "count"), ("open", now["open"], "count")),
        tuple(rates),
    )


def not_allowed(series: Series) -> Card:
    """Returns which share of all texts was not left as it was."""
    texts = series.samples[-1].counts.get(TEXTS, {})
    whole = sum(texts.values())
    return Card(
        "Texts not allowed",
        1 - texts.get("allow", 0.0) / whole if whole else None,
        "share",
        tuple((name, texts[name], "count") for name in ACTIONS[1:] if texts.get(name)),
        tuple(series.shares(TEXTS, but=("allow",))),
    )


def fullest(series: Series) -> Card:
    """Returns the pressure of the resource of which the greatest share is in use."""
    pressure = series.samples[-1].gauges.get(PRESSURE, {})
    name = max(pressure, key=lambda name: pressure[name], default="")
    words = f"of {name.replace('_', ' ')}, the fullest resource" if name else ""
    return Card("Pressure", pressure.get(name), "share", (), tuple(series.gauges(PRESSURE)), words)


def timing(title: str, series: Series, name: str, main: float, more: Sequence[float]) -> Card:
    """Returns the percentiles of a histogram, over the last minutes."""
    return Card(
        f"{title}, p{100 * main:.0f}",
        series.lately(name, main),
        "seconds",
        tuple((f"p{100 * q:.0f}", series.lately(name, q), "seconds") for q in more),
        tuple(series.percentiles(name, main)),
    )


def sample_of(live: Live) -> Sample:
    """Returns the metrics as they are now."""
    return read(live.metrics(), live.clock())


def groups(rows: Sequence[Mapping[str, Any]]) -> list[Group]:
    """Returns the newest records by policy and model label, the largest group first."""
    found: dict[tuple[str | None, str | None], Group] = {}
    for row in rows:
        key = row["policy"], row["model_label"]
        found.setdefault(key, Group(*key)).take(row)
    return sorted(found.values(), key=lambda one: -one.weight)


def per_time(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[float | None]]:
    """Returns requests a second, and shares that were not allowed, over the time of some rows.

    The rows are the newest first; the first and the last bin may not be whole, and are left out.
    """
    if len(rows) < 2 or rows[0]["time"] <= rows[-1]["time"]:  # noqa: PLR2004  # a length of time
        return {"rate": [], "share": []}
    first, last = rows[-1]["time"], rows[0]["time"]
    width = (last - first) / BINS
    whole: defaultdict[int, float] = defaultdict(float)
    part: defaultdict[int, float] = defaultdict(float)
    for row in rows:
        at = int((row["time"] - first) / width)
        whole[at] += row["sample_weight"]
        part[at] += row["sample_weight"] * (row["action"] != "allow")
    bins = range(1, BINS - 1)
    return {
        "rate": [whole[at] / width for at in bins],
        "share": [part[at] / whole[at] if whole[at] else None for at in bins],
    }
