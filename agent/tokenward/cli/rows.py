"""Reads texts from a file, row by row: JSON lines or plain lines, gzip'd or not."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import IO, Any, cast

from tokenward.cli.output import decode
from tokenward.errors import UsageError, one_of

JSON_LINES = (".jsonl", ".ndjson", ".json")


@dataclass(frozen=True, slots=True)
class Row:
    """A text of a file; ``id`` is the row's own, else its number from 1."""

    id: Any
    text: str = dataclass_field(repr=False)
    values: dict[str, Any] = dataclass_field(repr=False)
    where: str = ""


def read_rows(path: Path, field: str = "text") -> Iterator[Row]:
    """Yields the rows; memory does not grow with the file."""
    suffixes = [suffix for suffix in path.suffixes if suffix != ".gz"]
    is_json = bool(suffixes) and suffixes[-1] in JSON_LINES
    try:
        with _open(path) as file:
            for number, line in enumerate(file, 1):
                where = f"{path}:{number}"
                if is_json:
                    if line.strip():
                        yield _json_row(decode(line, where), number, where, field)
                else:
                    text = decode(line, where).rstrip("\r\n")
                    yield Row(number, text, {}, where)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path}: cannot be read: {reason}") from None


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _json_row(line: str, number: int, where: str, field: str) -> Row:
    try:
        values = json.loads(line)
    except ValueError as error:
        column = getattr(error, "colno", 1)
        reason = getattr(error, "msg", "number too long").lower()
        raise UsageError(f"{where}:{column}: not JSON: {reason}") from None
    except RecursionError:
        raise UsageError(f"{where}: nested too deeply") from None
    if not isinstance(values, dict):
        raise UsageError(f"{where}: expected an object, found {type(values).__name__}")
    text = values.get(field)
    if not isinstance(text, str):
        texts = one_of(key for key, value in values.items() if isinstance(value, str))
        raise UsageError(f"{where}: no text in field {field!r}; with --field {texts}")
    return Row(values.get("id", number), text, values, where)
