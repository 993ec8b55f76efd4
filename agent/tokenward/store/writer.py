"""Writes records into the database of one writer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from tokenward.decisions.record import Interaction
from tokenward.store import postgres
from tokenward.store.beside.texts import Texts, rows_of
from tokenward.store.keys import Hasher
from tokenward.store.packer import Packer
from tokenward.store.query import TABLE
from tokenward.store.rows import to_row
from tokenward.store.shard import Shard

COLUMNS = tuple(column.name for column in TABLE.columns if column.name != "seq")
INSERT = (
    f"INSERT INTO {TABLE.name} ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608  # our own names
    " ON CONFLICT DO NOTHING"
)
"""Written here, because to bind each value by its name and type costs as much as to write a row."""

Rows = list[tuple[Any, ...]]
Texted = list[dict[str, Any]]


class Writer:
    """Turns interactions into rows, and writes them with what they refer to."""

    def __init__(self, shard: Shard, texts: Texts) -> None:
        self._shard = shard
        self._texts = texts
        self._packer = Packer(shard.dictionary)

    def rows(self, some: Sequence[Interaction], hasher: Hasher) -> tuple[Rows, Texted]:
        """Returns the rows of interactions, and those of the texts that they keep."""
        scored = [self._shard.names.scored(one.decisions) for one in some]
        rows: Rows = []
        texts: Texted = []
        for one, own, cells in zip(some, scored, self._packer.pack(some, scored), strict=True):
            row = to_row(one, hasher, own, cells)
            rows.append(tuple(row.values()))
            if one.texts:
                texts += rows_of(one, row["subject"])
        return rows, texts

    def write(self, rows: Rows, texts: Iterable[Mapping[str, Any]]) -> int:
        """Writes rows in one durable commit; returns how many were new (by decision_id)."""
        shard = self._shard
        with shard.writing() as connection:
            names = shard.names.write(connection)
            meanings = shard.dictionary.write(connection)
            count = insert(connection, rows)
            self._texts.write(connection, texts)
        shard.names.written(names)
        shard.dictionary.written(meanings)
        return count

    def begin_again(self) -> None:
        """Takes note that there is another file, which knows nothing."""
        self._shard.names.begin_again()
        self._shard.dictionary.begin_again()


def insert(connection: Connection, rows: Rows) -> int:
    """Writes rows in a transaction; returns how many were new."""
    if connection.dialect.name == "sqlite":
        return connection.exec_driver_sql(INSERT, rows).rowcount
    return postgres.insert(connection, COLUMNS, rows)
