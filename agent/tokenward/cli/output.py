"""How commands read text and print results."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from tokenward.errors import UsageError


def print_json(value: Any) -> None:
    """Prints one line of JSON: ASCII only, so that any text survives any terminal."""
    sys.stdout.write(json.dumps(value) + "\n")


def print_text(text: str) -> None:
    """Prints text; lone surrogates, which no terminal can show, become question marks."""
    sys.stdout.write(text.encode("utf-8", "replace").decode("utf-8"))


def note(line: str) -> None:
    """Prints a line for people, on stderr."""
    sys.stderr.write(line + "\n")


def read_text(text: str | None) -> str:
    """Returns the text of an argument; stdin for ``-`` or none."""
    if text is not None and text != "-":
        return text
    return decode(sys.stdin.buffer.read(), "stdin")


def read_file(path: Path) -> str:
    """Returns the text of a file."""
    try:
        return decode(path.read_bytes(), str(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def decode(data: bytes, source: str) -> str:
    """Returns UTF-8 text; says where it is none."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{source}: not UTF-8 at byte {error.start}; convert it to UTF-8"
        ) from None


PIPED_WIDTH = 120
"""Columns of a table that no terminal shows."""


def grid(head: Sequence[str], rows: Iterable[Sequence[str]], *, to: TextIO | None = None) -> str:
    """Returns a table with its cells wrapped to the width of where it is shown, stdout by default.

    Columns in which all cells are empty are left out.

    >>> print(grid(["rule", "note", "score"], [["a", "", "0.5"], ["b", "", "0.25"]]))
      rule  score
      a     0.5
      b     0.25
    """
    # rich is not light, and few commands print tables
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    cells = [[_printable(cell) for cell in row] for row in rows]
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    kept = [at for at in range(len(head)) if any(row[at] for row in cells)]
    for at in kept:
        drawn.add_column(head[at], overflow="fold")
    for row in cells:
        drawn.add_row(*(row[at] for at in kept))
    width = PIPED_WIDTH
    if (to or sys.stdout).isatty():
        width = shutil.get_terminal_size((PIPED_WIDTH, 0)).columns
    out = io.StringIO()
    console = Console(
        file=out, width=max(width, 40) - 2, markup=False, emoji=False, highlight=False
    )
    console.print(drawn)
    return "\n".join(f"  {line}".rstrip() for line in out.getvalue().splitlines() if line)


def _printable(cell: str) -> str:
    text = cell.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yields lines with columns aligned.

    >>> list(table([("a", "bb"), ("ccc", "d")]))
    ['a    bb', 'ccc  d']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
