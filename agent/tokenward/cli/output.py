"""How commands read text and print results."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

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


def table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Yields lines with columns aligned.

    >>> list(table([("a", "bb"), ("ccc", "d")]))
    ['a    bb', 'ccc  d']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
