"""Starts and ends the sidecar: its two ports, its policies, its record of what happened."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING

from tokenward.errors import MissingExtra, UsageError
from tokenward.registry import Registry
from tokenward.sidecar.admin import Admin
from tokenward.sidecar.connection import App, Connection
from tokenward.sidecar.policies import Policies
from tokenward.sidecar.service import Service
from tokenward.sidecar.settings import Settings
from tokenward.sidecar.upstream import Pool, Target
from tokenward.telemetry import Telemetry

if TYPE_CHECKING:
    from tokenward.decisions.recorder import Recorder
    from tokenward.decisions.store import Store

logger = logging.getLogger(__name__)

BACKLOG = 2048


class Sidecar:
    """The sidecar as a whole; detectors are loaded when it is made, ports open with ``start``."""

    def __init__(
        self,
        settings: Settings,
        *,
        registry: Registry | None = None,
        policies: tuple[str | Mapping[str, object], ...] | None = None,
    ) -> None:
        registry = registry or Registry.load()
        target = Target.of(settings.upstream)
        self.settings = settings
        self.telemetry = Telemetry()
        self.store: Store | None = None
        self.recorder: Recorder | None = None
        if settings.store is not None:
            self._open_store(settings.store, registry)
        self.policies = Policies.load(
            policies or settings.policies, registry, self.telemetry.observe_detector
        )
        pool = Pool(target, ca=settings.upstream_ca, timeout=settings.connect_timeout)
        self.service = Service(settings, self.policies, pool, self.telemetry, self.recorder)
        self.admin = Admin(self.service, local=is_loopback(settings.admin_host))
        self._servers: list[asyncio.Server] = []
        self._sweeper: asyncio.Task[None] | None = None

    def _open_store(self, url: str, registry: Registry) -> None:
        try:
            from tokenward.decisions.recorder import Recorder  # noqa: PLC0415  # slow to import
            from tokenward.decisions.store import Store  # noqa: PLC0415  # likewise
        except ImportError as error:
            raise MissingExtra("a store", "sidecar", str(error.name)) from None

        self.store = Store.open(url, create=True)
        self.recorder = Recorder(self.store, registry.features())
        self.telemetry.watch_records(lambda: self.recorder.dropped if self.recorder else {})

    # -- start ------------------------------------------------------------------------------

    async def start(self) -> None:
        """Opens both ports."""
        settings = self.settings
        self.address = await self._listen(self.service, settings.host, settings.port, "port")
        port = settings.admin_port
        if port is None:
            port = self.address[1] + 1 if settings.port else 0
        self.admin_address = await self._listen(self.admin, settings.admin_host, port, "admin_port")
        self._sweeper = asyncio.get_running_loop().create_task(self._sweep())

    async def _listen(self, app: App, host: str, port: int, name: str) -> tuple[str, int]:
        loop = asyncio.get_running_loop()
        try:
            server = await loop.create_server(lambda: Connection(app), host, port, backlog=BACKLOG)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise UsageError(
                f"{name}: cannot listen on {host}:{port}: {reason}; choose another"
            ) from None
        self._servers.append(server)
        address = server.sockets[0].getsockname()
        return str(address[0]), int(address[1])

    @property
    def url(self) -> str:
        """The address of the guarded port."""
        return url_of(self.address)

    @property
    def admin_url(self) -> str:
        """The address of the operator's port."""
        return url_of(self.admin_address)

    async def _sweep(self) -> None:
        limits = self.settings.limits
        shortest = min(limits.header_timeout, limits.idle_timeout, self.settings.upstream_timeout)
        pause = min(1.0, max(0.02, shortest / 4))
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(pause)
            try:
                self.service.sweep(loop.time())
                self.admin.sweep(loop.time())
            except Exception as error:  # noqa: BLE001  # logged; timeouts must go on working
                self.service.log_failure("-", error)

    # -- end --------------------------------------------------------------------------------

    async def stop(self, *, hurry: asyncio.Event | None = None) -> bool:
        """Ends: answers in progress may end in time, records are written; says whether all did.

        A set ``hurry`` ends the waiting.
        """
        self.service.draining = True
        for server in self._servers:
            server.close()
        for connection in list(self.service.connections):
            connection.shut()
        done = await self._drain(hurry or asyncio.Event())
        await self._abort()
        if self.recorder is not None:
            await asyncio.to_thread(self.recorder.close)
        if self.store is not None:
            self.store.close()
        self.policies.close()
        return done

    async def _drain(self, hurry: asyncio.Event) -> bool:
        loop = asyncio.get_running_loop()
        until = loop.time() + self.settings.drain_timeout
        while self._at_work() and loop.time() < until and not hurry.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(hurry.wait(), 0.05)
        return not self._at_work()

    def _at_work(self) -> bool:
        """Tells whether an answer is not finished, or has not left yet."""
        service = self.service
        return bool(service.exchanges) or not all(c.flushed for c in service.connections)

    async def _abort(self) -> None:
        """Breaks off what is still at work, and closes everything."""
        tasks = [exchange.task for exchange in self.service.exchanges]
        for exchange in list(self.service.exchanges):
            exchange.connection.break_off()
            exchange.give_up("shut_down")
        if self._sweeper is not None:
            self._sweeper.cancel()
            tasks.append(self._sweeper)
        if tasks:
            await asyncio.wait(tasks)
        self.service.pool.close()
        for connection in [*self.service.connections, *self.admin.connections]:
            connection.abort()
        for server in self._servers:
            await server.wait_closed()


def is_loopback(host: str) -> bool:
    """Tells whether a host name or number is this machine's own.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url_of(address: tuple[str, int]) -> str:
    """Returns the URL of an address.

    >>> url_of(("::1", 80)), url_of(("127.0.0.1", 8080))
    ('http://[::1]:80', 'http://127.0.0.1:8080')
    """
    host, port = address
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Runs the sidecar until a signal ends it; a second one ends the waiting for answers."""
    sidecar = Sidecar(settings)
    await sidecar.start()
    ended, hurry = asyncio.Event(), asyncio.Event()

    def on_signal() -> None:
        (hurry if ended.is_set() else ended).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    # what is loaded now stays: the collector need not look at it again and again
    gc.collect()
    gc.freeze()
    announce(f"listening on {sidecar.url}")
    announce(f"admin on {sidecar.admin_url}")
    await ended.wait()
    announce("draining")
    if not await sidecar.stop(hurry=hurry):
        announce("some answers were broken off")
