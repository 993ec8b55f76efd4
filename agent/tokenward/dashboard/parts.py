"""What a dashboard shows: each part may be missing, and the page says so then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tokenward.dashboard.live import Live
from tokenward.dashboard.messages import Fault
from tokenward.dashboard.shelf import Policies

if TYPE_CHECKING:
    from tokenward.store.store import Store


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a dashboard.

    ``store`` returns the store of records, ``None`` where there is none; ``out`` is the folder of
    the monitor's reports, ``cases`` the one that cases may be written into.
    """

    of: Literal["sidecar", "monitor"]
    store: Callable[[], Store | None]
    policies: Policies
    live: Live | None = None
    out: Path | None = None
    cases: Path | None = None

    def open(self) -> Store:
        """Returns the store; where there is none a page says how to get one."""
        store = self.store()
        if store is None:
            raise Fault(404, "no records are kept: there is no store")
        return store
