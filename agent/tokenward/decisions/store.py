"""The store of interactions: an SQLite file with one writer and any number of readers."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Engine, Select, delete, func, select, tuple_
from sqlalchemy.dialects.sqlite import insert

from tokenward.decisions import schema
from tokenward.decisions.database import (
    begin_again,
    identity,
    open_engine,
    store_errors,
    store_path,
)
from tokenward.decisions.keys import Hasher, find_key
from tokenward.decisions.names import Names
from tokenward.decisions.record import Interaction
from tokenward.decisions.rows import from_row, to_row
from tokenward.decisions.runs import Runs
from tokenward.errors import StoreError, UsageError, one_of

logger = logging.getLogger(__name__)

PAGE = 500
TABLE = schema.interactions
COLUMNS = [column.name for column in TABLE.columns if column.name != "seq"]
INSERT = (
    f"INSERT INTO {TABLE.name} ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608  # our own names
    " ON CONFLICT DO NOTHING"
)
"""Written here, because to bind each value by its name and type costs as much as to write a row."""
Where = Mapping[str, str | None]


class Store:
    """Interactions in a file. Reads take short transactions, so that they never hold up the writer.

    Periods are half open: ``start <= time < end``, in seconds since the epoch. ``where`` maps
    columns of ``schema.FILTERS`` to the value they must have.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path = path
        self._engine = engine
        self._file = identity(path)
        self._names = Names(engine)
        self.runs = Runs(path, engine)

    @classmethod
    def open(cls, url: str, *, create: bool = False, read_only: bool = False) -> Store:
        """Opens ``sqlite:///FILE`` or a path; with ``create`` for recording, made where missing."""
        path = store_path(url)
        store = cls(path, open_engine(path, create=create, read_only=read_only))
        if create:
            try:
                store.hasher  # noqa: B018 - a wrong key must stop the start, not the first record
            except (StoreError, UsageError):
                store.close()
                raise
        return store

    @cached_property
    def hasher(self) -> Hasher:
        """Hashes subjects and sessions; refuses a key that is not the one of the rows so far."""
        name, value = schema.settings.c.name, schema.settings.c.value
        with self._reading() as connection:
            known = connection.execute(select(value).where(name == "key")).scalar()
        hasher = Hasher(find_key(self.path, create=known is None))
        if known is None:
            row = insert(schema.settings).values(name="key", value=hasher.check)
            with self._writing() as connection:
                connection.execute(row.on_conflict_do_nothing())
                known = connection.execute(select(value).where(name == "key")).scalar()
        if known != hasher.check:
            raise StoreError(
                f"{self.path}: subjects were hashed with another key; use the key of this store"
            )
        return hasher

    def append(self, rows: Sequence[Interaction]) -> int:
        """Writes rows in one durable commit; returns how many were new (by decision_id).

        Where the file was moved or deleted meanwhile, a new one is begun and takes them.
        """
        values = [to_row(row, self.hasher, self._names.key_of) for row in rows]
        if not values:
            return 0
        self._follow()
        count = self._insert(values)
        if self._follow():  # they went into a file that had no name any more
            count = self._insert(values)
        return count

    def _insert(self, values: Sequence[Mapping[str, Any]]) -> int:
        with self._writing() as connection:
            names = self._names.write(connection)
            rows = [tuple(map(value.__getitem__, COLUMNS)) for value in values]
            count = connection.exec_driver_sql(INSERT, rows).rowcount
        self._names.written(names)
        return count

    def _follow(self) -> bool:
        """Begins a new file where there is another one, or none; tells whether it did."""
        if identity(self.path) == self._file:
            return False
        begin_again(self._engine, self.path)
        self._names.begin_again()
        self.__dict__.pop("hasher", None)
        self.hasher  # noqa: B018  # the new file must know the key
        self._file = identity(self.path)
        logger.warning("%s: the store's file was taken away; records go to a new one", self.path)
        return True

    def interactions(
        self, start: float | None = None, end: float | None = None, where: Where | None = None
    ) -> Iterator[Interaction]:
        """Yields the interactions of a period in order of time; memory does not grow with it."""
        base = select(TABLE).where(*conditions(start, end, where))
        base = base.order_by(TABLE.c.time, TABLE.c.seq).limit(PAGE)
        page = self._page(base)
        while page:
            yield from map(self._interaction, page)
            last = (page[-1]["time"], page[-1]["seq"])
            page = self._page(base.where(tuple_(TABLE.c.time, TABLE.c.seq) > last))

    def recent(self, limit: int, where: Where | None = None) -> list[Interaction]:
        """Returns the newest interactions, newest first."""
        query = select(TABLE).where(*conditions(None, None, where))
        query = query.order_by(TABLE.c.time.desc(), TABLE.c.seq.desc()).limit(limit)
        return [self._interaction(row) for row in self._page(query)]

    def get(self, decision_id: str) -> Interaction | None:
        """Returns the interaction of an identifier."""
        page = self._page(select(TABLE).where(TABLE.c.decision_id == decision_id))
        return self._interaction(page[0]) if page else None

    def count(
        self, start: float | None = None, end: float | None = None, where: Where | None = None
    ) -> int:
        """Returns how many interactions a period holds."""
        query = select(func.count()).select_from(TABLE).where(*conditions(start, end, where))
        with self._reading() as connection:
            return connection.execute(query).scalar_one()

    def aggregate(
        self,
        by: Sequence[str],
        start: float | None = None,
        end: float | None = None,
        where: Where | None = None,
    ) -> list[dict[str, Any]]:
        """Returns one row for each group: its keys, ``n``, and mean timings in seconds."""
        keys = [column(name) for name in by]
        means = (func.avg(TABLE.c[name]).label(name) for name in ("guard_seconds", "total_seconds"))
        query = select(*keys, func.count().label("n"), *means).select_from(TABLE)
        query = query.where(*conditions(start, end, where))
        query = query.group_by(*keys).order_by(func.count().desc(), *keys)
        return self._page(query)

    def bounds(self) -> tuple[float, float] | None:
        """Returns the times of the first and the last interaction."""
        with self._reading() as connection:
            query = select(func.min(TABLE.c.time), func.max(TABLE.c.time))
            first, last = connection.execute(query).one()
        return None if first is None else (first, last)

    def purge(self, *, before: float | None = None, subject: str | None = None) -> int:
        """Erases the interactions before a time, or of a subject; returns how many.

        The bytes are gone from the file afterwards: pages are overwritten, the file is rebuilt and
        its write-ahead log cut to nothing. Copies elsewhere are not its business.
        """
        if (before is None) == (subject is None):
            raise UsageError("give either a time or a subject to purge")
        if subject is not None:
            chosen = TABLE.c.subject == self.hasher("subject", subject)
        else:
            chosen = TABLE.c.time < before
        with self._writing() as connection:
            erased = connection.execute(delete(TABLE).where(chosen)).rowcount
        self._wipe()
        return erased

    def _wipe(self, patience: float = 30.0) -> None:
        deadline = time.monotonic() + patience
        with store_errors(self.path), self._engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")
            while True:
                checkpoint = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                if checkpoint.one()[0] == 0:
                    return
                connection.rollback()
                if time.monotonic() > deadline:
                    raise StoreError(
                        f"{self.path}: rows are deleted, but a reader keeps their bytes in the "
                        "write-ahead log; end it and purge again"
                    )
                time.sleep(0.05)

    def _page(self, query: Select[Any]) -> list[dict[str, Any]]:
        with self._reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _interaction(self, row: Mapping[str, Any]) -> Interaction:
        """Returns the interaction of a row; a damaged one is a ``StoreError``."""
        with store_errors(self.path):
            return from_row(row, self._names.scores)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with store_errors(self.path), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with store_errors(self.path), self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Closes the file."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def column(name: str) -> ColumnElement[Any]:
    """Returns a column that may filter or group."""
    if name not in schema.FILTERS:
        raise UsageError(f"unknown column {name!r}; {one_of(schema.FILTERS)}")
    return TABLE.c[name]


def conditions(
    start: float | None, end: float | None, where: Where | None
) -> list[ColumnElement[bool]]:
    """Returns the conditions of a period and its filters."""
    found: list[ColumnElement[bool]] = []
    if start is not None:
        found.append(TABLE.c.time >= start)
    if end is not None:
        found.append(TABLE.c.time < end)
    found.extend(column(name) == value for name, value in (where or {}).items())
    return found
