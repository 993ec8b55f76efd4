"""``tokenward purge``: retention and erasure."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenward.cli.options import StoreOption
from tokenward.errors import UsageError
from tokenward.monitor.extras import needs


def purge(
    *,
    store: StoreOption,
    before: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Erase what is older than this, in ISO 8601 UTC."),
    ] = None,
    subject: Annotated[
        str | None, typer.Option(metavar="ID", help="Erase what was recorded of this subject.")
    ] = None,
) -> None:
    """Erase recorded interactions, so that their bytes are gone from the store."""
    with needs("the store"):
        from tokenward.monitor.ranges import parse_instant  # noqa: PLC0415
        from tokenward.store.store import Store  # noqa: PLC0415
    if (before is None) == (subject is None):
        raise UsageError("purge needs one of: --before DATE, --subject ID")
    moment = None if before is None else parse_instant(before)
    with Store.open(store) as opened:
        erased = opened.purge(before=moment, subject=subject)
    typer.echo(f"erased {erased} interactions")
