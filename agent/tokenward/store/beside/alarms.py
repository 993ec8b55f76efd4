"""Alarms of drift: raised by who watches, acknowledged by people, resolved when all is well."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Engine, Select, select, update

from tokenward.errors import UsageError
from tokenward.store import schema
from tokenward.store.beside.table import Beside, Databases
from tokenward.store.database import store_errors

Kind = Literal["online", "scheduled"]
AlarmState = Literal["open", "acknowledged", "dismissed", "resolved"]
OPEN: AlarmState = "open"
TABLE = schema.alarms


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm. Times are in seconds since the epoch.

    ``source`` is the report or the writer. ``since`` is the best guess of when the change came,
    ``raised`` when it was told. ``open`` ones are ``resolved`` by who raised them; ``acknowledged``
    means that the change is the new normal, ``dismissed`` that there was none.
    """

    id: str
    kind: Kind
    source: str
    column: str
    slice: str
    method: str
    statistic: float
    threshold: float
    since: float
    raised: float
    state: AlarmState
    changed: float
    acknowledged_by: str | None = None
    note: str | None = None


class Alarms(Beside):
    """The alarms of a store."""

    def __init__(
        self, path: Path | str, engine: Engine, databases: Databases | None = None
    ) -> None:
        super().__init__(path, engine, TABLE, databases)

    def raise_(
        self,
        kind: Kind,
        source: str,
        column: str,
        slice_: str = "",
        *,
        method: str,
        statistic: float,
        threshold: float,
        since: float,
        now: float | None = None,
    ) -> Alarm:
        """Opens an alarm, and returns it."""
        moment = time.time() if now is None else now
        alarm = Alarm(
            id=secrets.token_hex(8), kind=kind, source=source, column=column, slice=slice_,
            method=method, statistic=statistic, threshold=threshold, since=since, raised=moment,
            state=OPEN, changed=moment,
        )  # fmt: skip
        with self.writing() as connection:
            connection.execute(self.insert().values(asdict(alarm)))
        return alarm

    def resolve(self, id_: str, *, now: float | None = None) -> bool:
        """Notes that what was open is over; tells whether it was open."""
        return self._change(id_, "resolved", now=now)

    def acknowledge(
        self, id_: str, who: str, note: str = "", *, dismiss: bool = False, now: float | None = None
    ) -> None:
        """Notes that somebody has seen an open alarm.

        Who watches then takes a new reference: the change is what is normal from now on. With
        ``dismiss`` it keeps the one that it has: there was no change. A ``UsageError`` tells that
        the alarm is not open.
        """
        if not who.strip():
            raise UsageError("say who acknowledges the alarm, for those who come after")
        state: AlarmState = "dismissed" if dismiss else "acknowledged"
        if not self._change(id_, state, who=who.strip(), note=note.strip(), now=now):
            raise UsageError(f"no alarm {id_!r} is open; look at those that are")

    def _change(
        self,
        id_: str,
        state: AlarmState,
        *,
        who: str | None = None,
        note: str | None = None,
        now: float | None = None,
    ) -> bool:
        values: dict[str, Any] = {"state": state, "changed": time.time() if now is None else now}
        if who is not None:
            values |= {"acknowledged_by": who, "note": note}
        same = update(TABLE).where(TABLE.c.id == id_, TABLE.c.state == OPEN)
        for path, engine in self._databases():
            with store_errors(path), engine.begin() as connection:
                if self.there(connection) and connection.execute(same.values(values)).rowcount:
                    return True
        return False

    def open_ones(self, kind: Kind | None = None) -> list[Alarm]:
        """Returns the open alarms, newest first; of one kind or of both."""
        query = select(TABLE).where(TABLE.c.state == OPEN).order_by(TABLE.c.raised.desc())
        found = self._read(query if kind is None else query.where(TABLE.c.kind == kind))
        return sorted(found, key=newest)

    def recent(self, limit: int = 50) -> list[Alarm]:
        """Returns the newest alarms in any state, newest first."""
        found = self._read(select(TABLE).order_by(TABLE.c.raised.desc()).limit(limit))
        return sorted(found, key=newest)[:limit]

    def get(self, ids: Iterable[str]) -> Mapping[str, Alarm]:
        """Returns the alarms that there are of some identifiers."""
        return {one.id: one for one in self._read(select(TABLE).where(TABLE.c.id.in_(list(ids))))}

    def _read(self, query: Select[Any]) -> list[Alarm]:
        rows = (row for one in self.each() for row in one.execute(query).mappings())
        return [Alarm(**row) for row in rows]


def newest(alarm: Alarm) -> float:
    """Returns what sorts alarms, newest first."""
    return -alarm.raised
