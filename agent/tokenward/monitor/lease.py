"""Holds the claim of a run while it is at work, so that another takes it over soon if it dies."""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import Self

from tokenward.errors import StoreError
from tokenward.store.beside import runs as module
from tokenward.store.beside.runs import RunKey, Runs

logger = logging.getLogger(__name__)

BEATS = 6
"""Within a lease: a few may be missed, for the store may be locked for a while."""


class Lease:
    """Renews a claim in a thread of its own until its block ends; ``lost`` if another has it."""

    def __init__(self, runs: Runs, key: RunKey, beat: float | None = None) -> None:
        self._runs = runs
        self._key = key
        self._beat = beat or module.LEASE_SECONDS / BEATS
        self._over = threading.Event()
        self.lost = False
        self._thread = threading.Thread(target=self._renew, name="tokenward-lease", daemon=True)

    def _renew(self) -> None:
        while not self._over.wait(self._beat):
            try:
                self.lost = not self._runs.renew(self._key)
            except StoreError as error:
                logger.warning("a claim was not renewed, this is tried again: %s", error)
            if self.lost:
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
