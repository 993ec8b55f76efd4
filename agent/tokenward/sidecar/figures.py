"""What an operator can know of one process: whether it is ready, its metrics, what it does now."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from typing import Any

from tokenward.sidecar.reload import Reloader, references
from tokenward.sidecar.service import Service

CHECK_SECONDS = 2.0
"""How long an answer about the upstream is taken for true."""


class Figures:
    """Reads the figures of a service; several may ask at once."""

    def __init__(self, service: Service, reloader: Reloader) -> None:
        self._service = service
        self._reloader = reloader
        self._began = time.monotonic()
        self._checked = (float("-inf"), False)

    def alive(self) -> bool:
        """Tells whether no detector hangs; where the event loop does, nobody is told anything."""
        longest = self._service.settings.max_stall
        return not longest or self._service.policies.stuck <= longest

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """Tells whether requests can be answered; detectors are loaded before a port opens."""
        now = asyncio.get_running_loop().time()
        if now - self._checked[0] > CHECK_SECONDS:
            # where only gateways are answered there is nothing to reach
            wanted = bool(self._service.settings.upstream)
            self._checked = (now, not wanted or await self._service.pool.reachable())
        draining, upstream = self._service.draining, self._checked[1]
        return upstream and not draining, {
            "upstream": upstream,
            "detectors": True,
            "draining": draining,
            "policies": references(self._service.policies),
            "reload": "failed" if self._reloader.last.error else "ok",
        }

    async def metrics(self) -> bytes:
        """Returns all metrics in Prometheus' text format."""
        return self._service.telemetry.text()

    async def now(self) -> dict[str, Any]:
        """Returns what happens now, and what has happened since the start."""
        service, telemetry = self._service, self._service.telemetry
        return {
            "uptime_seconds": round(time.monotonic() - self._began),
            "policies": [
                {"name": name, "revision": revision}
                for name, revision in references(service.policies).items()
            ],
            "reload": asdict(self._reloader.last),
            "open": len(service.exchanges),
            "connections": len(service.connections),
            "overload": service.overload.state,
            "actions": telemetry.totals(telemetry.requests, "stage", "action"),
            "rules": telemetry.totals(telemetry.rules, "rule", "action", "mode"),
            "degraded": telemetry.totals(telemetry.degraded, "detector"),
        }
