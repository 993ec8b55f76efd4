"""``tokenward scan``: every row of a file."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from tokenward.cli.options import JsonOption, PolicyOption, StageOption, text_stage
from tokenward.cli.output import note
from tokenward.cli.rows import Row, read_rows
from tokenward.errors import UsageError, one_of
from tokenward.types import Decision

FAIL_ON = ("never", "block")


def scan(
    file: Annotated[Path, typer.Argument(help="JSON lines (.jsonl, .gz too) or a text file.")],
    *,
    policy: PolicyOption = "default",
    stage: StageOption = None,
    field: Annotated[str, typer.Option("--field", help="The key of the text in a row.")] = "text",
    as_json: JsonOption = False,
    out: Annotated[Path | None, typer.Option("--out", help="Write the rows here.")] = None,
    fail_on: Annotated[
        str, typer.Option("--fail-on", help="'block': exit 1 when a row was blocked.")
    ] = "never",
) -> None:
    """Check every row of a file; print one JSON object a row, in order."""
    from tokenward.guard import Guard  # noqa: PLC0415

    if fail_on not in FAIL_ON:
        raise UsageError(f"--fail-on: unknown word {fail_on!r}; {one_of(FAIL_ON)}")
    where = text_stage(stage)
    actions: Counter[str] = Counter()
    with Guard.load(policy) as guard, _open(out) as sink:
        for row in _with_progress(file, read_rows(file, field)):
            decision = guard.check(row.text, stage=where)
            actions[decision.action] += 1
            sink.write(json.dumps(_result(row, decision)) + "\n")
    if not as_json:
        counts = ", ".join(f"{count} {action}" for action, count in actions.most_common())
        note(f"{actions.total()} rows{f': {counts}' if counts else ''}")
    if fail_on == "block" and actions["block"]:
        raise typer.Exit(1)


def _result(row: Row, decision: Decision) -> dict[str, Any]:
    return {"id": row.id, **decision.as_dict()}


class _open:  # noqa: N801  # a context manager that reads like open()
    def __init__(self, out: Path | None) -> None:
        self._out = out
        self._file: IO[str] | None = None

    def __enter__(self) -> IO[str]:
        if self._out is None:
            return sys.stdout
        try:
            self._file = self._out.open("w", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--out {self._out}: cannot be written: {error.strerror}") from None
        return self._file

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


def _with_progress(file: Path, rows: Any) -> Any:
    if not sys.stderr.isatty():
        return rows
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import track  # noqa: PLC0415

    return track(rows, description=file.name, console=Console(stderr=True))
