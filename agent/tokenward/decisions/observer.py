"""Who looks at each record on its way to the store, in the recorder's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from tokenward.decisions.record import Interaction

logger = logging.getLogger(__name__)


class Observer(Protocol):
    """Looks at records. Requests do not wait for it, but later records do."""

    def observe(self, one: Interaction) -> None:
        """Is shown a record with its features."""

    def rest(self) -> None:
        """Is called after some records, and now and then while there are none."""

    def close(self) -> None:
        """Is called once, after the last record."""


class Observed:
    """Shows records to an observer, if there is one; what fails there harms no record.

    ``errors`` counts failures; the first is logged.
    """

    def __init__(self, observer: Observer | None) -> None:
        self.observer = observer
        self.errors = 0

    def observe(self, rows: Sequence[Interaction]) -> None:
        """Shows some records, and then lets the observer rest."""
        if self.observer is not None:
            for row in rows:
                self._guarded(self.observer.observe, row)
            self._guarded(self.observer.rest)

    def rest(self) -> None:
        """Lets the observer rest."""
        if self.observer is not None:
            self._guarded(self.observer.rest)

    def close(self) -> None:
        """Tells the observer that there are no more records."""
        if self.observer is not None:
            self._guarded(self.observer.close)

    def _guarded(self, call: Callable[..., None], *values: Interaction) -> None:
        try:
            call(*values)
        except Exception as error:  # noqa: BLE001 - counted; records go on whatever happens here
            self.errors += 1
            if self.errors == 1:
                logger.error("an observer of records failed: %s", type(error).__name__)  # noqa: TRY400
