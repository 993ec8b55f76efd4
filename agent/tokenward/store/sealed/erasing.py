"""Erases records from one database and its sealed hours, so that their bytes are gone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, insert

from tokenward.errors import StoreError
from tokenward.store import schema
from tokenward.store.beside.feedback import Feedback
from tokenward.store.beside.texts import Texts
from tokenward.store.database import alone_in, store_errors
from tokenward.store.query import TABLE, Query
from tokenward.store.sealed import parquet
from tokenward.store.sealed.sealing import clear
from tokenward.store.sealed.segments import Segment, arrow, tables
from tokenward.store.shard import Shard

PATIENCE = 30.0
"""Seconds that a reader is waited for who keeps what was erased."""


@dataclass(frozen=True, slots=True)
class Erasing:
    """What is erased: all ``before`` a time, or all of ``subject``, given by its hash."""

    before: float | None
    subject: str | None

    def erase(self, shard: Shard) -> int:
        """Erases it from a database; returns how many records."""
        if not isinstance(shard.path, Path):
            erased = self._delete(shard)
            rebuild(shard)
            return erased
        # made even if nothing is sealed yet: who begins to seal must wait
        folder = parquet.made(parquet.sealed_folder(shard.path), shard.path.parent)
        with alone_in(folder):
            clear(shard, shard.path)
            try:
                erased = self._delete(shard) + self._unseal(shard, shard.path)
            finally:
                clear(shard, shard.path)
                wipe(shard)
        return erased

    def _delete(self, shard: Shard) -> int:
        chosen: ColumnElement[bool] = (
            TABLE.c.subject == self.subject if self.before is None else TABLE.c.time < self.before
        )
        with shard.writing() as connection:
            for kind in (Texts, Feedback):
                beside = kind(shard.path, shard.engine)
                beside.erase(connection, before=self.before, subject=self.subject)
            return connection.execute(delete(TABLE).where(chosen)).rowcount

    def _unseal(self, shard: Shard, path: Path) -> int:
        """Drops or writes anew the files that hold some of it; a damaged one only at the end."""
        with shard.reading() as connection:
            listed = shard.listed(connection, Query(end=self.before))
        erased = 0
        damaged: StoreError | None = None
        for one in listed:
            try:
                erased += self._unsealed(shard, path, one)
            except StoreError as error:
                damaged = error
        if damaged is not None:
            raise damaged
        return erased

    def _unsealed(self, shard: Shard, path: Path, one: Segment) -> int:
        if self.before is not None and one.max_time < self.before:
            replace(shard, one, None)
            return one.rows
        if not self._is_in(one):
            return 0
        mark = Path(one.path).name.split("-")[1]
        rest = parquet.write(path, mark, one.hour, self._kept(one))
        replace(shard, one, rest)
        return one.rows - (rest.rows if rest else 0)

    def _is_in(self, segment: Segment) -> bool:
        """Tells whether a file holds any of it; refuses a damaged one."""
        column = "subject" if self.before is None else "time"
        if not any(self._goes(one).true_count for one in tables(segment, Query(), (column,))):
            return False
        if parquet.settled(segment.file)[1] != segment.sha256:
            raise StoreError(f"{segment.file}: is not what was sealed; bring back a copy of it")
        return True

    def _goes(self, table: Any) -> Any:
        """Returns which rows are erased."""
        pc = arrow().compute
        if self.before is None:
            found = pc.equal(table["subject"], self.subject)
        else:
            found = pc.less(table["time"], self.before)
        return pc.fill_null(found, False).combine_chunks()  # what is filled in

    def _kept(self, segment: Segment) -> Iterator[Any]:
        for table in tables(segment, Query(), parquet.NAMES):
            yield table.filter(arrow().compute.invert(self._goes(table))).cast(parquet.schema())


def replace(shard: Shard, old: Segment, new: Segment | None) -> None:
    """Names a file in the place of another, which is then removed."""
    with shard.writing() as connection:
        table = schema.segments
        connection.execute(delete(table).where(table.c.path == old.path))
        if new is not None:
            connection.execute(insert(table).values(new.values()))
    old.file.unlink(missing_ok=True)
    if old.file.parent.is_dir():
        parquet.settle_folder(old.file.parent)


def wipe(shard: Shard) -> None:
    """Rebuilds an SQLite file, and cuts its write-ahead log to nothing."""
    deadline = time.monotonic() + PATIENCE
    with store_errors(shard.path), shard.engine.connect() as connection:
        connection.exec_driver_sql("VACUUM")
        while True:
            checkpoint = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            if checkpoint.one()[0] == 0:
                return
            connection.rollback()
            if time.monotonic() > deadline:
                raise StoreError(
                    f"{shard.path}: rows are deleted, but a reader keeps their bytes in the "
                    "write-ahead log; end it and purge again"
                )
            time.sleep(0.05)


def rebuild(shard: Shard) -> None:
    """Has PostgreSQL write the tables anew: deleted rows stay in their files until then."""
    with store_errors(shard.path), shard.engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in (TABLE, schema.texts, schema.feedback):
            alone.exec_driver_sql(f"VACUUM FULL {table.name}")
        alone.exec_driver_sql("CHECKPOINT")
