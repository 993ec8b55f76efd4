"""What the dashboard of a sidecar shows: of one process its own, of several what they share."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tokenward.dashboard.access import access_of
from tokenward.errors import UsageError
from tokenward.sidecar.admin import Admin
from tokenward.sidecar.desk import Desk, Source
from tokenward.sidecar.policies import Policies
from tokenward.sidecar.settings import Settings

if TYPE_CHECKING:
    from tokenward.dashboard.live import Live
    from tokenward.dashboard.parts import Parts
    from tokenward.store.store import Store


def admin_of(settings: Settings, source: Source, parts: Callable[[Live], Parts]) -> Admin:
    """Returns who answers the operator; one open to other machines must ask for a token."""
    if settings.cases is not None and not Path(settings.cases).is_dir():
        raise UsageError(f"cases: no folder {settings.cases!r}; make it first")
    access = access_of(settings.admin_host, settings.admin_token_file)
    return Admin(source, access, Desk(source, parts))


def own_parts(
    settings: Settings, store: Callable[[], Store | None], policies: Callable[[], Policies]
) -> Callable[[Live], Parts]:
    """Returns what one process shows: its store, and the policies that are at work in it."""

    def parts(live: Live) -> Parts:
        from tokenward.dashboard.parts import Parts  # noqa: PLC0415  # few ask for a page
        from tokenward.dashboard.shelf import AtWork  # noqa: PLC0415  # likewise

        at_work = AtWork(lambda: {one.policy.name: one.engine for one in policies().loaded})
        return Parts("sidecar", store, at_work, live, *folders(settings))

    return parts


def shared_parts(settings: Settings) -> Callable[[Live], Parts]:
    """Returns what the process shows that started the others: it loads what it needs itself."""

    @cache
    def store() -> Store | None:
        from tokenward.store.store import Store  # noqa: PLC0415  # slow to import

        return None if settings.store is None else Store.open(settings.store)

    def parts(live: Live) -> Parts:
        from tokenward.dashboard.parts import Parts  # noqa: PLC0415  # few ask for a page
        from tokenward.dashboard.shelf import Shelf  # noqa: PLC0415  # likewise

        return Parts("sidecar", store, Shelf(settings.policies), live, *folders(settings))

    return parts


def folders(settings: Settings) -> tuple[Path | None, Path | None]:
    """Returns where reports are read, and where cases may be written."""
    reports, cases = (
        None if one is None else Path(one) for one in (settings.reports, settings.cases)
    )
    return reports, cases
