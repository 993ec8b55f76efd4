"""The store of interactions: SQLite files with one writer each, or a PostgreSQL database."""

from __future__ import annotations

import heapq
import logging
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Engine

from tokenward.decisions.record import Interaction
from tokenward.errors import StoreError, UsageError
from tokenward.store.beside.alarms import Alarms
from tokenward.store.beside.alerts import KeptAlerts
from tokenward.store.beside.feedback import Feedback
from tokenward.store.beside.kept_policies import KeptPolicies
from tokenward.store.beside.online_states import OnlineStates
from tokenward.store.beside.runs import Runs
from tokenward.store.beside.texts import Texts
from tokenward.store.browse import Browse
from tokenward.store.database import (
    begin_again,
    get_setting,
    identity,
    open_engine,
    put_setting,
    store_errors,
    store_path,
)
from tokenward.store.keys import Hasher, find_key
from tokenward.store.postgres import is_postgres, open_postgres
from tokenward.store.query import Query, Where, check
from tokenward.store.rows import from_row
from tokenward.store.sealed.erasing import Erasing
from tokenward.store.sealed.sealing import GRACE, Sealing
from tokenward.store.sealed.segments import Row, key
from tokenward.store.shard import MEANS, PAGE, Shard
from tokenward.store.shards import Shards, mark, shard_path
from tokenward.store.snapshot import Snapshot
from tokenward.store.writer import Rows, Texted, Writer

logger = logging.getLogger(__name__)

__all__ = ["PAGE", "Store", "Where"]


class Store:
    """Interactions in a database. Reads take short transactions, and never hold up the writer.

    Periods are half open: ``start <= time < end``, in seconds since the epoch. ``where`` maps
    columns of ``schema.FILTERS`` to the value they must have. A reader sees what all writers of a
    store have written, each in its own file, and what was sealed of it.
    """

    def __init__(
        self, path: Path | str, engine: Engine, *, number: int = 0, read_only: bool = False
    ) -> None:
        self.path = path
        self._engine = engine
        file = path if isinstance(path, str) else shard_path(path, number)
        self._shard = Shard(file, engine, number)
        self._shards = Shards(path, self._shard, read_only=read_only)
        self.runs = Runs(path, engine)
        self.texts = Texts(path, engine, self._databases)
        self.policies = KeptPolicies(path, engine, self._databases)
        self.feedback = Feedback(path, engine, self._databases, self.get)
        self.alarms = Alarms(path, engine, self._databases)
        self.alerts = KeptAlerts(path, engine, self.alarms)
        self.online = OnlineStates(path, engine, self._databases)
        self.browse = Browse(self.rows, self._interaction, self.bounds)
        self._writer = Writer(self._shard, self.texts)

    @classmethod
    def open(
        cls, url: str, *, create: bool = False, read_only: bool = False, shard: int = 0
    ) -> Store:
        """Opens ``sqlite:///FILE``, a path, or ``postgresql://USER@HOST/DATABASE``.

        With ``create`` for recording, made where missing. Each of several processes that record
        into files gives another ``shard``.
        """
        if is_postgres(url):
            place, engine = open_postgres(url, create=create, read_only=read_only)
            store = cls(place, engine, read_only=read_only)
        else:
            path = store_path(url)
            file = shard_path(path, shard)
            engine = open_engine(file, create=create, read_only=read_only)
            store = cls(path, engine, number=shard, read_only=read_only)
        if create:
            try:
                store.hasher  # noqa: B018 - a wrong key must stop the start, not the first record
                mark(store._shard)
            except (StoreError, UsageError):
                store.close()
                raise
        return store

    @cached_property
    def hasher(self) -> Hasher:
        """Hashes subjects and sessions; refuses a key that is not the one of the rows so far."""
        with self._shard.reading() as connection:
            known = get_setting(connection, "key")
        hasher = Hasher(find_key(self.path, create=known is None))
        if known is None:
            with self._shard.writing() as connection:
                known = put_setting(connection, "key", hasher.check)
        if known != hasher.check:
            raise StoreError(
                f"{self.path}: subjects were hashed with another key; use the key of this store"
            )
        return hasher

    @property
    def writer(self) -> str:
        """What tells the process that writes from others that do: files have one writer each."""
        number = str(self._shard.number)
        return number if isinstance(self.path, Path) else f"{socket.gethostname()}.{number}"

    # -- writing ----------------------------------------------------------------------------

    def append(self, rows: Sequence[Interaction]) -> int:
        """Writes rows in one durable commit; returns how many were new (by decision_id).

        Where the file was moved or deleted meanwhile, a new one is begun and takes them.
        """
        if not rows:
            return 0
        values, texts = self._writer.rows(rows, self.hasher)
        self._follow()
        count = self._write(values, texts)
        if self._follow():  # they went into a file that had no name any more
            count = self._write(values, texts)
        return count

    def _write(self, values: Rows, texts: Texted) -> int:
        return self._writer.write(values, texts)

    def _follow(self) -> bool:
        """Begins a new file where there is another one, or none; tells whether it did."""
        file = self._shard.path
        if not isinstance(file, Path) or identity(file) == self._shard.file:
            return False
        begin_again(self._engine, file)
        self._writer.begin_again()
        self.__dict__.pop("hasher", None)
        self.hasher  # noqa: B018  # the new file must know the key
        mark(self._shard)
        self._shard.file = identity(file)
        logger.warning("%s: the store's file was taken away; records go to a new one", file)
        return True

    def seal(self, now: float, *, grace: float = GRACE) -> int:
        """Moves the records of hours that are over into files of their own; returns how many.

        An hour is over ``grace`` seconds after its end; what comes later still is sealed with the
        next call. Nothing is done where another process is at it, and none in PostgreSQL.
        """
        return sum(Sealing(shard).seal(now, grace) for shard in self._shards.all())

    def purge(self, *, before: float | None = None, subject: str | None = None) -> int:
        """Erases the interactions before a time, or of a subject; returns how many.

        The bytes are gone from the files afterwards: those of sealed hours are dropped or written
        anew, pages of databases are overwritten and the databases rebuilt, and write-ahead logs cut
        to nothing. Copies elsewhere are not its business.
        """
        if (before is None) == (subject is None):
            raise UsageError("give either a time or a subject to purge")
        whose = None if subject is None else self.hasher("subject", subject)
        erasing = Erasing(before, whose)
        return sum(erasing.erase(shard) for shard in self._shards.all())

    # -- reading ----------------------------------------------------------------------------

    def interactions(
        self, start: float | None = None, end: float | None = None, where: Where | None = None
    ) -> Iterator[Interaction]:
        """Yields the interactions of a period in order of time; memory does not grow with it."""
        return map(self._interaction, self.rows(Query(start=start, end=end, where=where or {})))

    def rows(self, query: Query) -> Iterator[Row]:
        """Yields the rows that a query looks for, of all files, in its order."""
        found = [shard.rows(query) for shard in self._shards.all()]
        return heapq.merge(*found, key=key, reverse=query.backward)

    def recent(self, limit: int, where: Where | None = None) -> list[Interaction]:
        """Returns the newest interactions, newest first."""
        rows = self.rows(Query(where=where or {}, backward=True))
        return [self._interaction(row) for row in islice(rows, limit)]

    def get(self, decision_id: str) -> Interaction | None:
        """Returns the interaction of an identifier."""
        for shard in self._shards.all():
            row = shard.find(decision_id)
            if row is not None:
                return self._interaction(row)
        return None

    def count(
        self, start: float | None = None, end: float | None = None, where: Where | None = None
    ) -> int:
        """Returns how many interactions a period holds."""
        query = Query(start=start, end=end, where=where or {})
        return sum(group["n"] for one in self._shards.all() for group in one.groups(query, ()))

    def aggregate(
        self,
        by: Sequence[str],
        start: float | None = None,
        end: float | None = None,
        where: Where | None = None,
    ) -> list[dict[str, Any]]:
        """Returns one row for each group: its keys, ``n``, and mean timings in seconds."""
        check(by)
        query = Query(start=start, end=end, where=where or {})
        found: dict[tuple[Any, ...], Row] = {}
        for shard in self._shards.all():
            for group in shard.groups(query, by):
                keys = tuple(group[name] for name in by)
                add(found.setdefault(keys, {name: group[name] for name in by}), group)
        groups = [mean(group) for group in found.values()]
        return sorted(groups, key=lambda one: (-one["n"], [str(one[name] or "") for name in by]))

    def bounds(self) -> tuple[float, float] | None:
        """Returns the times of the first and the last interaction."""
        ends = [ends for shard in self._shards.all() if (ends := shard.bounds())]
        return (min(ends)[0], max(one[1] for one in ends)) if ends else None

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Opens all that there is to count, as it is at one moment, whoever seals meanwhile."""
        with ExitStack() as stack:
            shards = self._shards.all()
            yield Snapshot([(one, stack.enter_context(one.reading())) for one in shards])

    def _interaction(self, row: Mapping[str, Any]) -> Interaction:
        """Returns the interaction of a row; a damaged one is a ``StoreError``."""
        with store_errors(self.path):
            return from_row(row, self._scores)

    def _scores(self, key: str | None, found: Mapping[str, float]) -> Mapping[str, float]:
        """Returns all scores; their names may be in any of the files, for a key is a hash."""
        for look in (False, True):
            for shard in self._shards.open:
                names = shard.names.zeros(key, look=look)
                if names is not None:
                    return {**names, **found}
        raise KeyError(key)

    def _databases(self) -> list[tuple[Path | str, Engine]]:
        return [(shard.path, shard.engine) for shard in self._shards.all()]

    def close(self) -> None:
        """Closes the store."""
        self._shards.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def add(total: Row, group: Mapping[str, Any]) -> None:
    """Adds a group of records to what is known of it."""
    for name in ("n", *(f"{name}_{kind}" for name in MEANS for kind in ("sum", "count"))):
        total[name] = total.get(name, 0) + (group[name] or 0)


def mean(group: Row) -> Row:
    """Returns a group with means in the place of sums."""
    for name in MEANS:
        total, count = group.pop(f"{name}_sum"), group.pop(f"{name}_count")
        group[name] = total / count if count else None
    return group
