"""Moves records of hours that are over out of the database, into a Parquet file of each hour.

A file is written whole under another name, brought to the disk and renamed; then one transaction
names it in the table ``segments`` and deletes its records. Whenever that is interrupted, each
record is in exactly one of both, and what was left over is cleared away with the next call.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, literal, select, text

from tokenward.errors import StoreError
from tokenward.store import schema
from tokenward.store.database import alone_in, put_setting
from tokenward.store.packer import Packer
from tokenward.store.query import TABLE
from tokenward.store.sealed import parquet
from tokenward.store.sealed.bare import fill
from tokenward.store.sealed.segments import Segment
from tokenward.store.shard import Shard

GRACE = 900.0
"""Seconds that an hour is waited for: records are dated by their beginning, written at the end."""
HOUR = 3600
MOST_ROWS = 100_000
"""Records of a file; of a fuller hour there are several, so that no transaction is long."""
GROUP = 10_000
"""Records that are in memory together, when a file is written and when it is read."""
IDENTITY = "id"
"""The setting by which files are known as those of one database, whatever it is called."""


NUMBERS = re.compile(r"^part-\w+-\d+-(\d+)(?:-\d+)?\.parquet$")
"""The number of the last record, in the name of a file."""
LAST_NUMBER = text(f"SELECT seq FROM sqlite_sequence WHERE name = '{TABLE.name}'")  # noqa: S608

logger = logging.getLogger(__name__)


class Sealing:
    """Seals the hours of one database."""

    def __init__(self, shard: Shard) -> None:
        self._shard = shard
        self._packer = Packer(shard.dictionary)

    def seal(self, now: float, grace: float) -> int:
        """Seals the hours that ended before; returns how many records were moved."""
        path = self._shard.path
        if not isinstance(path, Path):
            return 0
        over = (now - grace) // HOUR * HOUR
        folder = parquet.sealed_folder(path)
        if self._oldest(over) is None:
            return 0
        total = 0
        with alone_in(parquet.made(folder, path.parent), wait=False) as alone:
            if alone:
                clear(self._shard, path)
                while (oldest := self._oldest(over)) is not None:
                    total += self._seal(path, int(oldest // HOUR * HOUR))
        return total

    def _oldest(self, before: float) -> float | None:
        query = select(func.min(TABLE.c.time)).where(TABLE.c.time < before)
        with self._shard.reading() as connection:
            found: float | None = connection.execute(query).scalar()
        return found

    def _seal(self, path: Path, hour: int) -> int:
        """Seals the first records of an hour; returns how many."""
        shard = self._shard
        within = [TABLE.c.time >= hour, TABLE.c.time < hour + HOUR]
        with shard.writing() as connection:
            mark = put_setting(connection, IDENTITY, secrets.token_hex(4))
        with shard.reading() as connection:
            rows = [*within, TABLE.c.seq <= last_of(connection, within)]
            segment = parquet.write(path, mark, hour, self._tables(connection, rows))
        assert segment is not None  # there was a record of this hour
        self._commit(segment, rows)
        return segment.rows

    def _tables(self, connection: Connection, rows: Sequence[ColumnElement[bool]]) -> Iterator[Any]:
        """Yields records in order of time, as Arrow tables."""
        query = select(TABLE).where(*rows).order_by(TABLE.c.time, TABLE.c.seq)
        with connection.execution_options(yield_per=GROUP).execute(query) as result:
            for batch in result.partitions():
                yield parquet.table_of(self._filled(batch))

    def _filled(self, batch: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """Returns rows with the cells that those of earlier schemas lack."""
        at = parquet.NAMES.index("cells")
        if all(row[at] is not None for row in batch):
            return batch
        rows = [dict(zip(parquet.NAMES, row, strict=True)) for row in batch]
        fill(rows, self._shard.names, self._packer)
        return [tuple(row.values()) for row in rows]

    def _commit(self, segment: Segment, rows: Sequence[ColumnElement[bool]]) -> None:
        """Names a file in the place of the records that it holds."""
        shard = self._shard
        with shard.writing() as connection:
            # the bytes need not be gone before a purge, which rebuilds the file; this is faster
            connection.exec_driver_sql("PRAGMA secure_delete = OFF")
            try:
                connection.execute(insert(schema.segments).values(segment.values()))
                meanings = shard.dictionary.write(connection)
                if connection.execute(delete(TABLE).where(*rows)).rowcount != segment.rows:
                    raise StoreError(f"{shard.path}: records were erased while they were sealed")
            finally:
                connection.exec_driver_sql("PRAGMA secure_delete = ON")
        shard.dictionary.written(meanings)


def put_aside(file: Path) -> None:
    """Keeps a file whose records the database never had, where no report reads it."""
    aside = file.with_name(f"aside-{file.name}")
    file.replace(aside)
    logger.error(
        "%s: sealed records that this database never had, as it is older than they are; put aside "
        "as %s: no report reads it, and purge does not reach it",
        file, aside.name,
    )  # fmt: skip


def last_of(connection: Connection, within: Sequence[ColumnElement[bool]]) -> int:
    """Returns the number of the last record that goes into the file."""
    some = select(TABLE.c.seq).where(*within).order_by(TABLE.c.seq).limit(MOST_ROWS).subquery()
    found: int = connection.execute(select(func.max(some.c.seq))).scalar_one()
    return found


def clear(shard: Shard, path: Path) -> None:
    """Removes what an interrupted call left over: files of this database that it does not name.

    Records that it never had are no such thing: the database was brought back from a copy that is
    older than the file. That is put aside under another name, and told of.
    """
    with shard.reading() as connection:
        last = connection.execute(LAST_NUMBER).scalar() or 0
        known = {one.file for one in shard.listed(connection)}
        setting = schema.settings.c
        mark = connection.execute(
            select(setting.value).where(setting.name == literal(IDENTITY))
        ).scalar()
    if mark is None:
        return
    folder = parquet.sealed_folder(path)
    for file in folder.glob(f"*/*/*part-{mark}-*"):
        numbers = NUMBERS.search(file.name)
        if file in known:
            continue
        if numbers is not None and int(numbers[1]) > last:
            put_aside(file)
        else:
            file.unlink(missing_ok=True)
    for empty in (*folder.glob("*/*"), *folder.glob("*")):
        if empty.is_dir() and not any(empty.iterdir()):
            empty.rmdir()
