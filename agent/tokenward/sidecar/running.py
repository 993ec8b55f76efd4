"""Runs the sidecar until a signal ends it: as one process, or as several on one port."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from tokenward.errors import UsageError
from tokenward.sidecar.admin import Admin
from tokenward.sidecar.connection import Connection
from tokenward.sidecar.pages import gather
from tokenward.sidecar.server import (
    Control,
    Sidecar,
    admin_port_of,
    cannot_listen,
    listen,
    url_of,
)
from tokenward.sidecar.settings import Settings
from tokenward.sidecar.shown import admin_of, shared_parts
from tokenward.sidecar.stall import Stall

if TYPE_CHECKING:
    from tokenward.sidecar.workers import Workers

Announce = Callable[[str], None]
SWEEP_SECONDS = 1.0
SPARE_FILES = 256
"""Beside connections: the store, models, logs, what is loaded."""

logger = logging.getLogger(__name__)


class Signals:
    """What the operator asks of a process: to end, and by a second signal to end at once."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.hurry = asyncio.Event()
        self.hung = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)

    def end(self) -> None:
        """Is told of a signal."""
        (self.hurry if self.ended.is_set() else self.ended).set()


async def serve(settings: Settings, announce: Announce) -> None:
    """Runs the sidecar in this process."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to load again
    allow_files(settings)
    sidecar = Sidecar(settings)
    await sidecar.start()
    signals = begin(sidecar)
    announce(f"listening on {sidecar.url}")
    announce(f"admin on {sidecar.admin_url}")
    if sidecar.envoy is not None:
        announce(f"envoy on {settings.host}:{sidecar.envoy_port}")
    await signals.ended.wait()
    announce("draining")
    if not await sidecar.stop(hurry=signals.hurry):
        announce("some answers were broken off")


async def serve_part(settings: Settings, control: socket.socket) -> None:
    """Runs the sidecar as one of several processes; it ends with the one that started it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    allow_files(settings)
    sidecar = Sidecar(settings)
    await sidecar.start(control)
    signals = begin(sidecar)
    assert isinstance(sidecar.admin, Control)
    # one whose detector hangs ends too: another is started in its place
    events = (signals.ended, sidecar.admin.gone, signals.hung)
    ends = [asyncio.ensure_future(one.wait()) for one in events]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    for one in ends:
        one.cancel()
    await sidecar.stop(hurry=signals.hurry)


def begin(sidecar: Sidecar) -> Signals:
    """Listens to signals."""
    signals = Signals()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, sidecar.reloader.ask)
    if sidecar.settings.max_stall:
        stall = Stall(sidecar.settings.max_stall, lambda: sidecar.service.policies.stuck)
        signals.hung = stall.hung
        sidecar.also(stall.watch())
    keep_loaded()
    # in a thread: what is loaded can be used meanwhile
    asyncio.get_running_loop().run_in_executor(None, gather)
    return signals


def keep_loaded() -> None:
    """Has the collector begin, and pass over what is loaded by now: it stays.

    It is not asked to look at all of that first: this takes a tenth of a second, and finds nothing.
    """
    gc.freeze()
    gc.enable()


def allow_files(settings: Settings) -> None:
    """Raises the number of files that may be open: each connection is one, and so is its upstream.

    Systems often give a process fewer than it may have.
    """
    needed = 2 * settings.limits.connections + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < needed:
        logger.warning(
            "only %d files may be open, and max_connections needs %d; raise the limit (ulimit -n)",
            allowed,
            needed,
        )


def check_many(settings: Settings) -> None:
    """Refuses settings that several processes cannot share."""
    if settings.session_ttl:
        raise UsageError(
            "workers: the values of a session are kept in one process; with session_ttl give "
            "workers 1"
        )
    if settings.envoy_port == 0:
        raise UsageError("workers: all of them share envoy_port; give it a number above 0")


async def serve_many(settings: Settings, announce: Announce) -> int:
    """Runs several processes on one port; returns the exit status."""
    from tokenward.sidecar.workers import Workers  # noqa: PLC0415  # only needed here

    check_many(settings)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is somebody to tell
    signals = Signals()
    port = reserved(settings.host, settings.port)
    with port:
        host, number = port.getsockname()[:2]
        workers = Workers(settings, number)
        admin = admin_of(settings, workers, shared_parts(settings))
        server = await listen(
            lambda: Connection(admin),
            settings.admin_host,
            admin_port_of(settings, number),
            "admin_port",
        )
        status = await started(workers, signals)
        keep_loaded()
        if status is not None:
            server.close()
            return status
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, workers.signal, signal.SIGHUP)
        announce(f"listening on {url_of((host, number), secure=settings.secure)}")
        announce(f"admin on {url_of(server.sockets[0].getsockname()[:2])}")
        if settings.envoy_port is not None:
            announce(f"envoy on {settings.host}:{settings.envoy_port}")
        works = begin_works(admin)
        await signals.ended.wait()
        announce("draining")
        if not await workers.stop(signals.hurry):
            announce("some processes had to be killed")
        for work in works:
            work.cancel()
        server.close()
    return 0


def begin_works(admin: Admin) -> list[asyncio.Task[None]]:
    """Begins what is done for the operator's port until the end."""
    works = [asyncio.ensure_future(sweep(admin))]
    if admin.desk is not None:
        works.append(asyncio.ensure_future(admin.desk.watch()))
    return works


async def started(workers: Workers, signals: Signals) -> int | None:
    """Starts the processes; returns the exit status of all where they are not to go on."""
    from tokenward.sidecar.workers import cancelled  # noqa: PLC0415  # only needed here

    starting = asyncio.ensure_future(workers.start())
    ended = asyncio.ensure_future(signals.ended.wait())
    await asyncio.wait((starting, ended), return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        ended.cancel()
        return starting.result() or None
    await cancelled(starting)  # a model may take long to load: nobody waits for it now
    await workers.stop(signals.hurry)
    return 0


async def sweep(admin: Admin) -> None:
    """Ends connections of the operator that have waited too long, for ever."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        admin.sweep(loop.time())


def reserved(host: str, port: int) -> socket.socket:
    """Returns a socket that keeps a port for processes that share it; it takes no connections.

    A port that another program listens on is refused, though sharing would let both have it.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        if port:
            with socket.create_server(address[:2], family=family):
                pass
        mine = socket.socket(family, socket.SOCK_STREAM)
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        mine.bind(address)
    except (OSError, OverflowError) as error:
        raise cannot_listen("port", host, port, error) from None
    return mine
