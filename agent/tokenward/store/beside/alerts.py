"""States that people are told of, what is to be sent, and what they do not want to hear of."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, or_, select, update

from tokenward.errors import UsageError
from tokenward.store import schema
from tokenward.store.beside.alarms import Alarm, Alarms
from tokenward.store.beside.table import Beside

LEASE_SECONDS = 60.0
"""How long one that sends an alert has for it before another takes it over."""
ONLINE: Literal["online"] = "online"
"""The source of what is watched while it is recorded."""
CALM = ("fine", "working", "calm")
"""States of which nobody is told before there was another one."""
SHORTEST_ID = 8

Telling = Callable[[list[dict[str, Any]]], Mapping[str, Any]]

STATES = schema.states
ALERTS = schema.alerts
SILENCES = schema.silences


@dataclass(frozen=True, slots=True)
class Subject:
    """What has a state: a column of a report in a slice; without a column the report itself."""

    source: str
    column: str = ""
    slice: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """A state, and the one that people were told of."""

    subject: Subject
    state: str
    since: float
    told: str
    acknowledged: float | None = None
    acknowledged_by: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """What nobody wants to hear of for a while; the names are patterns such as ``score.*``."""

    id: str
    source: str
    column: str
    slice: str
    since: float
    until: float
    who: str
    why: str

    def covers(self, subject: Subject) -> bool:
        """Tells whether it is about something."""
        pairs = ((getattr(subject, name), getattr(self, name)) for name in Subject.__slots__)
        # a name from a client's label may look like a pattern, and must fit itself
        return all(name == pattern or fnmatchcase(name, pattern) for name, pattern in pairs)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An alert that this process sends; ``done`` are the ways by which it has gone out."""

    id: str
    event: Mapping[str, Any] = field(repr=False)
    attempts: int
    done: tuple[str, ...]


class KeptAlerts(Beside):
    """The states, alerts and silences of a store.

    What writers watch online has its own ``alarms``; open ones count as states of ``ONLINE``.
    """

    def __init__(self, path: Path | str, engine: Engine, alarms: Alarms | None = None) -> None:
        super().__init__(path, engine, ALERTS)
        self._alarms = alarms
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    # -- states -----------------------------------------------------------------------------

    def take(
        self,
        seen: Mapping[Subject, str],
        told_as: Telling,
        now: float,
        watched: Collection[Subject] | None = None,
    ) -> list[dict[str, Any]]:
        """Takes note of states, and keeps an alert of what people must be told, both or neither.

        ``told_as`` makes the alert of the changes, each ``column``, ``slice``, ``was``, ``state``.
        They are returned. A change that is silenced is told later, if it still holds then. States
        of the same sources that are not ``watched`` any more are forgotten.
        """
        with self.writing() as connection:
            self._alone(connection)
            known = {one.subject: one for one in self._states(connection)}
            silences = self._silences(connection, now)
            if watched is not None:
                self._forget(connection, {one.source for one in seen}, watched, known)
            changes = []
            for subject, state in seen.items():
                before = known.get(subject)
                told = before.told if before is not None else ""
                news = state != told and not (told in ("", *CALM) and state in CALM)
                if news and not any(one.covers(subject) for one in silences):
                    changes.append(change(subject, before, state))
                    told = state
                elif not news:
                    told = state
                self._note(connection, subject, state, told, before, now)
            if changes:
                self._enqueue(connection, told_as(changes), now)
        return changes

    def _alone(self, connection: Connection) -> None:
        """Has others that take note of states wait: what two saw at once is told once."""
        if self._engine.dialect.name == "postgresql":
            connection.exec_driver_sql("LOCK TABLE states IN SHARE ROW EXCLUSIVE MODE")
        else:  # a statement that writes takes the lock, even if no row is written
            connection.execute(update(STATES).where(STATES.c.source.is_(None)).values(note=None))

    def _forget(
        self,
        connection: Connection,
        sources: Collection[str],
        watched: Collection[Subject],
        known: Iterable[Subject],
    ) -> None:
        for one in known:
            if one.source in sources and one not in watched:
                connection.execute(delete(STATES).where(same(one)))

    def _note(
        self,
        connection: Connection,
        subject: Subject,
        state: str,
        told: str,
        before: State | None,
        now: float,
    ) -> None:
        row = {"source": subject.source, "column": subject.column, "slice": subject.slice}
        if before is not None and (before.state, before.told) == (state, told):
            return
        values: dict[str, Any] = {"state": state, "told": told}
        if before is None or before.state != state:
            values |= {"since": now, "acknowledged": None, "acknowledged_by": None, "note": None}
        insert = self.insert(STATES).values({**row, **values, "since": now})
        connection.execute(insert.on_conflict_do_update(index_elements=[*row], set_=values))

    def states(self, *, all_: bool = False) -> list[State]:
        """Returns the states, newest first; without ``all_`` those that are not calm."""
        with self.reading() as connection:
            found = self._states(connection) if self.there(connection) else []
        known = {one.subject for one in found if one.state not in CALM}
        news = [
            State(subject, "alarm", alarm.since, told="")
            for subject, alarm in self.online().items()
            if subject not in known  # no monitor has seen it yet, or there is none
        ]
        calm = {one.subject for one in news}
        found = [*news, *(one for one in found if one.subject not in calm)]
        return [one for one in found if all_ or one.state not in CALM]

    def online(self) -> dict[Subject, Alarm]:
        """Returns the open alarms of what is watched online, the newest of each subject."""
        open_ = self._alarms.open_ones(ONLINE) if self._alarms is not None else []
        return {Subject(ONLINE, one.column, one.slice): one for one in reversed(open_)}

    def _states(self, connection: Connection) -> list[State]:
        query = select(STATES).order_by(STATES.c.since.desc(), STATES.c.source, STATES.c.column)
        return [state_of(dict(row)) for row in connection.execute(query).mappings()]

    def acknowledge(
        self, subject: Subject, who: str, note: str = "", *, now: float | None = None
    ) -> int:
        """Notes that somebody has seen states that are not calm; returns how many there were.

        The parts of ``subject`` are patterns. A new state has to be acknowledged anew. Of an alarm
        of what is watched online it says that the change is what is normal from now on.
        """
        pattern = Silence("", subject.source, subject.column, subject.slice, 0, 0, "", "")
        chosen = [one for one in self.states() if pattern.covers(one.subject)]
        values = {
            "acknowledged": time.time() if now is None else now,
            "acknowledged_by": who,
            "note": note,
        }
        with self.writing() as connection:
            for one in chosen:
                connection.execute(update(STATES).where(same(one.subject)).values(**values))
        if self._alarms is not None:
            for alarm in self._alarms.open_ones(ONLINE):
                if pattern.covers(Subject(ONLINE, alarm.column, alarm.slice)):
                    self._alarms.acknowledge(alarm.id, who, note)
        return len(chosen)

    # -- silences ---------------------------------------------------------------------------

    def silence(
        self, subject: Subject, until: float, who: str, why: str, *, now: float | None = None
    ) -> Silence:
        """Silences what fits the patterns of ``subject`` until a time."""
        moment = time.time() if now is None else now
        if until <= moment:
            raise UsageError("the silence ends before it begins; name a time to come")
        if not who.strip() or not why.strip():
            raise UsageError("a silence needs who wants it and why, for those who come after")
        silence = Silence(
            secrets.token_hex(4), subject.source, subject.column, subject.slice, moment, until,
            who.strip(), why.strip(),
        )  # fmt: skip
        row = {name: getattr(silence, name) for name in Silence.__slots__}
        with self.writing() as connection:
            connection.execute(self.insert(SILENCES).values(row))
        return silence

    def unsilence(self, id_: str, *, now: float | None = None) -> None:
        """Ends a silence."""
        moment = time.time() if now is None else now
        live = and_(SILENCES.c.id == id_, SILENCES.c.until > moment)
        with self.writing() as connection:
            if not connection.execute(update(SILENCES).where(live).values(until=moment)).rowcount:
                raise UsageError(
                    f"no silence {id_!r} is at work; 'tokenward alerts list' tells them"
                )

    def silences(self, now: float | None = None) -> list[Silence]:
        """Returns the silences at work, those that end first before."""
        with self.reading() as connection:
            if not self.there(connection):
                return []
            return self._silences(connection, time.time() if now is None else now)

    def _silences(self, connection: Connection, now: float) -> list[Silence]:
        query = select(SILENCES).where(SILENCES.c.until > now).order_by(SILENCES.c.until)
        return [Silence(**dict(row)) for row in connection.execute(query).mappings()]

    # -- what is to be sent -----------------------------------------------------------------

    def _enqueue(self, connection: Connection, event: Mapping[str, Any], now: float) -> None:
        id_ = secrets.token_hex(SHORTEST_ID)
        row = {
            "id": id_, "time": now, "source": event["report"], "event": {"id": id_, **event},
            "due": now, "attempts": 0, "done": [],
        }  # fmt: skip
        connection.execute(self.insert(ALERTS).values(row))

    def claim(self, now: float) -> Outgoing | None:
        """Takes the oldest alert that is due for this process, for a minute."""
        free = or_(ALERTS.c.owner.is_(None), ALERTS.c.expires < now)
        query = select(ALERTS).where(ALERTS.c.due <= now, free).order_by(ALERTS.c.due).limit(20)
        with self.writing() as connection:
            for row in connection.execute(query).mappings().all():
                mine = update(ALERTS).where(ALERTS.c.id == row["id"], ALERTS.c.due <= now, free)
                mine = mine.values(owner=self.owner, expires=now + LEASE_SECONDS)
                if connection.execute(mine).rowcount == 1:
                    done = tuple(row["done"])
                    return Outgoing(row["id"], row["event"], row["attempts"], done)
        return None

    def went(self, one: Outgoing, done: Iterable[str]) -> None:
        """Notes by which ways a claimed alert has gone out so far."""
        now = time.time()
        self._update(one, {"done": list(done), "expires": now + LEASE_SECONDS})

    def settle(self, one: Outgoing, done: Sequence[str], due: float | None, now: float) -> None:
        """Lets go of a claimed alert: sent, or to be tried again, or given up."""
        values: dict[str, Any] = {
            "done": list(done),
            "attempts": one.attempts + 1,
            "due": due,
            "owner": None,
            "expires": None,
        }
        failed = due is not None
        self._update(one, values if failed else {**values, "sent": now})

    def give_up(self, one: Outgoing) -> None:
        """Tries a claimed alert no more."""
        self._update(one, {"due": None, "attempts": one.attempts + 1, "owner": None})

    def _update(self, one: Outgoing, values: Mapping[str, Any]) -> None:
        mine = update(ALERTS).where(ALERTS.c.id == one.id, ALERTS.c.owner == self.owner)
        with self.writing() as connection:
            connection.execute(mine.values(**values))

    def recent(self, limit: int = 50) -> list[dict[str, Any]]:
        """Returns the newest alerts, newest first: their event, and how they went."""
        query = select(ALERTS).order_by(ALERTS.c.time.desc()).limit(limit)
        with self.reading() as connection:
            if not self.there(connection):
                return []
            return [dict(row) for row in connection.execute(query).mappings()]

    def waiting(self) -> int:
        """Returns how many alerts are to be sent."""
        query = select(func.count()).select_from(ALERTS).where(ALERTS.c.due.is_not(None))
        with self.reading() as connection:
            return connection.execute(query).scalar_one() if self.there(connection) else 0

    def next_due(self) -> float | None:
        """Returns when the next alert is to be tried."""
        query = select(ALERTS.c.due).where(ALERTS.c.due.is_not(None)).order_by(ALERTS.c.due)
        with self.reading() as connection:
            return connection.execute(query.limit(1)).scalar()


def same(subject: Subject) -> ColumnElement[bool]:
    """Returns the condition that a state is that of a subject."""
    return and_(
        STATES.c.source == subject.source,
        STATES.c.column == subject.column,
        STATES.c.slice == subject.slice,
    )


def change(subject: Subject, before: State | None, state: str) -> dict[str, Any]:
    """Returns a change as alerts tell it."""
    return {
        "column": subject.column,
        "slice": subject.slice or None,
        "was": before.told if before is not None else None,
        "state": state,
    }


def state_of(row: Mapping[str, Any]) -> State:
    """Returns the state of a row."""
    subject = Subject(row["source"], row["column"], row["slice"])
    same = ("state", "since", "told", "acknowledged", "acknowledged_by", "note")
    return State(subject, **{name: row[name] for name in same})
