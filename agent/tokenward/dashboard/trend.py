"""What the metrics said in the last half hour, for the small curves of the page."""

from __future__ import annotations

import math
import threading
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

SECONDS = 10.0
"""From one sample to the next."""
SAMPLES = 180
WINDOW = 30
"""Samples over which percentiles are taken: five minutes."""

COUNTERS = {
    "tokenward_outcomes_total": "outcome",
    "tokenward_requests_total": "action",
    "tokenward_degraded_total": "detector",
}
GAUGES = {"tokenward_pressure": "resource"}
HISTOGRAMS = ("tokenward_guard_seconds", "tokenward_time_to_first_token_seconds")

Buckets = tuple[tuple[float, float], ...]
"""Upper bounds, and how many values are not above them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Metrics at a time of a clock that only goes on: counts since the start."""

    time: float
    counts: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    gauges: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    buckets: Mapping[str, Buckets] = field(default_factory=dict)

    def total(self, name: str) -> float:
        """Returns a counter over all labels."""
        return sum(self.counts.get(name, {}).values())


def read(text: bytes, time: float) -> Sample:
    r"""Returns a sample of metrics in Prometheus' text format, as our own client writes it.

    >>> read(b'tokenward_outcomes_total{outcome="ok",route="a"} 2.0\n', 0.0).counts
    {'tokenward_outcomes_total': {'ok': 2.0}}
    """
    counts: dict[str, dict[str, float]] = {}
    gauges: dict[str, dict[str, float]] = {}
    buckets: dict[str, dict[float, float]] = {}
    for line in text.decode("utf-8", "replace").splitlines():
        head, _, value = line.rpartition(" ")
        name, _, labels = head.partition("{")
        if line[:1] == "#" or not name.startswith("tokenward_"):
            continue
        if name in COUNTERS:
            known = counts.setdefault(name, {})
            key = label(labels, COUNTERS[name])
            known[key] = known.get(key, 0.0) + float(value)
        elif name in GAUGES:
            gauges.setdefault(name, {})[label(labels, GAUGES[name])] = float(value)
        elif name.removesuffix("_bucket") in HISTOGRAMS and name.endswith("_bucket"):
            below = buckets.setdefault(name.removesuffix("_bucket"), {})
            bound = float(label(labels, "le"))
            below[bound] = below.get(bound, 0.0) + float(value)
    told = {name: tuple(sorted(below.items())) for name, below in buckets.items()}
    return Sample(time, counts, gauges, told)


def label(labels: str, name: str) -> str:
    r"""Returns the value of a label.

    >>> label('le="0.1",stage="input"}', "stage"), label('resource="a\\"b"}', "resource")
    ('input', 'a"b')
    """
    start = labels.find(f'{name}="')
    if start < 0:
        return ""
    value, at = [], start + len(name) + 2
    while at < len(labels) and labels[at] != '"':
        at += labels[at] == "\\"
        value.append(labels[at : at + 1])
        at += 1
    return "".join(value)


class Trend:
    """The newest samples; filled by one thread, read by others."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=SAMPLES)
        self._lock = threading.Lock()

    def add(self, text: bytes, time: float) -> None:
        """Takes metrics as they are now."""
        sample = read(text, time)
        with self._lock:
            self._samples.append(sample)

    def series(self, *now: Sample) -> Series:
        """Returns what is known, with the newest sample behind it."""
        with self._lock:
            samples = tuple(self._samples)
        return Series((*samples, *now))


@dataclass(frozen=True, slots=True)
class Series:
    """Samples in their order; values are over the time between two."""

    samples: Sequence[Sample]

    def rates(self, name: str, *, but: Sequence[str] = ()) -> list[float | None]:
        """Returns how much of a counter came each second; labels in ``but`` are left out."""

        def value(sample: Sample) -> float:
            counts = sample.counts.get(name, {})
            return sum(one for key, one in counts.items() if key not in but)

        return [
            per(value(after) - value(before), after.time - before.time)
            for before, after in self.pairs()
        ]

    def shares(self, name: str, *, but: Sequence[str]) -> list[float | None]:
        """Returns which share of what came had none of these labels."""
        return [
            None if part is None or not whole else part / whole
            for part, whole in zip(self.rates(name, but=but), self.rates(name), strict=True)
        ]

    def gauges(self, name: str) -> list[float | None]:
        """Returns the greatest value of a gauge at each time."""
        return [max(one.gauges.get(name, {}).values(), default=None) for one in self.samples]

    def percentiles(self, name: str, q: float) -> list[float | None]:
        """Returns a percentile of the values of each time."""
        return [
            percentile(difference(after.buckets.get(name, ()), before.buckets.get(name, ())), q)
            for before, after in self.pairs()
        ]

    def lately(self, name: str, q: float) -> float | None:
        """Returns a percentile of the values of the last minutes; since the start if none came."""
        if not self.samples:
            return None
        last = self.samples[-1].buckets.get(name, ())
        first = self.samples[max(0, len(self.samples) - 1 - WINDOW)].buckets.get(name, ())
        found = percentile(difference(last, first), q)
        return percentile(last, q) if found is None else found

    def pairs(self) -> Iterator[tuple[Sample, Sample]]:
        """Returns each sample with the next one."""
        return pairwise(self.samples)


def per(amount: float, time: float) -> float | None:
    """Returns an amount a second; ``None`` where the count began again or no time passed."""
    return amount / time if amount >= 0 and time > 0 else None


def difference(last: Buckets, first: Buckets) -> Buckets:
    """Returns what came between two times; all of it where the count began again."""
    before = dict(first)
    if any(value < before.get(bound, 0.0) for bound, value in last):
        return last
    return tuple((bound, value - before.get(bound, 0.0)) for bound, value in last)


def percentile(buckets: Buckets, q: float) -> float | None:
    """Returns an estimate of a percentile: on a line within its bucket, as Prometheus does.

    >>> percentile(((1.0, 50.0), (2.0, 100.0), (math.inf, 100.0)), 0.75)
    1.5
    """
    if not buckets or buckets[-1][1] <= 0:
        return None
    bounds = [bound for bound, _ in buckets]
    below = [value for _, value in buckets]
    wanted = q * below[-1]
    at = min(bisect_left(below, wanted), len(below) - 1)
    if not math.isfinite(bounds[at]):
        return bounds[at - 1] if at else None
    low, before = (bounds[at - 1], below[at - 1]) if at else (0.0, 0.0)
    inside = below[at] - before
    return low + (bounds[at] - low) * ((wanted - before) / inside if inside else 1.0)
