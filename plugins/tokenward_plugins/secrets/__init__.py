"""Finds secrets of providers: keys, tokens, private keys, passwords in URLs and assignments."""

from __future__ import annotations

from dataclasses import dataclass

from tokenward.errors import UsageError
from tokenward.hookspecs import hookimpl
from tokenward.types import Detector, DetectorPlugin, DetectorSource
from tokenward_plugins.secrets.allow import Allow
from tokenward_plugins.secrets.detector import SecretsDetector
from tokenward_plugins.secrets.pem import READ_AHEAD
from tokenward_plugins.secrets.plan import TYPES
from tokenward_plugins.secrets.runs import SHORTEST
from tokenward_plugins.secrets.tokenplan import LOOK

LEAST_HOLD_BACK = 2 * (LOOK + READ_AHEAD) + SHORTEST


@dataclass(frozen=True, slots=True)
class SecretsSettings:
    """How much text may be kept back, and what is no secret.

    ``hold_back`` is the most characters that may be kept back; a longer secret comes in pieces.
    ``allow`` are values that are never reported: each exact, or with ``*`` for any characters.
    """

    hold_back: int = 4096
    allow: tuple[str, ...] = ()


def create(settings: SecretsSettings, _: DetectorSource) -> Detector:
    """Builds the detector."""
    size: object = settings.hold_back
    if not isinstance(size, int) or isinstance(size, bool) or size < LEAST_HOLD_BACK:
        raise UsageError(
            f"secrets: hold_back is {size!r}; use a whole number of at least {LEAST_HOLD_BACK}"
        )
    for value in settings.allow:
        if not value.strip("*"):
            raise UsageError(
                f"secrets: allow has {value!r}, which would let every secret pass; "
                "write the values, or their beginnings and ends"
            )
    return SecretsDetector((size - SHORTEST) // 2 - READ_AHEAD, Allow(settings.allow))


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
