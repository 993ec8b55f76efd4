"""The metrics of a monitor, for Prometheus: when reports were made, how, and what they found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tokenward.monitor.schedule import Monitor
from tokenward.store.beside.runs import drift_samples

Sample = tuple[Mapping[str, str], float]

FAMILIES = {
    "tokenward_report_last_success_timestamp_seconds": ("gauge", "When a report was made last."),
    "tokenward_report_runs_total": ("counter", "Runs of a report, by result."),
    "tokenward_report_seconds": ("gauge", "How long a report took, the last time."),
    "tokenward_alerts_sent_total": ("counter", "Alerts that went out, by way."),
    "tokenward_alerts_failed_total": ("counter", "Tries to send an alert that failed, by way."),
    "tokenward_alerts_waiting": ("gauge", "Alerts that are to be sent."),
    "tokenward_alert_state": ("gauge", "1 for what is not calm: drift, failures and alarms."),
    "tokenward_drift_statistic": ("gauge", "How far a column has moved, by the method's measure."),
    "tokenward_drift_alarm": ("gauge", "1 for a column that drifted."),
}
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def metrics_text(monitor: Monitor) -> str:
    """Returns the metrics in Prometheus' text format (version 0.0.4)."""
    samples: dict[str, list[Sample]] = {name: [] for name in FAMILIES}
    for name, sample in _samples(monitor):
        samples[name].append(sample)
    return "\n".join(_lines(samples)) + "\n"


def _samples(monitor: Monitor) -> Iterator[tuple[str, Sample]]:
    jobs, alerts, store = monitor.jobs, monitor.alerts, monitor.store
    for name, labels, value in drift_samples(store.runs):
        yield name, (labels, value)
    for (report, result), count in sorted(jobs.counts.items()):
        yield "tokenward_report_runs_total", ({"report": report, "result": result}, count)
    for report, seconds in sorted(jobs.seconds.items()):
        yield "tokenward_report_seconds", ({"report": report}, seconds)
    for way, count in sorted(alerts.sent.items()):
        yield "tokenward_alerts_sent_total", ({"way": way}, count)
    for way, count in sorted(alerts.failed.items()):
        yield "tokenward_alerts_failed_total", ({"way": way}, count)
    yield "tokenward_alerts_waiting", ({}, store.alerts.waiting())
    for one in store.alerts.states():
        subject = one.subject
        labels = {"report": subject.source, "column": subject.column, "slice": subject.slice}
        yield "tokenward_alert_state", ({**labels, "state": one.state}, 1.0)


def _lines(samples: Mapping[str, Iterable[Sample]]) -> Iterator[str]:
    for name, (kind, help_) in FAMILIES.items():
        yield f"# HELP {name} {help_}"
        yield f"# TYPE {name} {kind}"
        for labels, value in samples[name]:
            told = ",".join(f'{key}="{one.translate(ESCAPES)}"' for key, one in labels.items())
            yield f"{name}{f'{{{told}}}' if told else ''} {float(value)!r}"
