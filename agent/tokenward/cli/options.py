"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenward.errors import UsageError, one_of
from tokenward.types import STAGES

PolicyOption = Annotated[
    str,
    typer.Option("--policy", "-p", help="A policy's name, or a path.", envvar="TOKENWARD_POLICY"),
]
StageOption = Annotated[
    str | None,
    typer.Option(
        "--stage",
        help="input, output, tool_call or tool_result; without it the rules of every stage apply.",
        envvar="TOKENWARD_STAGE",
    ),
]
StoreOption = Annotated[
    str,
    typer.Option(
        "--store",
        help="A file, sqlite:///FILE, or postgresql://USER@HOST/DATABASE.",
        envvar="TOKENWARD_STORE",
    ),
]
JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print JSON and nothing else on stdout.", envvar="TOKENWARD_JSON"),
]


def text_stage(stage: str | None) -> str | None:
    """Returns a stage that is known, or ``None`` for the rules of every stage."""
    if stage is not None and stage not in STAGES:
        raise UsageError(f"--stage: unknown stage {stage!r}; {one_of(STAGES)}")
    return stage
