"""What a policy may set for the detector ``remote``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tokenward.errors import UsageError
from tokenward_plugins.endpoint.settings import Reach

WHO = "remote"
OTHERS = "*"
Offsets = Literal["characters", "utf-16", "bytes"]


@dataclass(frozen=True, slots=True)
class RemoteSettings:
    """Which detector of which service finds things, and what they are called here.

    ``url`` is the service, ``detector_id`` the detector there. ``labels`` maps what it finds to
    types: by the field ``by`` of a finding, ``null`` for what is not wanted, ``"*"`` for all that
    is not named. ``offsets`` says what the service counts, ``params`` is handed on to it. ``unit``
    is what it is given at once. The rest is how it is reached; ``headers_env`` maps headers to the
    environment variables that hold their values.

    >>> RemoteSettings(url="http://127.0.0.1:8080", labels={"EmailAddress": "EMAIL"}).by
    'detection'
    """

    url: str = ""
    detector_id: str = ""
    labels: Mapping[str, str | None] = field(default_factory=dict)
    by: Literal["detection", "detection_type"] = "detection"
    offsets: Offsets = "characters"
    unit: Literal["sentence", "text"] = "sentence"
    params: Mapping[str, Any] = field(default_factory=dict)
    headers_env: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 5.0
    retries: int = 1
    concurrency: int = 4
    ca: str = ""

    @property
    def reach(self) -> Reach:
        """How the service is reached."""
        return Reach(
            self.url, self.headers_env, self.timeout, self.retries, self.concurrency, self.ca
        )

    @property
    def types(self) -> frozenset[str]:
        """What findings are called."""
        return frozenset(kind for kind in self.labels.values() if kind)

    def check(self) -> None:
        """Raises ``UsageError`` where a value is missing or makes no sense."""
        self.reach.check(WHO)
        if not self.detector_id.strip():
            raise UsageError(
                f"{WHO}: no detector_id is set; write the name of the detector at the service"
            )
        if not self.types:
            raise UsageError(
                f"{WHO}: labels gives nothing a type; write 'labels: {{LABEL: TYPE}}' with what "
                "the service finds, or '\"*\": TYPE' for all of it"
            )
        for label, kind in self.labels.items():
            if kind is not None and kind.split() != [kind]:
                raise UsageError(
                    f"{WHO}: labels maps {label!r} to {kind!r}; use a type without white space, or "
                    "null to leave it out"
                )
