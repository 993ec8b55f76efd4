"""What writers know of the streams that they watch for drift, so that it survives a restart."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, RowMapping, select

from tokenward.store import schema
from tokenward.store.beside.table import Beside, Databases

TABLE = schema.online_state
KEY, VALUES = ("writer", "column", "slice"), ("time", "state")
"""What a stream is found by, and what changes of it; its reference does seldom."""


class Kept(NamedTuple):
    """A stream: its reference, which need only be given where it is another one, and the rest."""

    column: str
    slice: str
    time: float
    reference: Mapping[str, Any] | None
    state: Mapping[str, Any]


class OnlineStates(Beside):
    """The states of all writers of a store; each writes into its own database."""

    def __init__(
        self, path: Path | str, engine: Engine, databases: Databases | None = None
    ) -> None:
        super().__init__(path, engine, TABLE, databases)

    def write(self, writer: str, some: Iterable[Kept]) -> set[tuple[str, str]]:
        """Keeps the states of a writer's streams, all or none of them.

        Returns the column and slice of those that the store did not have, as in a file that took
        the place of another.
        """
        rows = [
            {
                "writer": writer, "column": one.column, "slice": one.slice, "time": one.time,
                "state": plain(one.state),
                **({} if one.reference is None else {"reference": plain(one.reference)}),
            }
            for one in some
        ]  # fmt: skip
        with self.writing() as connection:
            mine = select(TABLE.c.column, TABLE.c.slice).where(TABLE.c.writer == writer)
            known = {(row[0], row[1]) for row in connection.execute(mine)}
            for full, changed in ((True, (*VALUES, "reference")), (False, VALUES)):
                alike = [row for row in rows if ("reference" in row) is full]
                if alike:
                    connection.execute(self.upsert(KEY, changed), alike)
        return {(row["column"], row["slice"]) for row in rows} - known

    def read(self, writer: str) -> tuple[list[Kept], bool]:
        """Returns what a writer kept, and whether it did.

        A new one is given what the one kept that wrote last: it sees the same traffic.
        """
        with self.reading() as connection:
            if self.there(connection):
                mine = connection.execute(select(TABLE).where(TABLE.c.writer == writer))
                rows = mine.mappings().all()
                if rows:
                    return list(map(kept, rows)), True
        return self._newest(), False

    def told(self) -> list[dict[str, Any]]:
        """Returns how the streams of all writers stood when they were last saved, for a page.

        Each is what ``OnlineDrift.states()`` tells, with its ``writer`` and the ``time`` of it.
        """
        rows = (row for one in self.each() for row in one.execute(select(TABLE)).mappings())
        found = [
            {**row["state"]["told"], "writer": row["writer"], "time": row["time"]}
            for row in rows
            if "told" in row["state"]
        ]
        return sorted(found, key=lambda one: (one["column"], one["slice"], one["writer"]))

    def _newest(self) -> list[Kept]:
        last = select(TABLE.c.writer).order_by(TABLE.c.time.desc()).limit(1).scalar_subquery()
        found: list[Kept] = []
        for connection in self.each():
            rows = connection.execute(select(TABLE).where(TABLE.c.writer == last)).mappings()
            found = max(found, list(map(kept, rows)), key=lambda some: some[0].time if some else 0)
        return found


def kept(row: RowMapping) -> Kept:
    """Returns the stream of a row."""
    return Kept(row["column"], row["slice"], row["time"], row["reference"], row["state"])


def plain(value: Mapping[str, Any]) -> Any:
    """Returns JSON data; refuses numbers that are not finite, which a database may not take."""
    return json.loads(json.dumps(value, allow_nan=False))
