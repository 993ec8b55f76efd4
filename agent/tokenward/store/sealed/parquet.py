"""Writes the Parquet file of a sealed hour: whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, Boolean, Float, Integer

from tokenward.decisions.record import SCHEMA_VERSION
from tokenward.errors import StoreError
from tokenward.store.query import TABLE
from tokenward.store.sealed.segments import Segment, arrow

NAMES = tuple(one.name for one in TABLE.columns)
SEALED = ".sealed"
CHUNK = 1 << 20
ALIKE = (
    "source", "route", "model", "model_label", "policy", "revision", "action", "language",
    "decisions", "parameters", "degraded", "labels", "session", "subject",
)  # fmt: skip
"""Columns whose values come again and again."""


def sealed_folder(store: Path) -> Path:
    """Returns where the sealed hours of a store's file lie.

    >>> sealed_folder(Path("logs/tokenward.db")).as_posix()
    'logs/tokenward.db.sealed'
    """
    return store.with_name(store.name + SEALED)


def hour_folder(store: Path, hour: int) -> Path:
    """Returns the folder of an hour, named as other programs expect parts to be.

    >>> hour_folder(Path("t.db"), 1767225600).as_posix()
    't.db.sealed/dt=2026-01-01/hour=00'
    """
    # a clock that was badly wrong dates records before all calendars
    moment = datetime.fromtimestamp(max(hour, 0), UTC)
    return sealed_folder(store) / f"dt={moment:%Y-%m-%d}" / f"hour={moment:%H}"


def schema() -> Any:
    """Returns the columns of a file: those of the table, cells as lists of numbers."""
    pa = arrow()
    kinds = {Boolean: pa.bool_(), Float: pa.float64(), Integer: pa.int64(), BigInteger: pa.int64()}
    fields = [
        (one.name, next((kinds[kind] for kind in kinds if isinstance(one.type, kind)), pa.string()))
        for one in TABLE.columns
    ]
    cells = ("cells", pa.list_(pa.int64()))
    told = {"tokenward_schema": str(SCHEMA_VERSION)}
    return pa.schema([cells if name == "cells" else (name, kind) for name, kind in fields], told)


def table_of(rows: Sequence[Sequence[Any]]) -> Any:
    """Returns rows, in the order of the table's columns, as an Arrow table."""
    pa = arrow()
    whole = schema()
    columns = [
        lists(packed) if name == "cells" else pa.array(packed, whole.field(name).type)
        for name, packed in zip(NAMES, zip(*rows, strict=True), strict=True)
    ]
    return pa.table(columns, whole)


def lists(packed: Iterable[bytes]) -> Any:
    """Returns packed cells as an Arrow array of lists.

    >>> from tokenward.store.cells import pack
    >>> lists([pack([3, 4]), pack([])]).to_pylist()
    [[3, 4], []]
    """
    import numpy as np  # noqa: PLC0415  # slow to import

    pa = arrow()
    packed = list(packed)
    lengths = np.fromiter((len(one) // 8 for one in packed), np.int32, len(packed))
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    cells = np.frombuffer(b"".join(packed), "<i8").astype("=i8")
    return pa.ListArray.from_arrays(pa.array(ends), pa.array(cells))


def write(store: Path, mark: str, hour: int, tables: Iterable[Any]) -> Segment | None:
    """Writes the records of an hour, in order of time; returns ``None`` where there are none.

    ``mark`` tells the files of one database from those of others. A ``StoreError`` leaves nothing.
    """
    pa = arrow()
    folder = hour_folder(store, hour)
    draft = made(folder, store.parent) / f".part-{mark}-{secrets.token_hex(4)}.tmp"
    ends = Ends()
    with removed_on_error(draft, pa):
        with pa.parquet.ParquetWriter(
            draft, schema(), compression="zstd", use_dictionary=[*ALIKE, "cells.list.element"],
            write_page_checksum=True, version="2.6",
        ) as writer:  # fmt: skip
            for table in tables:
                ends.add(table)
                writer.write_table(table)
        if not ends.rows:
            draft.unlink()
            return None
        size, digest = settled(draft)
        file = free(folder, f"part-{mark}-{ends.first_seq}-{ends.last_seq}")
        draft.replace(file)
        settle_folder(folder)
    path = file.relative_to(store.parent).as_posix()
    return Segment(
        store.parent, path, hour, ends.rows, size, ends.first_seq, ends.last_seq,
        ends.min_time, ends.max_time, digest, SCHEMA_VERSION,
    )  # fmt: skip


class Ends:
    """How many rows there are, and between which numbers and times."""

    def __init__(self) -> None:
        self.rows = 0
        self.first_seq = self.last_seq = 0
        self.min_time = self.max_time = 0.0

    def add(self, table: Any) -> None:
        """Takes rows."""
        if not table.num_rows:
            return
        bounds = arrow().compute.min_max
        seq, time = bounds(table["seq"]).as_py(), bounds(table["time"]).as_py()
        known = self.rows > 0
        self.first_seq = min(self.first_seq, seq["min"]) if known else seq["min"]
        self.last_seq = max(self.last_seq, seq["max"])
        self.min_time = min(self.min_time, time["min"]) if known else time["min"]
        self.max_time = max(self.max_time, time["max"]) if known else time["max"]
        self.rows += table.num_rows


@contextmanager
def removed_on_error(draft: Path, pa: Any) -> Iterator[None]:
    """Removes a file that could not be finished, and says why."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        draft.unlink(missing_ok=True)
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        why = "no space left; free some, or purge old interactions" if full else str(error)
        raise StoreError(f"{draft.parent}: records cannot be sealed: {why}") from None
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def made(folder: Path, root: Path) -> Path:
    """Makes a folder, and the ones above it up to one that is there."""
    try:
        missing = [one for one in (folder, *folder.parents) if one.is_relative_to(root)]
        for one in reversed(missing):
            if not one.is_dir():
                one.mkdir(exist_ok=True)
                settle_folder(one.parent)
    except OSError as error:
        raise StoreError(f"{folder}: cannot make the folder: {error.strerror}") from None
    return folder


def free(folder: Path, name: str) -> Path:
    """Returns a name that no file has yet."""
    file, number = folder / f"{name}.parquet", 1
    while file.exists():
        number += 1
        file = folder / f"{name}-{number}.parquet"
    return file


def settled(file: Path) -> tuple[int, str]:
    """Brings a file to the disk; returns its length and its SHA-256."""
    digest = hashlib.sha256()
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
        while chunk := handle.read(CHUNK):
            digest.update(chunk)
        return handle.tell(), digest.hexdigest()


def settle_folder(folder: Path) -> None:
    """Brings the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
