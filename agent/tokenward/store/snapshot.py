"""What there is to count in a store at one moment: sealed files, and the rows that are not yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, literal, select

from tokenward.store.cells import pack
from tokenward.store.database import BARE_UNTIL, get_setting, store_errors
from tokenward.store.dictionary import Dictionary
from tokenward.store.packer import Packer
from tokenward.store.query import COUNTED, SHOWN, TABLE, Query
from tokenward.store.sealed.bare import fill
from tokenward.store.sealed.segments import Segment
from tokenward.store.shard import Shard

BATCH = 5_000
Counted = tuple[Any, ...]
"""The packed cells of a row, its group, its weight in millionths, and the columns asked for."""


class Snapshot:
    """The parts of a store: what is in none of its ``segments`` is in its tail.

    Keep it open only while you read: a writer's log grows until then.
    """

    def __init__(self, parts: Sequence[tuple[Shard, Connection]]) -> None:
        self._parts = parts
        self._dictionary = Dictionary()
        self._packer = Packer(self._dictionary)
        for shard, connection in parts:
            if "cells" in shard.present(connection):
                with store_errors(shard.path):
                    self._dictionary.read(connection)

    @property
    def dictionary(self) -> Dictionary:
        """What the cells mean; of rows of earlier schemas once their batch was read."""
        return self._dictionary

    @property
    def is_bare(self) -> bool:
        """Whether there are rows of earlier schemas."""
        return any(self._bare(*part) is not None for part in self._parts)

    def segments(self, start: float | None = None, end: float | None = None) -> list[Segment]:
        """Returns the sealed files that hold records of a period, and perhaps others.

        Each is there and as long as it was: else a ``StoreError`` names it.
        """
        query = Query(start=start, end=end)
        found = [
            one for shard, connection in self._parts for one in shard.listed(connection, query)
        ]
        for one in found:
            one.check()
        return found

    def tail_batches(
        self,
        start: float | None = None,
        end: float | None = None,
        columns: Sequence[str] = (),
    ) -> Iterator[list[Counted]]:
        """Yields the rows of a period that are not sealed, in no order, some thousand at a time.

        Cells are packed as ``cells.pack`` says; ``columns`` are any of the table's.
        """
        for shard, connection in self._parts:
            present = shard.present(connection)
            with store_errors(shard.path):
                bare = self._bare(shard, connection)
                tail = Query(start=start, end=end)
                if bare is not None:
                    yield from self._filled(shard, connection, tail, columns, bare)
                names = (*COUNTED, *columns)
                for batch in streamed(connection, rows_of(tail, names, present, bare)):
                    yield [(plain(row[0]), *row[1:]) for row in batch]

    def _bare(self, shard: Shard, connection: Connection) -> int | None:
        """Returns up to which number rows may lack their cells."""
        if "cells" not in shard.present(connection):
            return int(connection.execute(select(func.max(TABLE.c.seq))).scalar() or 0)
        found = get_setting(connection, BARE_UNTIL)
        return None if found is None else int(found)

    def _filled(
        self,
        shard: Shard,
        connection: Connection,
        tail: Query,
        columns: Sequence[str],
        bare: int,
    ) -> Iterator[list[Counted]]:
        """Yields the rows of earlier schemas with the cells that they lack."""
        names = (*COUNTED, *columns)
        every = rows_of(tail, (*COUNTED, *SHOWN), shard.present(connection), None)
        for batch in streamed(connection, every.where(TABLE.c.seq <= bare)):
            rows = [dict(row._mapping) for row in batch]  # noqa: SLF001  # its public name
            fill(rows, shard.names, self._packer)
            yield [tuple(row[name] for name in names) for row in rows]


def rows_of(
    tail: Query, columns: Sequence[str], present: frozenset[str], beyond: int | None
) -> Select[Any]:
    """Returns the statement for columns of rows, perhaps only of those beyond a number."""
    named = (TABLE.c[name] if name in present else literal(None).label(name) for name in columns)
    statement = select(*named).where(*tail.conditions(""))
    return statement if beyond is None else statement.where(TABLE.c.seq > beyond)


def streamed(connection: Connection, statement: Select[Any]) -> Iterator[Sequence[Any]]:
    """Yields the rows of a statement in batches, as they come."""
    with connection.execution_options(yield_per=BATCH).execute(statement) as result:
        yield from result.partitions()


def plain(cells: Any) -> bytes:
    """Returns packed cells of what a database keeps them as."""
    return pack(cells) if isinstance(cells, list) else cells or b""
