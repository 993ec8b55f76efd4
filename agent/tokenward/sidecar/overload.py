"""How near the agent is to its bounds, and what it lets go before anybody has to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from tokenward.sidecar import memory
from tokenward.sidecar.settings import Bounds
from tokenward.telemetry import Telemetry
from tokenward.wire.request import Headers, Refusal

STREAMS = "streams"
RESOURCES = ("detectors", "event_loop", "memory", STREAMS)
TICK = 0.25
"""Seconds between two looks."""
LATEST = 0.5
"""The weight of the latest lag: one pause is forgotten, a lag that stays is not."""
MEMORY_TICKS = 5
EASES = 0.9
"""The share of a threshold that pressure must fall below before it counts as over."""
RETRY_AFTER: Headers = [(b"retry-after", b"1")]


class Threshold:
    """Is passed from a pressure on, until there is clearly less of it.

    >>> threshold = Threshold(0.8)
    >>> [threshold.passed(pressure) for pressure in (0.7, 0.8, 0.75, 0.7)]
    [False, True, True, False]
    """

    def __init__(self, at: float) -> None:
        self._at = at
        self._on = False

    def passed(self, pressure: float) -> bool:
        """Tells whether what the threshold stands for is to be done."""
        self._on = pressure >= (self._at * EASES if self._on else self._at)
        return self._on


class Overload:
    """Weighs what is at work against the bounds: ``pressure`` says how, in [0, 1] by resource.

    The first to go are rules that text does not wait for (``sheds``), then new requests.
    ``detectors`` tells the pressure of the detectors' queues, ``streams`` the requests at work.
    """

    def __init__(
        self,
        bounds: Bounds,
        telemetry: Telemetry,
        *,
        detectors: Callable[[], float],
        streams: Callable[[], int],
    ) -> None:
        self.pressure: dict[str, float] = dict.fromkeys(RESOURCES, 0.0)
        self.sheds = False
        self.refuses: str | None = None
        """The resource for which new requests are refused."""
        self._bounds = bounds
        self._telemetry = telemetry
        self._detectors = detectors
        self._streams = streams
        self._allowed = bounds.memory_bytes or memory.allowed()
        self._shed = Threshold(bounds.shed_at)
        # streams have a bound of their own, which is exact
        self._refuse = {name: Threshold(bounds.refuse_at) for name in RESOURCES if name != STREAMS}
        self._lag = 0.0

    async def watch(self, failed: Callable[[BaseException], None]) -> None:
        """Looks at the bounds for ever."""
        loop = asyncio.get_running_loop()
        ticks = 0
        while True:
            due = loop.time() + TICK
            await asyncio.sleep(TICK)
            try:
                if ticks % MEMORY_TICKS == 0:
                    self._weigh_memory()
                self.look(loop.time() - due)
            except Exception as error:  # noqa: BLE001  # told; bounds must be watched further on
                failed(error)
            ticks += 1

    def look(self, lag: float) -> None:
        """Takes how late the event loop is, in seconds, and weighs everything."""
        self._lag += LATEST * (max(lag, 0.0) - self._lag)
        self.pressure["event_loop"] = min(1.0, self._lag / self._bounds.loop_lag)
        self.pressure["detectors"] = self._detectors()
        self._weigh_streams(self._streams())
        self._decide()

    def _weigh_streams(self, streams: int) -> None:
        self.pressure[STREAMS] = min(1.0, streams / self._bounds.streams)

    def _weigh_memory(self) -> None:
        self.pressure["memory"] = min(1.0, (memory.resident() or 0) / self._allowed)

    def _decide(self) -> None:
        self.sheds = self._shed.passed(max(self.pressure.values()))
        passed = {name: one.passed(self.pressure[name]) for name, one in self._refuse.items()}
        self.refuses = next((name for name, on in passed.items() if on), None)
        self._telemetry.pressed(
            self.pressure, {"shed": self.sheds, "refuse": self.refuses is not None}
        )

    def refusal(self, of_client: int = 0) -> Refusal | None:
        """Returns why one more request is not taken, beside those at work and ``of_client``."""
        bounds = self._bounds
        streams = self._streams()
        self._weigh_streams(streams + 1)
        if self.pressure[STREAMS] >= bounds.shed_at:
            self._decide()
        if bounds.client_streams and of_client >= bounds.client_streams:
            self._telemetry.refused.labels("client_streams").inc()
            words = f"this client has {of_client} requests at work; wait for one to end"
            return Refusal(429, words, "too_many_requests", None, RETRY_AFTER)
        reason = STREAMS if streams >= bounds.streams else self.refuses
        return None if reason is None else self._overloaded(reason)

    def no_room(self) -> Refusal | None:
        """Returns why a long body is not taken: there is no memory for it."""
        return self._overloaded("memory") if self.refuses == "memory" else None

    def _overloaded(self, resource: str) -> Refusal:
        self._telemetry.refused.labels(resource).inc()
        words = f"too much at work here ({resource}); try again"
        return Refusal(503, words, "overloaded", None, RETRY_AFTER)

    @property
    def state(self) -> Mapping[str, object]:
        """What an operator sees."""
        shares = {name: round(share, 4) for name, share in self.pressure.items()}
        return {"pressure": shares, "sheds": self.sheds, "refuses": self.refuses}
