"""The project's own detectors, run over answers: each distinct text once, each with its error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from typing import Any, Self

from tokenward.compare.metrics.metric import Metric
from tokenward.evaluation.labelled import Labelled
from tokenward.evaluation.subjects import Subject, decided, highest
from tokenward.guard import Guard
from tokenward.registry import GROUP, Registry
from tokenward.types import Decision, Detection

LEAST = 1e-6
"""The threshold at which everything that is found is told, with its score."""

Key = tuple[str, str]


@dataclass(slots=True)
class Detectors:
    """Detectors by name, opened when they are first asked; close it, or use it in ``with``.

    Decisions are kept by text, so that the answers that both models give are looked at once.
    """

    registry: Registry | None = None
    _guards: dict[Key, Guard] = field(default_factory=dict)
    _decisions: dict[Key, dict[str, Decision]] = field(default_factory=dict)
    _versions: dict[str, str] = field(default_factory=dict)

    def scores(self, name: str, texts: Sequence[str]) -> Mapping[str, float]:
        """Returns by text the highest score of a detector, or of ``DETECTOR.TYPE``."""
        decisions = self._decided(name, {}, texts)
        return {text: highest(decisions[text], None) for text in texts}

    def found(
        self, name: str, texts: Sequence[str], settings: Mapping[str, Any] | None = None
    ) -> Mapping[str, tuple[Detection, ...]]:
        """Returns by text what a detector with settings found."""
        decisions = self._decided(name, settings or {}, texts)
        return {text: decisions[text].detections for text in texts}

    def flags(self, name: str, texts: Sequence[str], threshold: float) -> Mapping[str, float]:
        """Returns by text 1 where the highest score reaches the threshold, else 0."""
        scores = self.scores(name, texts)
        return {text: float(score >= threshold) for text, score in scores.items()}

    def lacks(self, name: str) -> str | None:
        """Says that a detector is not installed; ``None`` where it is."""
        plugin = name.partition(".")[0]
        if plugin in self._registry().detectors:
            return None
        return f"no plugin brings the detector {plugin!r}; see tokenward plugins list"

    def tested(self, metric: Metric, name: str, threshold: float | None = None) -> Metric:
        """Returns a metric that says which detector scored it, and at a threshold how well."""
        subject = Subject.find(name, self._registry())
        plugin = self._registry().detectors[subject.plugin]
        at = "" if threshold is None else f" at {threshold:g}"
        shown = replace(metric, tested=f"{name} {self._version(plugin.name)}{at}")
        for stated in plugin.stated:
            if stated.type == subject.type and stated.threshold == threshold:
                return replace(
                    shown, sensitivity=stated.sensitivity, specificity=stated.specificity
                )
        return shown

    def _registry(self) -> Registry:
        if self.registry is None:
            self.registry = Registry.load()
        return self.registry

    def _version(self, detector: str) -> str:
        if not self._versions:  # slow: it reads about all packages that are installed
            points = metadata.entry_points(group=GROUP)
            self._versions = {point.name: point.dist.version for point in points if point.dist}
        return self._versions.get(self._registry().owner(detector), "")

    def _decided(
        self, name: str, settings: Mapping[str, Any], texts: Sequence[str]
    ) -> Mapping[str, Decision]:
        key = (name, repr(sorted(settings.items())))
        known = self._decisions.setdefault(key, {})
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            guard = self._guard(key, name, settings)
            rows = [Labelled(text, {}, None, f"answer {at}") for at, text in enumerate(new)]
            for row, (decision,) in decided([guard], rows):
                known[row.text] = decision
        return known

    def _guard(self, key: Key, name: str, settings: Mapping[str, Any]) -> Guard:
        if key not in self._guards:
            registry = self._registry()
            subject = Subject.find(name, registry)
            self._guards[key] = subject.open(settings, LEAST, registry)
        return self._guards[key]

    def close(self) -> None:
        """Ends the threads of detectors that have some."""
        for guard in self._guards.values():
            guard.close()
        self._guards.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
