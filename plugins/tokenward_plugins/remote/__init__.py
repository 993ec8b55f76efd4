"""Asks a detector that is a service of its own, by the interface of FMS guardrails detectors."""

from __future__ import annotations

from typing import Any

from tokenward.hookspecs import hookimpl
from tokenward.types import DetectorPlugin, DetectorSource, Tagger
from tokenward_plugins.remote.settings import RemoteSettings

__all__ = ["RemoteSettings", "register_detectors"]


def _create(settings: Any, source: DetectorSource) -> Tagger:
    del source
    settings.check()
    from tokenward_plugins.remote.detector import RemoteTagger  # noqa: PLC0415  (urllib3)

    return RemoteTagger.load(settings)


@hookimpl
def register_detectors() -> list[DetectorPlugin]:
    """Returns the detector ``remote``."""
    return [
        DetectorPlugin(
            name="remote",
            create=_create,
            settings=RemoteSettings,
            # they are what the policy maps the service's labels to
            types=None,
            description="what a detector service finds: any with the interface of FMS guardrails "
            "(/api/v1/text/contents)",
        )
    ]
