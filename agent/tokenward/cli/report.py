"""``tokenward report``: a drift and quality report now."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from tokenward.cli.options import JsonOption
from tokenward.cli.output import note, print_json
from tokenward.monitor.extras import needs


def report(
    *,
    store: Annotated[str, typer.Option(help="sqlite:///FILE or a path.", envvar="TOKENWARD_STORE")],
    out: Annotated[
        Path, typer.Option(help="The folder of the report's files.", envvar="TOKENWARD_OUT")
    ],
    reference: Annotated[
        str | None,
        typer.Option(
            metavar="RANGE",
            help="What was: START/END in ISO 8601 UTC, or a length such as 7d before the current "
            "range; without it, as long as that.",
            envvar="TOKENWARD_REFERENCE",
        ),
    ] = None,
    current: Annotated[
        str | None,
        typer.Option(
            metavar="RANGE",
            help="What is: START/END, or a length up to now; without it, the last 7d.",
            envvar="TOKENWARD_CURRENT",
        ),
    ] = None,
    formats: Annotated[
        str,
        typer.Option("--format", help="html, json, md, with commas.", envvar="TOKENWARD_FORMAT"),
    ] = "html,json,md",
    as_json: JsonOption = False,
) -> None:
    """Compare two periods of recorded traffic; exit 1 when there is drift."""
    with needs("a report"):
        from tokenward.decisions.store import Store  # noqa: PLC0415
        from tokenward.monitor.artifacts import (  # noqa: PLC0415
            make_folder,
            parse_formats,
            write_report,
        )
        from tokenward.monitor.ranges import parse_periods  # noqa: PLC0415
        from tokenward.monitor.report import make_report  # noqa: PLC0415
    wanted = parse_formats(formats)
    periods = parse_periods(reference, current, time.time())
    with Store.open(store, read_only=True) as opened:
        make_folder(out)
        made = make_report(
            opened, periods, progress=lambda count: note(f"read {count} interactions")
        )
    made = write_report(made, out, wanted)
    if as_json:
        print_json(made.as_dict())
    else:
        _print(made.headline, made.warnings, made.artifacts)
    if made.drift:
        raise typer.Exit(1)


def _print(headline: str, warnings: tuple[str, ...], artifacts: tuple[str, ...]) -> None:
    typer.echo(headline)
    for warning in warnings:
        note(f"warning: {warning}")
    for path in artifacts:
        typer.echo(path)
