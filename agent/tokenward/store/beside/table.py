"""What tables beside the records have in common: they may be missing, and there may be several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, inspect

from tokenward.store.database import insert_new, store_errors

Database = tuple[Path | str, Engine]
Databases = Callable[[], Sequence[Database]]
"""Returns all databases of a store: each of several writers has its own."""


class Beside:
    """A table of a store, in the database that is written and in all that are read."""

    def __init__(
        self, path: Path | str, engine: Engine, table: Table, databases: Databases | None = None
    ) -> None:
        self._path = path
        self._engine = engine
        self._databases = databases or (lambda: [(path, engine)])
        self.table = table

    def insert(self, table: Table | None = None) -> Any:
        """Returns an insert that knows what to do where a row is there already."""
        return insert_new(self._engine, self.table if table is None else table)

    def upsert(self, key: Sequence[str], changed: Iterable[str]) -> Any:
        """Returns an insert that changes some columns where there is a row of the same key."""
        statement = self.insert()
        values = {name: statement.excluded[name] for name in changed}
        return statement.on_conflict_do_update(index_elements=key, set_=values)

    def there(self, connection: Connection) -> bool:
        """Tells whether a database has the table: one of an earlier version has not."""
        return inspect(connection).has_table(self.table.name)

    def each(self) -> Iterator[Connection]:
        """Yields a connection to read with of each database that has the table."""
        for path, engine in self._databases():
            with store_errors(path), engine.connect() as connection:
                if self.there(connection):
                    yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Opens a connection to read with."""
        with store_errors(self._path), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Opens a transaction."""
        with store_errors(self._path), self._engine.begin() as connection:
            yield connection
