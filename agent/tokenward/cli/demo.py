"""``tokenward demo``: the whole thing on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenward.errors import MissingExtra

NEEDED = ("torch", "transformers", "uvloop", "openai", "evidently")


def demo(
    *,
    out: Annotated[
        Path, typer.Option("--out", help="The folder of its records and reports.")
    ] = Path("tokenward-demo"),
    requests: Annotated[
        int, typer.Option("--requests", min=30, max=10_000, help="Requests in each of its periods.")
    ] = 120,
) -> None:
    """Guard a small model that leaks and swears through all three doors; no download."""
    from importlib.util import find_spec  # noqa: PLC0415

    for module in NEEDED:
        if find_spec(module) is None:
            raise MissingExtra("the demo", "all", module)

    from rich.console import Console  # noqa: PLC0415

    from tokenward.demo.run import Demo  # noqa: PLC0415

    Demo(out, Console(), requests).run()
