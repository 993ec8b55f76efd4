"""Puts the commands together; each is a module that imports what it needs when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

import tokenward
from tokenward.cli import (
    alerts,
    check,
    compare,
    demo,
    evaluate,
    feedback,
    generate,
    models,
    monitor,
    plugins,
    policy,
    purge,
    report,
    scan,
    serve,
)

app = typer.Typer(
    help=tokenward.__doc__,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"tokenward {tokenward.__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Guard and watch a language model from where its tokens are made.

    Exit codes: 0 fine; 1 the policy or gate says no; 2 the user's mistake; 3 an upstream or store
    failed.
    """
    del version


app.command()(check.check)
app.command()(scan.scan)
app.command()(serve.serve)
app.command()(generate.generate)
app.add_typer(policy.app, name="policy")
app.add_typer(plugins.app, name="plugins")
app.command()(evaluate.evaluate)
app.command()(report.report)
app.command()(monitor.monitor)
app.add_typer(alerts.app, name="alerts")
app.command()(compare.compare)
app.add_typer(models.app, name="models")
app.command()(feedback.feedback)
app.command()(purge.purge)
app.command()(demo.demo)
