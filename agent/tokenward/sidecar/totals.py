"""Figures of several processes, put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families

LEAST = ("_successful", "_created")
"""Ends of names of which the least value counts; of other gauges the greatest does."""
SUMS = ("counter", "histogram")


class Added:
    """Metrics as a registry takes them."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Sequence[Metric]:
        """Is called by the registry."""
        return self._metrics


def added(texts: Sequence[bytes], *, lasting: bool = False) -> bytes:
    r"""Returns metrics added up, from texts in Prometheus' format: of gauges the greatest.

    ``lasting`` leaves out what is over when a process is: its gauges.

    >>> one = b"# TYPE a_total counter\na_total 2.0\n# TYPE b gauge\nb 0.5\n"
    >>> [line for line in added([one, one]).split(b"\n") if line[:1] != b"#"]
    [b'a_total 4.0', b'b 0.5', b'']
    """
    families: dict[str, Metric] = {}
    values: dict[str, dict[tuple[str, tuple[tuple[str, str], ...]], float]] = {}
    for text in texts:
        for family in text_string_to_metric_families(text.decode()):
            if lasting and family.type not in SUMS:
                continue
            families.setdefault(family.name, family)
            known = values.setdefault(family.name, {})
            for sample in family.samples:
                key = sample.name, tuple(sample.labels.items())
                known[key] = joined(family, known.get(key), sample.value)
    registry = CollectorRegistry()
    registry.register(Added([remade(families[name], known) for name, known in values.items()]))
    return generate_latest(registry)


def joined(family: Metric, known: float | None, value: float) -> float:
    """Returns the value of a sample that two processes have."""
    if known is None:
        return value
    if family.type in SUMS:
        return known + value
    return min(known, value) if family.name.endswith(LEAST) else max(known, value)


def remade(family: Metric, values: dict[tuple[str, tuple[tuple[str, str], ...]], float]) -> Metric:
    """Returns a metric with other values."""
    metric = Metric(family.name, family.documentation, family.type)
    for (name, labels), value in values.items():
        metric.add_sample(name, dict(labels), value)
    return metric


def together(told: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Returns what several processes tell, as one would: numbers added up, else what is worst.

    Shares are the greatest, truths such as ``ready`` hold where they do for all; a text that is not
    the same everywhere is the one that says more: an error, a revision that is behind.

    >>> together([{"open": 1, "upstream": True, "a": {"x": 1}}, {"open": 2, "upstream": False}])
    {'open': 3, 'upstream': False, 'a': {'x': 1}}
    """
    whole: dict[str, Any] = {}
    for one in told:
        for key, value in one.items():
            whole[key] = _met(key, whole[key], value) if key in whole else value
    return whole


def _met(key: str, one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return _greatest(one, other) if key == "pressure" else together([one, other])
    if isinstance(one, bool):
        return (one or other) if key in ("sheds", "draining") else (one and other)
    if isinstance(one, (int, float)):
        return max(one, other) if key in ("time", "uptime_seconds") else one + other
    if key == "reload":
        return "failed" if "failed" in (one, other) else one
    return one or other


def _greatest(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    return {name: max(one.get(name, 0.0), share) for name, share in other.items()}
