"""``tokenward compare``: base against optimized model; not there yet."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenward.cli.options import JsonOption
from tokenward.errors import NotAvailable


def compare(
    base: Annotated[str, typer.Argument()],
    optimized: Annotated[str, typer.Argument()],
    *,
    suite: Annotated[list[str] | None, typer.Option("--suite")] = None,
    gate: Annotated[Path | None, typer.Option("--gate")] = None,
    as_json: JsonOption = False,
    report: Annotated[Path | None, typer.Option("--report")] = None,
) -> None:
    """Compare a base and an optimized model; not there yet."""
    del base, optimized, suite, gate, as_json, report
    raise NotAvailable(
        "'compare' is not there yet; 'tokenward report --reference ... --current ...' compares "
        "what was recorded of two models in two periods"
    )
