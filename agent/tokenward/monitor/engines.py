"""What runs the expressions of a report: DuckDB over Parquet files, PostgreSQL, Spark."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tokenward.errors import StoreError
from tokenward.monitor.expression import SCHEMA, TABLE
from tokenward.monitor.extras import needs
from tokenward.store.database import store_errors

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import sqlalchemy

THREADS = 4
"""At most; a report shares its machine with what it watches."""
MEMORY = "320MB"
SCRATCH = "4GB"
"""What may be written to disk where memory does not suffice."""
BATCH = 10_000

Found = Iterator[tuple[Any, ...]]


class Engine(Protocol):
    """Runs an expression over the table of records."""

    def rows(self, expression: ir.Table) -> Found:
        """Yields the rows of the result."""


class DuckEngine:
    """DuckDB over Parquet files; what does not fit its memory goes to ``scratch`` for a while."""

    def __init__(
        self, files: Sequence[Path], scratch: Path, columns: Sequence[str] = tuple(SCHEMA)
    ) -> None:
        with needs("a report"):
            import duckdb  # noqa: PLC0415
        self._error = duckdb.Error
        self._too_large = duckdb.OutOfMemoryException
        self._files = files
        self._connection = duckdb.connect(
            config={
                "threads": min(THREADS, os.cpu_count() or 1),
                "memory_limit": MEMORY,
                "temp_directory": str(scratch),
                "max_temp_directory_size": SCRATCH,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        if files:
            self._view(columns)

    def _view(self, columns: Sequence[str]) -> None:
        """Names the files as the table of records; refuses those that are damaged."""
        names = ", ".join(f'"{name}"' for name in columns)
        paths = ", ".join(quoted(str(path)) for path in self._files)
        try:
            self._connection.execute(
                f"CREATE VIEW {TABLE} AS SELECT {names} FROM read_parquet("  # noqa: S608 - our names
                f"[{paths}], union_by_name = true, hive_partitioning = false)"
            )
        except self._error as error:
            raise self._failed(error) from None

    def rows(self, expression: ir.Table) -> Found:
        """Yields the rows of the result."""
        if not self._files:
            return
        try:
            found = self._connection.execute(compiled(expression, "duckdb"))
            while batch := found.fetchmany(BATCH):
                yield from batch
        except self._error as error:
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> StoreError:
        """Returns what to tell: which file, where one is damaged; never what a row holds."""
        if isinstance(error, self._too_large):
            return StoreError(
                f"the analysis does not fit into {MEMORY} of memory and {SCRATCH} of disk; slice "
                "by less, or compare shorter periods"
            )
        for path in self._files:
            if is_damaged(path):
                return StoreError(
                    f"{path}: a sealed file that cannot be read: it is damaged or was cut off; "
                    "bring back a copy of it"
                )
        return StoreError(f"the analysis failed: {type(error).__name__}")

    def close(self) -> None:
        """Frees the memory."""
        self._connection.close()


class SqlEngine:
    """PostgreSQL, in one transaction: all expressions see the same records."""

    def __init__(self, connection: sqlalchemy.Connection, name: Path | str) -> None:
        self._connection = connection
        self._name = name

    def rows(self, expression: ir.Table) -> Found:
        """Yields the rows of the result."""
        statement = compiled(expression, "postgres").replace("%", "%%")  # no place for a parameter
        options = {"stream_results": True, "yield_per": BATCH}
        with store_errors(self._name):
            for row in self._connection.exec_driver_sql(statement, execution_options=options):
                yield tuple(row)


class SparkEngine:
    """A Spark session that has the records as the view ``interactions``."""

    def __init__(self, session: Any) -> None:
        with needs("a report on Spark"):
            import ibis  # noqa: PLC0415

            ibis.pyspark.connect(session)  # without it, Ibis does not know Spark's options
        self._session = session

    def rows(self, expression: ir.Table) -> Found:
        """Yields the rows of the result."""
        for row in self._session.sql(compiled(expression, "pyspark")).toLocalIterator():
            yield tuple(row)


def is_damaged(path: Path) -> bool:
    """Tells whether a Parquet file cannot be read to its end."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            for _ in file.iter_batches(columns=list(SCHEMA)):
                pass
    except (pa.ArrowException, OSError, ValueError):
        return True
    return False


def compiled(expression: ir.Table, dialect: str) -> str:
    """Returns an expression in the SQL of an engine."""
    import ibis  # noqa: PLC0415

    return str(ibis.to_sql(expression, dialect=dialect))


def quoted(text: str) -> str:
    """Returns a text as SQL writes it.

    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"
