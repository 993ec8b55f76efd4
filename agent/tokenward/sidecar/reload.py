"""Loads the policies again when the operator asks, or when one of their files has changed."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tokenward.errors import TokenwardError
from tokenward.sidecar.policies import Policies
from tokenward.wire.loaded import Loaded

if TYPE_CHECKING:
    from tokenward.sidecar.service import Service

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often files are looked at; a changed one must look the same twice before it is read."""

Looks = tuple[tuple[int, int, int] | None, ...]
"""Of each file its number, its time in nanoseconds and its size; ``None`` where it is missing."""


@dataclass(slots=True)
class LastReload:
    """How the last reload went: ``error`` is empty if it went well, ``time`` since the epoch."""

    time: float
    error: str = ""


class Reloader:
    """Keeps the policies of a service those of their files.

    A reload takes all policies or none: a bad file leaves the ones at work. Requests in progress
    end under the policy that they began with; its workers end when the last of them has.
    """

    def __init__(
        self,
        service: Service,
        load: Callable[[Collection[Loaded]], Policies],
        files: Sequence[Path] = (),
        also: Callable[[], None] | None = None,
    ) -> None:
        """``load`` makes the policies anew, but for those that it is given and need no change.

        ``also`` reads what else the files hold, before policies are taken.
        """
        self.last = LastReload(time.time())
        self._service = service
        self._load = load
        self._also = also
        self._files = tuple(files)
        self._known = look_at(self._files)
        self._before = self._known
        self._at_work = asyncio.Lock()
        self._asked = False
        self._retired: list[Loaded] = []
        self._tasks: set[asyncio.Task[None]] = set()
        service.telemetry.policies_loaded(references(service.policies))

    def ask(self) -> None:
        """Loads everything again, changed or not; one that asks while it is done asks once more."""
        if self._asked:
            return
        self._asked = True
        task = asyncio.get_running_loop().create_task(self.reload(fresh=True))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def watch(self) -> None:
        """Looks at the files for ever, and at policies that nobody uses any more."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
                await self._close_unused()
            except Exception as error:  # noqa: BLE001  # logged; files must be watched further on
                self._service.log_failure("-", error)

    async def look(self) -> None:
        """Loads again what changed, once it has come to rest: half a file may be a valid one."""
        if not self._files:
            return
        seen = await asyncio.to_thread(look_at, self._files)
        rests = seen == self._before
        self._before = seen
        if seen != self._known and rests:
            await self.reload()

    async def reload(self, *, fresh: bool = False) -> None:
        """Loads the policies; ``fresh`` also those whose own text is as before.

        What a policy names (lists of words, models) may have changed without it.
        """
        async with self._at_work:
            self._asked = False
            kept = () if fresh else self._service.policies.loaded
            self._known = self._before = await asyncio.to_thread(look_at, self._files)
            try:
                if self._also is not None:
                    self._also()
                policies = await asyncio.to_thread(self._load, kept)
            except TokenwardError as error:
                self._failed(str(error))
            except Exception as error:  # noqa: BLE001  # a plugin may fail in any way
                self._failed(f"a plugin raised {type(error).__name__}")
            else:
                self._take(policies)

    def _failed(self, words: str) -> None:
        self.last = LastReload(time.time(), words)
        self._service.telemetry.reload_failed()
        logger.error("not reloaded, the policies stay as they were: %s", words)

    def _take(self, policies: Policies) -> None:
        before = self._service.policies
        self._service.policies = policies  # one assignment: a request sees all of it, or nothing
        stay = {id(one) for one in policies.loaded}
        self._retired += [one for one in before.loaded if id(one) not in stay]
        self.last = LastReload(time.time())
        self._service.telemetry.policies_loaded(references(policies), reloaded=True)
        told = ", ".join(f"{name} {revision}" for name, revision in references(policies).items())
        logger.info("policies reloaded: %s", told)
        if gc.get_freeze_count():  # as at the start: what is loaded now stays
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    async def _close_unused(self) -> None:
        """Ends the workers of policies that no request uses any more."""
        used = self._service.engines()
        over = [one for one in self._retired if one.engine not in used]
        self._retired = [one for one in self._retired if one.engine in used]
        for one in over:
            await asyncio.to_thread(one.close)

    def close(self) -> None:
        """Ends the workers of all policies that were at work before."""
        for one in self._retired:
            one.close()
        self._retired.clear()


def references(policies: Policies) -> Mapping[str, str]:
    """Returns the names of policies with their revisions."""
    return {one.policy.name: one.policy.revision for one in policies.loaded}


def look_at(files: Sequence[Path]) -> Looks:
    """Returns how files look from outside."""
    return tuple(_look(path) for path in files)


def _look(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()  # through links: that is how mounted configuration changes
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
