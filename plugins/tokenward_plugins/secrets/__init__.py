"""Finds secrets of providers: keys, tokens, private keys, passwords in URLs and assignments."""

from __future__ import annotations

from dataclasses import dataclass

from tokenward.errors import UsageError
from tokenward.hookspecs import hookimpl
from tokenward.types import Detector, DetectorPlugin, DetectorSource
from tokenward_plugins.secrets.detector import TYPES, SecretsDetector

LEAST_HOLD_BACK = 2048


@dataclass(frozen=True, slots=True)
class SecretsSettings:
    """``hold_back``: the most characters that may be kept back; a longer secret comes in pieces."""

    hold_back: int = 16384


def create(settings: SecretsSettings, _: DetectorSource) -> Detector:
    """Builds the detector."""
    size: object = settings.hold_back
    if not isinstance(size, int) or isinstance(size, bool) or size < LEAST_HOLD_BACK:
        raise UsageError(
            f"secrets: hold_back is {size!r}; use a whole number of at least {LEAST_HOLD_BACK}"
        )
    return SecretsDetector(size)


@hookimpl
def register_detectors() -> tuple[DetectorPlugin, ...]:
    """Returns the detector of secrets."""
    return (
        DetectorPlugin(
            name="secrets",
            create=create,
            settings=SecretsSettings,
            types=TYPES,
            description="Finds keys, tokens and passwords by their formats, exact in any chunking.",
        ),
    )
