"""``tokenward monitor``: the scheduler of reports."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from tokenward.cli.output import note
from tokenward.monitor.extras import needs


def monitor(
    *,
    config: Annotated[
        Path, typer.Option(help="The monitor's YAML file.", envvar="TOKENWARD_CONFIG")
    ],
    once: Annotated[bool, typer.Option("--once", help="Make every report now, and end.")] = False,
) -> None:
    """Make drift reports on a schedule and tell when their state changes.

    With --once: exit 1 when a report finds drift.
    """
    with needs("a report"):
        from tokenward.monitor.config import load_config  # noqa: PLC0415
        from tokenward.monitor.schedule import run_forever, run_once  # noqa: PLC0415
    loaded = load_config(config)
    _log_to_stderr()
    if not once:
        names = ", ".join(one.name for one in loaded.reports)
        run_forever(loaded, started=lambda: note(f"monitoring: {names}"))
        return
    drift = False
    for result in run_once(loaded):
        typer.echo(f"{result.name}: {result.headline}")
        drift = drift or result.drift
    if drift:
        raise typer.Exit(1)


def _log_to_stderr() -> None:
    logger = logging.getLogger("tokenward")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
