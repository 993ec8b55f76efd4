"""The numbers that the agent tells about itself, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from tokenward.errors import MissingExtra
from tokenward.meters.energy import Energy
from tokenward.meters.memory import peak_resident
from tokenward.types import Decision

if TYPE_CHECKING:
    from prometheus_client import Counter, Gauge, Histogram, Metric

FAST = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0)
SLOW = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
CHARACTERS = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)
AT_ONCE = 32
"""Requests of which the numbers are counted together."""
CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
"""The content type of the metrics' text."""


Sample = tuple[str, dict[str, str], float]
"""Name, labels and value of a metric."""


def _child(metric: Any, *labels: str) -> Any:
    return metric.labels(*labels)


class Telemetry:
    """The metrics of one agent, in a registry of their own; names and labels are a contract."""

    def __init__(self) -> None:
        try:
            import prometheus_client as prometheus  # noqa: PLC0415  # an extra
        except ImportError:
            raise MissingExtra("telemetry", "sidecar", "prometheus_client") from None

        self._prometheus = prometheus
        self._told: dict[tuple[Any, str], float] = {}
        self._waiting: list[Callable[[], None]] = []
        self._child = cache(_child)  # to look one up takes longer than to count
        self.registry = prometheus.CollectorRegistry()
        self._drift: Callable[[], Iterable[Sample]] = tuple
        self._count_requests()
        self._measure_times()
        self._weigh_load()
        self._tell_state()

    def _count_requests(self) -> None:
        self.requests = self._counter(
            "tokenward_requests", "Texts decided about.", "route", "stage", "action"
        )
        self.outcomes = self._counter(
            "tokenward_outcomes", "Requests that ended, by what became of them.", "route", "outcome"
        )
        self.rules = self._counter(
            "tokenward_rule_fired", "Decisions in which a rule fired.", "rule", "action", "mode"
        )
        self.degraded = self._counter(
            "tokenward_degraded",
            "Detectors that failed, or were left out.",
            "detector",
            "reason",
            "on_error",
        )
        self.rewinds = self._counter(
            "tokenward_rewinds", "Answers asked for in another way.", "route", "outcome"
        )

    def _measure_times(self) -> None:
        self.guard_seconds = self._histogram(
            "tokenward_guard_seconds", "Time that guarding took.", FAST, "stage"
        )
        self.detector_seconds = self._histogram(
            "tokenward_detector_seconds", "Time of one scoring of units.", FAST, "detector"
        )
        self.hold_back = self._histogram(
            "tokenward_hold_back_chars",
            "Most characters held back at once in an answer.",
            CHARACTERS,
        )
        self.first_token = self._histogram(
            "tokenward_time_to_first_token_seconds", "From the request to the first text.", SLOW
        )

    def _weigh_load(self) -> None:
        self.pressure = self._gauge(
            "tokenward_pressure", "Share of a bounded resource that is in use.", "resource"
        )
        self.overload = self._gauge(
            "tokenward_overload_active", "1 while this is done against overload.", "action"
        )
        self.refused = self._counter(
            "tokenward_requests_refused", "Requests refused for overload.", "reason"
        )

    def _tell_state(self) -> None:
        self.policy = self._gauge(
            "tokenward_policy_info", "The policies at work: always 1.", "policy", "revision"
        )
        self.reloads = self._counter(
            "tokenward_policy_reloads", "Reloads: loaded, or failed and left.", "result"
        )
        self.reload_successful = self._gauge(
            "tokenward_policy_last_reload_successful", "1, or 0 where the last reload failed."
        )
        self.drift_statistic = self._gauge(
            "tokenward_drift_statistic",
            "Last value, online as a share of the threshold.",
            "column",
            "slice",
            "method",
        )
        self.drift_alarm = self._gauge(
            "tokenward_drift_alarm", "Whether drift is found.", "column", "slice"
        )
        self.report_success = self._gauge(
            "tokenward_report_last_success_timestamp_seconds", "When it was made.", "report"
        )

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return self._prometheus.Counter(name, words, labels, registry=self.registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return self._prometheus.Gauge(name, words, labels, registry=self.registry)

    def _histogram(
        self, name: str, words: str, buckets: Iterable[float], *labels: str
    ) -> Histogram:
        return self._prometheus.Histogram(
            name, words, labels, registry=self.registry, buckets=tuple(buckets)
        )

    def decided(
        self,
        route: str,
        decision: Decision,
        on_error: Callable[[str], str] | None = None,
        shed: Collection[str] = (),
    ) -> None:
        """Counts a decision, its rules and what was degraded: it failed, or was ``shed``."""
        self._child(self.requests, route, decision.stage, decision.action).inc()
        for rule in decision.rules:
            self._child(self.rules, rule.id, rule.action, rule.mode).inc()
        for detector in decision.degraded:
            told = on_error(detector) if on_error is not None else "block"
            if detector in shed:  # only by rules that no text waits for
                self.degraded.labels(detector, "shed", "allow").inc()
            else:
                reason = decision.reasons.get(detector, "failed")
                self.degraded.labels(detector, reason, told).inc()

    def allowed(self, route: str, stage: str) -> None:
        """Counts a decision of which there is no more to tell than that all may pass."""
        self._child(self.requests, route, stage, "allow").inc()

    def later(self, count: Callable[[], None]) -> None:
        """Has something counted before anybody reads a number; for one thread.

        Counters take many steps each, and between two requests the processor forgets all of them:
        of many requests together each costs a fraction.
        """
        self._waiting.append(count)
        if len(self._waiting) >= AT_ONCE:
            self._count()

    def _count(self) -> None:
        waiting, self._waiting = self._waiting, []
        for count in waiting:
            count()

    def ended(self, route: str, outcome: str) -> None:
        """Counts a request that has ended."""
        self._child(self.outcomes, route, outcome).inc()

    def guarded(self, stage: str, seconds: float) -> None:
        """Notes what the texts of one stage of a request took."""
        self._child(self.guard_seconds, stage).observe(seconds)

    def pressed(self, pressure: Mapping[str, float], active: Mapping[str, bool]) -> None:
        """Tells how near the agent is to its bounds, and what it does about it."""
        told = [(self.pressure, name, round(share, 4)) for name, share in pressure.items()]
        told += [(self.overload, action, float(on)) for action, on in active.items()]
        for gauge, label, value in told:  # several times a second, and seldom anything new
            if self._told.get((gauge, label)) != value:
                self._told[gauge, label] = value
                gauge.labels(label).set(value)

    def observe_detector(self, detector: str, seconds: float) -> None:
        """Notes what a scoring of units took."""
        self._child(self.detector_seconds, detector).observe(seconds)

    def policies_loaded(self, revisions: Mapping[str, str], *, reloaded: bool = False) -> None:
        """Tells which policies are at work, and that they were loaded again."""
        self.policy.clear()
        for name, revision in revisions.items():
            self.policy.labels(name, revision).set(1)
        self.reload_successful.set(1)
        if reloaded:
            self.reloads.labels("loaded").inc()

    def reload_failed(self) -> None:
        """Tells that policies could not be loaded again."""
        self.reload_successful.set(0)
        self.reloads.labels("failed").inc()

    def watch_records(self, dropped: Callable[[], Mapping[str, int]]) -> None:
        """Shows what a recorder dropped, by reason, as ``tokenward_records_dropped_total``."""
        from prometheus_client.core import CounterMetricFamily  # noqa: PLC0415  # an extra
        from prometheus_client.registry import Collector  # noqa: PLC0415  # likewise

        class Records(Collector):
            """Reads the recorder's own counts when metrics are asked for."""

            def collect(self) -> Iterable[Metric]:
                """Is called by the registry."""
                family = CounterMetricFamily(
                    "tokenward_records_dropped", "Records that were not kept.", labels=["reason"]
                )
                for reason, count in dropped().items():
                    family.add_metric([reason], count)
                yield family

        self.registry.register(Records())

    def watch_use(self, energy: Callable[[], Energy]) -> None:
        """Shows what the machine used of energy, where that is measured, and the most memory held.

        They are gauges, for of several processes of one machine the greatest counts, not the sum.
        """
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415  # an extra
        from prometheus_client.registry import Collector  # noqa: PLC0415  # likewise

        class Use(Collector):
            """Reads the counters when metrics are asked for."""

            def collect(self) -> Iterable[Metric]:
                """Is called by the registry."""
                used, peak = energy(), peak_resident()
                if used.measured:
                    words = "Joules of the machine since the agent's start, by counter."
                    family = GaugeMetricFamily("tokenward_energy_joules", words, labels=["counter"])
                    for counter, joules in used.parts.items():
                        family.add_metric([counter], joules)
                    yield family
                if peak is not None:
                    words = "Most bytes in memory of a process of the agent."
                    yield GaugeMetricFamily("tokenward_memory_peak_bytes", words, value=peak)

        self.registry.register(Use())

    def watch_drift(self, samples: Callable[[], Iterable[Sample]]) -> None:
        """Shows how streams stand, each time that metrics are asked for."""
        self._drift = samples

    def _tell_drift(self) -> None:
        gauges = {
            "tokenward_drift_alarm": self.drift_alarm,
            "tokenward_drift_statistic": self.drift_statistic,
        }
        for gauge in gauges.values():
            gauge.clear()
        for name, labels, value in self._drift():
            gauges[name].labels(**labels).set(value)

    def text(self) -> bytes:
        """Returns all metrics in Prometheus' text format."""
        self._count()
        self._tell_drift()
        return self._prometheus.generate_latest(self.registry)

    def totals(self, counter: Counter, *labels: str) -> dict[str, float]:
        """Returns a counter's values, added up by some of its labels."""
        self._count()
        totals: dict[str, float] = {}
        for metric in counter.collect():
            for sample in metric.samples:
                if sample.name.endswith("_total"):
                    key = " ".join(sample.labels[label] for label in labels)
                    totals[key] = totals.get(key, 0.0) + sample.value
        return totals
