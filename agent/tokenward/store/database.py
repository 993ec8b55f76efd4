"""Opens the SQLite file of a store: checks that it is one, or makes it."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    create_engine,
    func,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from tokenward.decisions.record import SCHEMA_VERSION
from tokenward.errors import StoreError, UsageError
from tokenward.store import schema
from tokenward.store.reasons import reason

BUSY_SECONDS = 30.0
PAGE_BYTES = 8192
"""A record is about 2,000 bytes long: of SQLite's usual pages one would hold one or two."""
BARE_UNTIL = "bare_until"
"""The setting that says up to which number records may lack their cells."""


def store_path(url: str) -> Path:
    """Returns the file that a store's URL names.

    >>> store_path("sqlite:///logs/tokenward.db").as_posix()
    'logs/tokenward.db'
    >>> store_path("/var/lib/tokenward.db").as_posix()
    '/var/lib/tokenward.db'
    """
    scheme, mark, rest = url.partition("://")
    if not mark:
        rest = "/" + url
    elif scheme != "sqlite":
        raise UsageError(
            f"unknown kind of store {scheme!r}; use sqlite:///FILE, a path, or "
            "postgresql://USER@HOST/DATABASE"
        )
    if not rest.startswith("/") or rest in ("/", "/:memory:") or (mark and "?" in rest):
        raise UsageError("a store is a file; use sqlite:///FILE or a path")
    return Path(rest[1:])


def open_engine(path: Path, *, create: bool, read_only: bool, busy: float = BUSY_SECONDS) -> Engine:
    """Returns the engine of a store that is there, in a schema that this version reads."""
    present = is_present(path, create=create)
    mode = "ro" if read_only else "rw"
    uri = f"file:{quote(os.fspath(path))}?mode={'rwc' if create else mode}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, timeout=busy, check_same_thread=False)
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True)
    begin(engine, path, create=create, present=present, read_only=read_only)
    return engine


def begin(
    engine: Engine, path: Path, *, create: bool, present: bool, read_only: bool = False
) -> None:
    """Checks that the file of an engine is a store of ours; ``create`` makes an empty one so."""
    try:
        with store_errors(path), engine.connect() as connection:
            if create and not (present and is_ours(connection)):
                make_schema(connection, path)
            check_schema(connection, path, upgrade=not read_only)
    except StoreError:
        engine.dispose()
        raise


def begin_again(engine: Engine, path: Path) -> None:
    """Makes a new store where the file of an engine was taken away while it was at work."""
    engine.dispose()  # else its connections would go on with a file that nobody finds
    with alone_in(path.parent):
        try:
            present = is_present(path, create=True)
            if not present:  # what is left of the old one would be taken for parts of the new one
                for end in ("-wal", "-shm"):
                    path.with_name(path.name + end).unlink(missing_ok=True)
        except (UsageError, OSError) as error:
            raise StoreError(getattr(error, "strerror", None) or str(error)) from None
        begin(engine, path, create=True, present=present)


@contextmanager
def alone_in(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Has other processes that do the same in a folder wait until this one is done.

    Says whether it is alone, which it always is where it may ``wait`` for others itself.
    """
    import fcntl  # noqa: PLC0415  # not on every system, and only needed here

    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise StoreError(f"{folder}: no such folder for a store: {error.strerror}") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def identity(path: Path) -> tuple[int, int] | None:
    """Returns what tells a file from all others; ``None`` where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def is_present(path: Path, *, create: bool) -> bool:
    """Returns whether the file is there; refuses what cannot become a store."""
    try:
        if path.exists():  # one look: another process may be making it between two
            if path.is_dir() or not path.is_file():
                raise UsageError(f"{path}: the store is not a file")
            return True
        if not create:
            raise UsageError(f"{path}: no store there; give the one that 'serve --store' writes")
        if not path.parent.is_dir():
            raise UsageError(f"{path}: no folder {os.fspath(path.parent)!r}; make it first")
    except OSError as error:
        raise StoreError(f"{path}: cannot read the store: {error.strerror}") from None
    return False


def is_ours(connection: Connection) -> bool:
    """Returns whether the file carries our mark."""
    return connection.exec_driver_sql("PRAGMA application_id").scalar() == schema.APPLICATION_ID


def make_schema(connection: Connection, path: Path) -> None:
    """Makes the tables in an empty file, once, whoever else tries at the same time."""
    connection.rollback()
    connection.exec_driver_sql(f"PRAGMA page_size = {PAGE_BYTES}")
    write_ahead(connection)
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    if not is_ours(connection):
        if inspect(connection).get_table_names():
            raise StoreError(f"{path}: an SQLite file, but no tokenward store; name another file")
        schema.metadata.create_all(connection, checkfirst=False)
        connection.execute(insert(schema.schema_version).values(version=SCHEMA_VERSION))
        connection.exec_driver_sql(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.commit()


def write_ahead(connection: Connection, patience: float = 5.0) -> None:
    """Turns the write-ahead log on; SQLite does not wait for a lock here, so this does."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        except DBAPIError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def check_schema(connection: Connection, path: Path, *, upgrade: bool) -> None:
    """Refuses a file of another program, and a schema that is newer than this version.

    An older one is read as it is; who may write, with ``upgrade``, brings it up to date first.
    """
    if not is_ours(connection):
        raise StoreError(f"{path}: an SQLite file, but no tokenward store; name another file")
    found = connection.execute(select(schema.schema_version.c.version)).scalar_one()
    check_version(path, found)
    if found < SCHEMA_VERSION and upgrade:
        upgrade_schema(connection)


def check_version(path: Path | str, found: int) -> None:
    """Refuses a schema that is newer than this version."""
    if found > SCHEMA_VERSION:
        raise StoreError(
            f"{path}: the store has schema {found}, this version reads {SCHEMA_VERSION}; "
            "upgrade tokenward"
        )


def put_setting(connection: Connection, name: str, value: str) -> str:
    """Keeps a setting, unless there is one of this name already; returns the one that counts."""
    known = schema.settings.c
    row = insert_new(connection, schema.settings).values(name=name, value=value)
    connection.execute(row.on_conflict_do_nothing())
    found: str = connection.execute(select(known.value).where(known.name == name)).scalar_one()
    return found


def get_setting(connection: Connection, name: str) -> str | None:
    """Returns a setting."""
    known = schema.settings.c
    return connection.execute(select(known.value).where(known.name == name)).scalar()


def insert_new(database: Connection | Engine, table: Table) -> Any:
    """Returns an insert that knows what to do where a row is there already."""
    if database.dialect.name == "sqlite":
        return sqlite.insert(table)
    # unlike SQLite's driver, PostgreSQL's is not asked for the number of rows unless somebody says
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # slow to import

    return postgresql.insert(table).execution_options(preserve_rowcount=True)


def upgrade_schema(connection: Connection) -> None:
    """Makes what schema 3 has more: tables, and columns of records, which old ones leave empty."""
    connection.rollback()
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    if connection.execute(select(schema.schema_version.c.version)).scalar_one() < SCHEMA_VERSION:
        make_again(connection, schema.interactions)
        schema.metadata.create_all(connection)
        newest = select(func.coalesce(func.max(schema.interactions.c.seq), 0))
        put_setting(connection, BARE_UNTIL, str(connection.execute(newest).scalar_one()))
        connection.execute(update(schema.schema_version).values(version=SCHEMA_VERSION))
    connection.commit()


def make_again(connection: Connection, table: Table) -> None:
    """Makes a table as it is now, with the rows that it has: not all of it can be added later."""
    there = inspect(connection)
    names = [one["name"] for one in there.get_columns(table.name)]
    told = ", ".join(name for name in names if name in table.columns)
    indexes = [one["name"] for one in there.get_indexes(table.name)]
    connection.exec_driver_sql(f"ALTER TABLE {table.name} RENAME TO earlier")
    for index in indexes:
        connection.exec_driver_sql(f"DROP INDEX {index}")
    table.create(connection)
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({told}) SELECT {told} FROM earlier ORDER BY seq"  # noqa: S608  # our own names
    )
    connection.exec_driver_sql("DROP TABLE earlier")


@contextmanager
def store_errors(path: Path | str) -> Iterator[None]:
    """Turns errors of the database into a ``StoreError`` that holds no value of a row."""
    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"{path}: {reason(error.orig)}") from None
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {reason(error)}") from None
    except SQLAlchemyError as error:
        raise StoreError(f"{path}: the store failed: {type(error).__name__}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{path}: a row cannot be read: {type(error).__name__}") from None
