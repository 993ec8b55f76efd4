"""One database of a store: the SQLite file of one writer, or a PostgreSQL database."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, inspect, select

from tokenward.store.database import identity, store_errors
from tokenward.store.dictionary import Dictionary
from tokenward.store.names import Names
from tokenward.store.query import TABLE, Place, Query
from tokenward.store.sealed import segments
from tokenward.store.sealed.segments import Row, Segment, Vanished

PAGE = 500
MOST = 1024
"""Databases of one store."""


class Shard:
    """The records of one database, those of its sealed hours included.

    ``number`` tells it from the others of its store. Reads take short transactions, so that they
    never hold up the writer.
    """

    def __init__(self, path: Path | str, engine: Engine, number: int = 0) -> None:
        self.path = path
        self.engine = engine
        self.number = number
        self.names = Names(engine)
        self.dictionary = Dictionary()
        self.file = identity(path) if isinstance(path, Path) else None
        self._present: frozenset[str] = frozenset()

    @property
    def folder(self) -> Path:
        """Where the folder of its sealed hours is."""
        return self.path.parent if isinstance(self.path, Path) else Path()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Opens a transaction in which all reads see the same."""
        with store_errors(self.path), self.engine.connect() as connection:
            if self.engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Opens a transaction that writes."""
        with store_errors(self.path), self.engine.begin() as connection:
            yield connection

    def present(self, connection: Connection) -> frozenset[str]:
        """Returns the columns that records have: a file of an earlier schema lacks some."""
        if len(self._present) < len(TABLE.columns):
            found = inspect(connection).get_columns(TABLE.name)
            self._present = frozenset(one["name"] for one in found)
        return self._present

    def listed(self, connection: Connection, query: Query | None = None) -> list[Segment]:
        """Returns the sealed segments that a query may find records in."""
        if not isinstance(self.path, Path) or "cells" not in self.present(connection):
            return []
        return segments.listed(connection, self.folder, query)

    # -- records ----------------------------------------------------------------------------

    def rows(self, query: Query) -> Iterator[Row]:
        """Yields the rows that a query looks for, in its order; memory does not grow with them.

        Their ``seq`` are told from those of other shards.
        """
        if query.place is not None:
            query = replace(query, place=self._mine(query.place, query))
        missing: Vanished | None = None
        more = True
        while more:
            with self.reading() as connection:
                page = self._page(connection, query)
                listed = self.listed(connection, query)
            missed(missing, listed)
            more = len(page) == PAGE
            until = segments.key(page[-1]) if more else None
            place = query.place
            try:
                for row in self._merged(page, listed, query, until):
                    place = segments.key(row)
                    yield {**row, "seq": row["seq"] * MOST + self.number}
            except Vanished as error:  # sealed or purged anew since it was listed: look again
                missing, more = error, True
            query = replace(query, place=place)

    def _page(self, connection: Connection, query: Query) -> list[Row]:
        statement = query.select(self.present(connection), self.engine.dialect.name).limit(PAGE)
        return [dict(row) for row in connection.execute(statement).mappings()]

    def _merged(
        self, page: list[Row], listed: Sequence[Segment], query: Query, until: Place | None
    ) -> Iterator[Row]:
        sealed = segments.together(listed, query)
        for row in heapq.merge(page, sealed, key=segments.key, reverse=query.backward):
            if until is not None:
                at = segments.key(row)
                if at < until if query.backward else at > until:
                    return
            yield row

    def _mine(self, place: Place, query: Query) -> Place:
        """Returns a place among the records of all shards as one among those of this one."""
        past = place.seq - self.number
        return Place(place.time, -(-past // MOST) if query.backward else past // MOST)

    def find(self, decision_id: str) -> Row | None:
        """Returns the row of an identifier."""
        statement = Query().select
        missing: Vanished | None = None
        while True:
            with self.reading() as connection:
                named = statement(self.present(connection), self.engine.dialect.name)
                named = named.where(TABLE.c.decision_id == decision_id)
                found = connection.execute(named).mappings().first()
                listed = self.listed(connection)
            if found is not None:
                return dict(found)
            missed(missing, listed)
            try:
                some = (sealed(one, decision_id) for one in nearest(listed, decision_id))
                return next(filter(None, some), None)
            except Vanished as error:
                missing = error

    # -- sums -------------------------------------------------------------------------------

    def groups(self, query: Query, by: Sequence[str]) -> list[Row]:
        """Returns groups of records, the same one more than once: keys, ``n``, sums and counts."""
        statement = grouped(query, by, self.engine.dialect.name)
        missing: Vanished | None = None
        while True:
            with self.reading() as connection:
                listed = self.listed(connection, query)
                found = [dict(row) for row in connection.execute(statement).mappings()]
            missed(missing, listed)
            try:
                return [*found, *(row for one in listed for row in sealed_groups(one, query, by))]
            except Vanished as error:
                missing = error

    def bounds(self) -> tuple[float, float] | None:
        """Returns the times of the first and the last record."""
        # each alone is one look into the index, both together are all of it
        ends = select(
            select(func.min(TABLE.c.time)).scalar_subquery(),
            select(func.max(TABLE.c.time)).scalar_subquery(),
        )
        with self.reading() as connection:
            first, last = connection.execute(ends).one()
            listed = self.listed(connection)
        times = [one for one in (first, last) if one is not None]
        times += [one.min_time for one in listed] + [one.max_time for one in listed]
        return (min(times), max(times)) if times else None

    def follow(self) -> None:
        """Has a reader read the file that is there now, if another one was put in its place."""
        if isinstance(self.path, Path) and identity(self.path) not in (None, self.file):
            self.engine.dispose()
            self.file = identity(self.path)
            self._present = frozenset()

    def close(self) -> None:
        """Closes the database."""
        self.engine.dispose()


def missed(missing: Vanished | None, listed: Sequence[Segment]) -> None:
    """Raises the error of a file that was not there, if there should still be one."""
    if missing is not None and missing.path in [one.path for one in listed]:
        raise missing


MEANS = ("guard_seconds", "total_seconds")
"""Columns of which groups tell the mean."""


def grouped(query: Query, by: Sequence[str], dialect: str) -> Select[Any]:
    """Returns the statement for groups of records."""
    keys = [TABLE.c[name] for name in by]
    sums = [func.sum(TABLE.c[name]).label(f"{name}_sum") for name in MEANS]
    counts = [func.count(TABLE.c[name]).label(f"{name}_count") for name in MEANS]
    statement = select(*keys, func.count().label("n"), *(sums + counts if by else []))
    return statement.select_from(TABLE).where(*query.conditions(dialect)).group_by(*keys)


def sealed_groups(segment: Segment, query: Query, by: Sequence[str]) -> Iterator[Row]:
    """Yields the groups of the records of a segment."""
    if not by and query.covers(segment.min_time, segment.max_time):
        segment.check()
        yield {"n": segment.rows}
        return
    if not by:
        for table in segments.tables(segment, query, ("time",)):
            yield {"n": table.num_rows}
        return
    wanted = [(name, kind) for name in MEANS for kind in ("sum", "count")]
    for table in segments.tables(segment, query, (*by, *MEANS, "seq")):
        found = table.group_by(list(by)).aggregate([*wanted, ("seq", "count")])
        for row in found.to_pylist():
            yield {**row, "n": row["seq_count"]}


def sealed(segment: Segment, decision_id: str) -> Row | None:
    """Returns the row of an identifier in a segment."""
    for table in segments.tables(segment, Query(), ("decision_id", "time", "seq")):
        at = table["decision_id"].index(decision_id).as_py()
        if at >= 0:
            time, seq = table["time"][at].as_py(), table["seq"][at].as_py()
            before = Place(time, seq - 1)
            return next(islice(segments.read(segment, Query(place=before)), 1))
    return None


def nearest(listed: Sequence[Segment], decision_id: str) -> list[Segment]:
    """Returns segments, those first in which an identifier probably is: it tells a time."""
    try:
        time = int(decision_id.replace("-", "")[:12], 16) / 1000
    except ValueError:
        time = float("inf")
    return sorted(listed, key=lambda one: max(one.min_time - time, time - one.max_time, 0.0))
