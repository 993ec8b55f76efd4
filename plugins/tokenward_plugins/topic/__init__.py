"""The ``topic`` detector: what a text is about, by terms and by examples."""

from __future__ import annotations

from tokenward.hookspecs import hookimpl
from tokenward.types import Detector, DetectorPlugin, DetectorSource
from tokenward_plugins.topic.settings import TopicSettings

__all__ = ["register_detectors"]


def _topic(settings: TopicSettings, _: DetectorSource) -> Detector:
    from tokenward_plugins.topic.detector import TopicClassifier  # noqa: PLC0415  # on demand

    return TopicClassifier(settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns ``topic``."""
    return [
        DetectorPlugin(
            name="topic",
            create=_topic,
            settings=TopicSettings,
            types=None,
            description="Topics: ten built in, others by words and examples of yours; off topic.",
        )
    ]
