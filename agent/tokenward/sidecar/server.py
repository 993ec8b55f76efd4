"""Starts and ends the sidecar: its two ports, its policies, its record of what happened."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import socket
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from tokenward import listening
from tokenward.dashboard.access import Access
from tokenward.errors import MissingExtra, UsageError
from tokenward.meters.energy import EnergyMeter
from tokenward.registry import Registry
from tokenward.sidecar.admin import Admin
from tokenward.sidecar.app import App
from tokenward.sidecar.certificate import Certificate
from tokenward.sidecar.connection import Connection
from tokenward.sidecar.desk import Source
from tokenward.sidecar.figures import Figures
from tokenward.sidecar.policies import Load, Policies, files_of, load_known
from tokenward.sidecar.reload import Reloader
from tokenward.sidecar.service import Service
from tokenward.sidecar.settings import Settings
from tokenward.sidecar.shown import admin_of, own_parts
from tokenward.sidecar.tracing import Tracing
from tokenward.sidecar.upstream import Pool, Target
from tokenward.telemetry import Telemetry

if TYPE_CHECKING:
    from tokenward.decisions.recorder import Recorder
    from tokenward.online.drift import OnlineDrift
    from tokenward.sidecar.envoy.server import EnvoyServer
    from tokenward.store.store import Store

logger = logging.getLogger(__name__)

BACKLOG = 2048
SHORTEST_HANDSHAKE = 0.1
RECORDS_SECONDS = 10.0
"""How long the end waits for a store that does not take records, if answers may take longer."""
SHORTEST_PATIENCE = 1.0
LAST_WORDS = 1.0
"""Seconds for errors that answer what the end has cut short."""
LAST_LOOKS = 100
NOWHERE = "http://127.0.0.1:9"
"""Stands for a model server where only gateways are answered: nothing is ever sent to it."""


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
        target = Target.of(settings.upstream or NOWHERE)
        self.settings = settings
        self.telemetry = Telemetry()
        self._energy = EnergyMeter()
        self.telemetry.watch_use(self._energy.so_far)
        self.store: Store | None = None
        self.recorder: Recorder | None = None
        self.drift: OnlineDrift | None = None
        if settings.store is not None:
            self._open_store(settings.store, registry)
        named = policies or settings.policies
        load: Load = partial(Policies.load, named, registry, self.telemetry.observe_detector)
        pool = Pool(target, ca=settings.upstream_ca, timeout=settings.connect_timeout)
        self.tracing = tracing_of(settings)
        if self.store is not None:
            load = partial(load_known, load, self.store)
        self.service = Service(
            settings, load(()), pool, self.telemetry, self.recorder, self.tracing
        )
        self.certificate = Certificate.of(settings.tls_cert, settings.tls_key)
        watched = [
            *files_of(named),
            *(self.certificate.files if self.certificate else ()),
        ]
        also = self.certificate.read if self.certificate else None
        self.reloader = Reloader(self.service, load, watched, also)
        parts = own_parts(settings, lambda: self.store, lambda: self.service.policies)
        self.admin = admin_of(settings, Figures(self.service, self.reloader), parts)
        self.envoy: EnvoyServer | None = None
        self._servers: list[asyncio.Server] = []
        self._tasks: list[asyncio.Task[None]] = []

    def _open_store(self, url: str, registry: Registry) -> None:
        try:
            from tokenward.decisions.recorder import Recorder  # noqa: PLC0415  # slow to import
            from tokenward.online.drift import watcher_of  # noqa: PLC0415  # likewise
            from tokenward.store.store import Store  # noqa: PLC0415  # likewise
        except ImportError as error:
            raise MissingExtra("a store", "sidecar", str(error.name)) from None

        self.store = Store.open(url, create=True, shard=self.settings.shard)
        self.drift = watcher_of(self.settings.drift, self.store)
        self.recorder = Recorder(self.store, registry.features(), observer=self.drift)
        if self.drift is not None:
            self.telemetry.watch_drift(self.drift.samples)
        self.telemetry.watch_records(lambda: self.recorder.dropped if self.recorder else {})

    # -- start ------------------------------------------------------------------------------

    async def start(self, control: socket.socket | None = None) -> None:
        """Opens both ports.

        With ``control``, a connection to the process that started it, it is one of several: it
        shares the guarded port with the others, and answers the operator on that connection only.
        """
        settings = self.settings
        self.address = await self._listen(
            self.service, settings.host, settings.port, "port", shared=control is not None
        )
        if control is None:
            host, port = settings.admin_host, admin_port_of(settings, self.address[1])
            self.admin_address = await self._listen(self.admin, host, port, "admin_port")
        else:
            self.admin = Control(Figures(self.service, self.reloader))
            await asyncio.get_running_loop().create_connection(
                lambda: Connection(self.admin), sock=control
            )
        await self._open_envoy(shared=control is not None)
        await asyncio.to_thread(self._energy.begin)
        self._begin_works()

    def also(self, work: Coroutine[Any, Any, None]) -> None:
        """Has more work done until the end."""
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    async def _open_envoy(self, *, shared: bool) -> None:
        port = self.settings.envoy_port
        if port is None:
            return
        try:
            from tokenward.sidecar.envoy.server import EnvoyServer  # noqa: PLC0415  # an extra
        except ImportError as error:
            raise MissingExtra("a port for Envoy", "envoy", str(error.name)) from None

        self.envoy = EnvoyServer(self.service, shared=shared)
        self.envoy_port = await self.envoy.start(self.settings.host, port)

    def _begin_works(self) -> None:
        loop = asyncio.get_running_loop()
        desk = self.admin.desk
        works = (
            *(() if desk is None else (desk.watch(),)),
            self._sweep(),
            self.reloader.watch(),
            self.service.overload.watch(partial(self.service.log_failure, "-")),
        )
        self._tasks = [loop.create_task(work) for work in works]

    async def _listen(
        self, app: App, host: str, port: int, name: str, *, shared: bool = False
    ) -> tuple[str, int]:
        context = self.certificate.context if self.certificate and app is self.service else None
        timeout = max(self.settings.limits.header_timeout, SHORTEST_HANDSHAKE) if context else None
        server = await listen(
            lambda: Connection(app), host, port, name,
            ssl=context, ssl_handshake_timeout=timeout, reuse_port=shared,
        )  # fmt: skip
        self._servers.append(server)
        address = server.sockets[0].getsockname()
        return str(address[0]), int(address[1])

    @property
    def url(self) -> str:
        """The address of the guarded port."""
        return url_of(self.address, secure=self.certificate is not None)

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
        if self.admin.desk is not None:
            self.admin.desk.close()
        await listening.close(*self._servers)
        for connection in list(self.service.connections):
            connection.shut()
        done = await self._drain(hurry or asyncio.Event())
        await self._abort()
        self.service.refusals.close()
        if self.envoy is not None:
            await self.envoy.stop(0.0)
        if self.recorder is not None:
            patience = min(self.settings.drain_timeout, RECORDS_SECONDS)
            await asyncio.to_thread(self.recorder.close, max(patience, SHORTEST_PATIENCE))
        if self.store is not None:
            self.store.close()
        if self.tracing is not None:
            await asyncio.to_thread(self.tracing.close)
        self.reloader.close()
        self.service.policies.close()
        self._energy.end()
        return done

    async def _drain(self, hurry: asyncio.Event) -> bool:
        loop = asyncio.get_running_loop()
        until = loop.time() + self.settings.drain_timeout
        while self._at_work() and loop.time() < until and not hurry.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(hurry.wait(), 0.05)
        return not self._at_work()

    async def _flush(self) -> None:
        """Gives the last words a moment to leave."""
        for _ in range(LAST_LOOKS):
            if all(c.flushed for c in self.service.connections):
                return
            await asyncio.sleep(LAST_WORDS / LAST_LOOKS)

    def _at_work(self) -> bool:
        """Tells whether an answer is not finished, or has not left yet."""
        service = self.service
        return bool(service.exchanges) or not all(c.flushed for c in service.connections)

    async def _abort(self) -> None:
        """Breaks off what is still at work, and closes everything."""
        tasks = [exchange.task for exchange in self.service.exchanges]
        for exchange in list(self.service.exchanges):
            exchange.shut_down()
        for task in self._tasks:
            task.cancel()
        tasks += self._tasks
        if tasks:
            await asyncio.wait(tasks)
        await self._flush()
        self.service.pool.close()
        for connection in [*self.service.connections, *self.admin.connections]:
            connection.abort()
        for server in self._servers:
            await server.wait_closed()


async def listen(
    factory: Callable[[], asyncio.Protocol], host: str, port: int, name: str, **how: Any
) -> asyncio.Server:
    """Opens a port; ``name`` is the setting that an error tells of."""
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(factory, host, port, backlog=BACKLOG, **how)
    except (OSError, OverflowError) as error:
        raise cannot_listen(name, host, port, error) from None


def cannot_listen(name: str, host: str, port: int, error: Exception) -> UsageError:
    """Returns the error of a port that cannot be opened."""
    reason = getattr(error, "strerror", None) or type(error).__name__
    return UsageError(f"{name}: cannot listen on {host}:{port}: {reason}; choose another")


def admin_port_of(settings: Settings, port: int) -> int:
    """Returns the operator's port: as set, or the one behind the guarded port."""
    if settings.admin_port is not None:
        return settings.admin_port
    return port + 1 if settings.port else 0


def tracing_of(settings: Settings) -> Tracing | None:
    """Returns what tells OpenTelemetry of requests, if anything does."""
    return None if settings.otel == "none" else Tracing(stages=settings.otel == "stages")


class Control(Admin):
    """Answers the process that started this one, on a connection of their own.

    ``gone`` is set when that process has ended.
    """

    def __init__(self, source: Source) -> None:
        super().__init__(source, Access(local=False))
        self.limits = replace(self.limits, header_timeout=math.inf, idle_timeout=math.inf)
        self.gone = asyncio.Event()

    def closed(self, connection: Connection) -> None:
        """Is told that the connection has ended."""
        super().closed(connection)
        self.gone.set()


def url_of(address: tuple[str, int], *, secure: bool = False) -> str:
    """Returns the URL of an address.

    >>> url_of(("::1", 80)), url_of(("127.0.0.1", 8080))
    ('http://[::1]:80', 'http://127.0.0.1:8080')
    """
    host, port = address
    scheme = "https" if secure else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
