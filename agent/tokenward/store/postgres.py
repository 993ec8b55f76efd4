"""Opens a PostgreSQL database as a store, and writes into it fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from tokenward.decisions.record import SCHEMA_VERSION
from tokenward.errors import MissingExtra, StoreError, UsageError
from tokenward.store import schema
from tokenward.store.cells import unpack
from tokenward.store.database import check_version, store_errors

SCHEMES = ("postgresql", "postgres")
CONNECT_SECONDS = 10
LOCK = 0x544B5744
"""Of those who make the tables: one at a time."""
INCOMING = (
    "CREATE TEMPORARY TABLE IF NOT EXISTS incoming ON COMMIT DELETE ROWS AS "  # noqa: S608
    f"SELECT {{names}} FROM {schema.interactions.name} LIMIT 0"
)
NULL_BYTE = "\x00"


def is_postgres(url: str) -> bool:
    """Tells whether a URL names a PostgreSQL database."""
    return url.partition("://")[0] in SCHEMES and "://" in url


def place_of(url: URL) -> str:
    """Returns where a database is, without who may enter.

    >>> place_of(make_url("postgresql://ann:secret@db.example:5432/tokenward"))
    'postgresql://db.example:5432/tokenward'
    """
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{url.host or ''}{port}/{url.database or ''}"


def parse(url: str) -> URL:
    """Returns the parts of a URL; an error repeats none of them."""
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        raise UsageError(
            "cannot read the store's URL; use postgresql://USER@HOST/DATABASE"
        ) from None
    if not found.database:
        raise UsageError("the store's URL names no database; use postgresql://USER@HOST/DATABASE")
    return found.set(drivername="postgresql+psycopg")


def open_postgres(url: str, *, create: bool, read_only: bool) -> tuple[str, Engine]:
    """Returns where the store is, and its engine; with ``create`` makes the tables."""
    parsed = parse(url)
    place = place_of(parsed)
    try:
        import psycopg  # noqa: F401, PLC0415  # an extra
    except ImportError as error:
        raise MissingExtra("a PostgreSQL store", "postgres", str(error.name)) from None
    asked = {"connect_timeout": CONNECT_SECONDS, "application_name": "tokenward"}
    if read_only:
        asked["options"] = "-c default_transaction_read_only=on"
    engine = create_engine(
        parsed, connect_args={**asked, **parsed.query}, hide_parameters=True, pool_pre_ping=True
    )
    try:
        with store_errors(place), engine.begin() as connection:
            if create:
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            begin(connection, place, create=create)
    except (StoreError, UsageError):
        engine.dispose()
        raise
    return place, engine


def begin(connection: Connection, place: str, *, create: bool) -> None:
    """Checks that a database is a store of ours; ``create`` makes an empty one so."""
    there = inspect(connection)
    if not there.has_table(schema.schema_version.name):
        if not create:
            raise UsageError(f"{place}: no store there; give the one that 'serve --store' writes")
        mine = there.get_table_names()
        taken = set(mine) & set(schema.metadata.tables)
        if taken:
            raise StoreError(f"{place}: has tables of another program; name another database")
        schema.metadata.create_all(connection, checkfirst=False)
        connection.execute(schema.schema_version.insert().values(version=SCHEMA_VERSION))
        return
    version = schema.schema_version.c.version
    found = connection.execute(select(version)).scalar_one()
    check_version(place, found)
    if found < SCHEMA_VERSION:
        raise StoreError(
            f"{place}: the store has schema {found}, and this version cannot change it to "
            f"{SCHEMA_VERSION}; record into a new database"
        )
    if create:
        schema.metadata.create_all(connection)


def insert(connection: Connection, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> int:
    """Writes rows by COPY; returns how many were new (by decision_id)."""
    import psycopg  # noqa: PLC0415  # an extra

    names = ", ".join(columns)
    cells = columns.index("cells")
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor:
            cursor.execute(INCOMING.format(names=names))
            with cursor.copy(f"COPY incoming ({names}) FROM STDIN") as copy:
                for row in rows:
                    listed = f"{{{','.join(map(str, unpack(row[cells])))}}}"
                    copy.write_row([*map(held, row[:cells]), listed, *row[cells + 1 :]])
            cursor.execute(
                f"INSERT INTO {schema.interactions.name} ({names}) "  # noqa: S608  # our own names
                f"SELECT {names} FROM incoming ON CONFLICT DO NOTHING"
            )
            return int(cursor.rowcount)
    except psycopg.Error as error:
        raise DBAPIError(None, None, error) from None


def held(value: Any) -> Any:
    """Returns a value as PostgreSQL can hold it: its texts have no character of number 0."""
    return value.replace(NULL_BYTE, "") if isinstance(value, str) and NULL_BYTE in value else value
