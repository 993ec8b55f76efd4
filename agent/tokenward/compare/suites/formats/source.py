"""Reads files of users: JSON lines, JSON, CSV, TSV and lines of text, compressed or not."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tokenward.compare.suites.formats.row import Row
from tokenward.errors import UsageError

LARGEST = 1 << 24
"""Characters of a field of a CSV file; Python's own limit is 131,072, less than a document."""
TABLES = {".csv": ",", ".tsv": "\t"}


def text_of(path: Path) -> str:
    """Returns a file's text in UTF-8, without a byte order mark; unpacks ``.gz``.

    Raises:
        UsageError: where it cannot be read or unpacked, is not UTF-8, or is empty.
    """
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":  # what a packed file begins with, whatever it is called
            raw = gzip.decompress(raw)
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{path}: cannot be read: {reason}") from None
    if not text.strip():
        raise UsageError(f"{path}: the file is empty")
    return text


def files(path: Path, kind: str) -> list[Path]:
    """Returns the file, or those of a folder with an ending, in order of their names."""
    if not path.is_dir():
        return [path]
    found = sorted(one for one in path.iterdir() if ending(one) == kind)
    if not found:
        raise UsageError(f"{path}: no file {kind} or {kind}.gz in it")
    return found


def ending(path: Path) -> str:
    """Returns a file's ending in lower case, without that of packing.

    >>> ending(Path("bbq/Age.JSONL.gz")), ending(Path("prompts"))
    ('.jsonl', '')
    """
    suffixes = [one.lower() for one in path.suffixes if one.lower() != ".gz"]
    return suffixes[-1] if suffixes else ""


def lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yields the lines that are not blank, each with its ``file:line``."""
    # not splitlines: a line separator of Unicode within a JSON text does not end its line
    for number, line in enumerate(text_of(path).split("\n"), 1):
        if line.strip():
            yield f"{path}:{number}", line.rstrip("\r")


def rows(path: Path) -> Iterator[Row]:
    """Yields the rows of a table with a head (CSV, TSV), of JSON lines, or of a JSON list."""
    if ending(path) in TABLES:
        yield from _table(path, TABLES[ending(path)])
    elif text_of(path).lstrip().startswith("["):
        values = document(path)
        for number, value in enumerate(values, 1):
            yield _row(value, f"{path}: item {number}")
    else:
        for where, line in lines(path):
            yield _row(_parsed(line, where), where)


def document(path: Path) -> Any:
    """Returns the one JSON value that a file holds."""
    return _parsed(text_of(path), str(path))


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise UsageError(f"{where}: nested too deeply") from None
    except ValueError as error:
        at = ""
        if isinstance(error, json.JSONDecodeError):  # else a number with too many digits
            line = f" in line {error.lineno}" if error.lineno > 1 else ""
            at = f"{line} at column {error.colno}"
        raise UsageError(f"{where}: not JSON{at}; expected an object on each line") from None


def _row(value: Any, where: str) -> Row:
    if not isinstance(value, dict):
        raise UsageError(f"{where}: expected an object, found {type(value).__name__}")
    return Row(where, value)


def _table(path: Path, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(LARGEST)
    reader = csv.DictReader(io.StringIO(text_of(path), newline=""), delimiter=delimiter)
    start = 2  # a field may run over lines, so a row is where its first line is
    try:
        for values in reader:
            where = f"{path}:{start}"
            start = reader.line_num + 1
            if None in values:
                raise UsageError(f"{where}: more fields than the head of the table names")
            yield Row(where, {key: value for key, value in values.items() if value is not None})
    except csv.Error as error:
        raise UsageError(f"{path}:{start}: no table: {error}") from None
