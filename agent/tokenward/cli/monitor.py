"""``tokenward monitor``: the scheduler of reports."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokenward.cli.output import note
from tokenward.monitor.extras import needs

if TYPE_CHECKING:
    from tokenward.monitor.schedule import Monitor


def monitor(
    *,
    config: Annotated[
        Path, typer.Option(help="The monitor's YAML file.", envvar="TOKENWARD_CONFIG")
    ],
    once: Annotated[bool, typer.Option("--once", help="Make every report now, and end.")] = False,
    port: Annotated[
        int | None,
        typer.Option(envvar="TOKENWARD_PORT", help="Show the dashboard there; 0 takes a free one."),
    ] = None,
    host: Annotated[
        str, typer.Option(envvar="TOKENWARD_HOST", help="Where that port is.")
    ] = "127.0.0.1",
    token_file: Annotated[
        str | None,
        typer.Option(
            envvar="TOKENWARD_TOKEN_FILE",
            help="File of the token that the port asks for; needed where it is not local.",
        ),
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", "-p", help="A policy to try there; may repeat [the built-in]."),
    ] = None,
    cases: Annotated[
        str | None,
        typer.Option(envvar="TOKENWARD_CASES", help="Folder that cases may be written into there."),
    ] = None,
) -> None:
    """Make drift reports on a schedule and tell when their state changes.

    With --once, for cron and CronJobs: exit 1 when a report finds drift, 3 when one cannot be made.
    """
    with needs("a report"):
        from tokenward.dashboard.messages import text  # noqa: PLC0415
        from tokenward.monitor.config import load_config  # noqa: PLC0415
        from tokenward.monitor.metrics import metrics_text  # noqa: PLC0415
        from tokenward.monitor.schedule import run_forever, run_once  # noqa: PLC0415
        from tokenward.monitor.shown import shown  # noqa: PLC0415
    loaded = load_config(config)
    _log_to_stderr()
    if not once:

        @contextmanager
        def around(monitor: Monitor) -> Iterator[None]:
            with ExitStack() as opened:
                if port is not None:
                    more = {"/metrics": lambda: text(200, metrics_text(monitor))}
                    place = shown(
                        loaded, host, port, token_file=token_file, policies=policy or (),
                        cases=cases, more=more,
                    )  # fmt: skip
                    note(f"dashboard on {opened.enter_context(place).url}")
                note(f"monitoring: {', '.join(one.name for one in loaded.reports)}")
                yield

        run_forever(loaded, around)
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
