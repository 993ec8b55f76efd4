"""Keeps a store in order: hours that are over are sealed, what is too old is erased."""

from __future__ import annotations

import logging

from tokenward.errors import TokenwardError
from tokenward.store.store import Store

logger = logging.getLogger(__name__)

HOUR = 3600.0


class Upkeep:
    """Does what is due of it; ``retain`` is how many seconds records are kept, if not for ever."""

    def __init__(self, store: Store, retain: float | None) -> None:
        self._store = store
        self._retain = retain
        self._failing = False

    def __call__(self, now: float) -> None:
        """Seals and erases; a failure is logged, once until it works again, and ends nothing."""
        try:
            self._store.seal(now)
            self._erase(now)
        except TokenwardError as error:
            level = logging.DEBUG if self._failing else logging.ERROR
            self._failing = True
            logger.log(level, "the store is not in order: %s", error)
        else:
            self._failing = False

    def _erase(self, now: float) -> None:
        if self._retain is None:
            return
        # by whole hours: to erase rebuilds files
        before = (now - self._retain) // HOUR * HOUR
        ends = self._store.bounds()
        if ends is not None and ends[0] < before:
            erased = self._store.purge(before=before)
            logger.info("erased %d interactions, which were older than is kept", erased)
