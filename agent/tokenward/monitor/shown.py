"""What the dashboard of a monitor shows: its store, its reports, and policies to try."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tokenward.dashboard.access import access_of
from tokenward.dashboard.parts import Parts
from tokenward.dashboard.shelf import Shelf
from tokenward.dashboard.site import Dashboard
from tokenward.errors import UsageError
from tokenward.monitor.config import MonitorConfig
from tokenward.monitor.port import More, Port
from tokenward.store.store import Store


@contextmanager
def shown(
    config: MonitorConfig,
    host: str,
    port: int,
    *,
    token_file: str | None = None,
    policies: Sequence[str] = (),
    cases: str | None = None,
    more: More | None = None,
) -> Iterator[Port]:
    """Opens the port of a monitor; ``more`` are pages beside the dashboard's."""
    access = access_of(host, token_file, "host", "token_file")
    if cases is not None and not Path(cases).is_dir():
        raise UsageError(f"cases: no folder {cases!r}; make it first")
    shelf = Shelf(policies)
    with Store.open(config.store) as store:
        parts = Parts(
            "monitor",
            lambda: store,
            shelf,
            out=config.out,
            cases=None if cases is None else Path(cases),
        )
        with Port(Dashboard(parts), access, host, port, more) as opened:
            try:
                yield opened
            finally:
                shelf.close()
