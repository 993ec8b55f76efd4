"""``tokenward report``: a drift and quality report now."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from tokenward.cli.options import JsonOption, StoreOption
from tokenward.cli.output import note, print_json
from tokenward.monitor.extras import needs


def report(
    *,
    store: StoreOption,
    out: Annotated[
        Path, typer.Option(help="The folder of the report's files.", envvar="TOKENWARD_OUT")
    ],
    reference: Annotated[
        str | None,
        typer.Option(
            metavar="RANGE",
            help="What was: START/END in ISO 8601 UTC; a length such as 7d before the current "
            "range; same_hour_of_week=4; or label=NAME, the traffic of another model label. "
            "Without it, as long as the current range, before it.",
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
    slices: Annotated[
        str,
        typer.Option(
            help="Also by these, with commas: route, model_label, label.NAME, prompt.language ...",
            envvar="TOKENWARD_SLICES",
        ),
    ] = "",
    timezone: Annotated[
        str,
        typer.Option(
            help="Whose clocks tell the same hours of a week.", envvar="TOKENWARD_TIMEZONE"
        ),
    ] = "UTC",
    dashboard: Annotated[
        str | None,
        typer.Option(
            help="URL of /tokenward/, to which the page links.", envvar="TOKENWARD_DASHBOARD"
        ),
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(
            metavar="label=A,B",
            help="Judge model label B against A instead, as tokenward compare does models: pass, "
            "fail or inconclusive by the gate, from the records of the current range.",
            envvar="TOKENWARD_COMPARE",
        ),
    ] = None,
    gate: Annotated[
        Path | None,
        typer.Option(
            help="Margins for --compare; without it, a default gate.", envvar="TOKENWARD_GATE"
        ),
    ] = None,
    repeated: Annotated[
        bool,
        typer.Option(
            "--repeated",
            help="For --compare every hour until it decides: intervals that hold at all looks "
            "together. Needs --current START/END, always of the same START.",
            envvar="TOKENWARD_REPEATED",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare two periods of recorded traffic; exit 1 when there is drift.

    With --compare, two model labels: exit 1 unless the second passes.
    """
    if compare is not None:
        with needs("a comparison of labels"):
            from tokenward.cli.canary import judge_canary  # noqa: PLC0415
        passed = judge_canary(
            store, compare, current, gate, out, repeated=repeated, as_json=as_json
        )
        if not passed:
            raise typer.Exit(1)
        return
    with needs("a report"):
        from tokenward.monitor.artifacts import (  # noqa: PLC0415
            make_folder,
            parse_formats,
            write_report,
        )
        from tokenward.monitor.expression import check_slicing  # noqa: PLC0415
        from tokenward.monitor.ranges import parse_periods  # noqa: PLC0415
        from tokenward.monitor.report import make_report  # noqa: PLC0415
        from tokenward.store.store import Store  # noqa: PLC0415
    wanted = parse_formats(formats)
    by = tuple(check_slicing(name.strip()) for name in slices.split(",") if name.strip())
    periods = parse_periods(reference, current, time.time(), timezone)
    with Store.open(store, read_only=True) as opened:
        make_folder(out)
        made = make_report(opened, periods, by=by, progress=note)
    made = write_report(made, out, wanted, dashboard=dashboard)
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
