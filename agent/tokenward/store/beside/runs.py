"""Which reports ran over which periods, so that two monitors never run the same one twice."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, delete, func, select, update

from tokenward.store.database import insert_new, store_errors
from tokenward.store.schema import report_runs

LEASE_SECONDS = 120.0
"""How long a claim holds that nobody renews: then its owner is taken for dead."""
TABLE = report_runs


@dataclass(frozen=True, slots=True)
class RunKey:
    """What identifies a run: the report and the two periods it compares."""

    report: str
    reference_start: float
    reference_end: float
    current_start: float
    current_end: float


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run. ``drift`` is ``None`` where nothing could be measured."""

    key: RunKey
    finished: float
    drift: bool | None
    result: Mapping[str, Any] = field(repr=False)


class Runs:
    """The claims and results of reports, in the store."""

    def __init__(self, path: Path | str, engine: Engine) -> None:
        self._path = path
        self._engine = engine
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    def claim(self, key: RunKey, *, now: float | None = None) -> bool:
        """Takes a run for this process; a claim that is not renewed falls free in time."""
        moment = time.time() if now is None else now
        row = insert_new(self._engine, TABLE).values(
            **fields(key), owner=self.owner, expires=moment + LEASE_SECONDS
        )
        row = row.on_conflict_do_update(
            index_elements=list(fields(key)),
            set_={"owner": row.excluded.owner, "expires": row.excluded.expires},
            where=and_(TABLE.c.finished.is_(None), TABLE.c.expires < moment),
        )
        with store_errors(self._path), self._engine.begin() as connection:
            return connection.execute(row).rowcount == 1

    def renew(self, key: RunKey, *, now: float | None = None) -> bool:
        """Holds a claim for longer; returns whether this process still has it."""
        moment = time.time() if now is None else now
        mine = and_(same(key), TABLE.c.owner == self.owner, TABLE.c.finished.is_(None))
        with store_errors(self._path), self._engine.begin() as connection:
            longer = update(TABLE).where(mine).values(expires=moment + LEASE_SECONDS)
            return connection.execute(longer).rowcount == 1

    def finish(
        self,
        key: RunKey,
        drift: bool | None,
        result: Mapping[str, Any],
        *,
        now: float | None = None,
    ) -> bool:
        """Keeps the result of a run that this process claimed; tells whether it still had it."""
        values = {"finished": time.time() if now is None else now, "drift": drift}
        with store_errors(self._path), self._engine.begin() as connection:
            mine = update(TABLE).where(same(key), TABLE.c.owner == self.owner)
            done = connection.execute(mine.values(**values, result=dict(result)))
            return done.rowcount == 1

    def release(self, key: RunKey) -> None:
        """Gives a claimed run back, because it failed."""
        unfinished = and_(same(key), TABLE.c.owner == self.owner, TABLE.c.finished.is_(None))
        with store_errors(self._path), self._engine.begin() as connection:
            connection.execute(delete(TABLE).where(unfinished))

    def get(self, key: RunKey) -> Run | None:
        """Returns the finished run of a key."""
        return next(self._runs(same(key)), None)

    def ends(self, report: str) -> list[float]:
        """Returns the ends of the current periods of a report's finished runs, in order."""
        done = and_(TABLE.c.report == report, TABLE.c.finished.is_not(None))
        query = select(TABLE.c.current_end).where(done).order_by(TABLE.c.current_end)
        with store_errors(self._path), self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def last_measured(self, report: str) -> Run | None:
        """Returns the report's last finished run that measured something."""
        measured = and_(TABLE.c.report == report, TABLE.c.drift.is_not(None))
        return next(self._runs(measured), None)

    def latest(self) -> list[Run]:
        """Returns the newest finished run of each report."""
        done = TABLE.c.finished.is_not(None)
        query = select(TABLE.c.report).where(done).group_by(TABLE.c.report)
        with store_errors(self._path), self._engine.connect() as connection:
            names = connection.execute(query.order_by(func.min(TABLE.c.report))).scalars().all()
        return [run for name in names for run in self._newest(name)]

    def history(self, report: str, limit: int) -> list[Run]:
        """Returns the newest finished runs of a report, newest first."""
        return list(self._runs(TABLE.c.report == report, limit))

    def _newest(self, report: str) -> list[Run]:
        return self.history(report, 1)

    def _runs(self, condition: ColumnElement[bool], limit: int = 1) -> Iterator[Run]:
        query = select(TABLE).where(condition, TABLE.c.finished.is_not(None))
        query = query.order_by(TABLE.c.finished.desc(), TABLE.c.current_end.desc()).limit(limit)
        with store_errors(self._path), self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        for row in rows:
            key = RunKey(**{name: row[name] for name in RunKey.__slots__})
            yield Run(key, row["finished"], row["drift"], row["result"] or {})


def fields(key: RunKey) -> dict[str, Any]:
    """Returns the columns of a key."""
    return {name: getattr(key, name) for name in RunKey.__slots__}


def same(key: RunKey) -> ColumnElement[bool]:
    """Returns the condition that a row has this key."""
    return and_(*(TABLE.c[name] == value for name, value in fields(key).items()))


Labels = tuple[tuple[str, str], ...]


def drift_samples(runs: Runs) -> list[tuple[str, dict[str, str], float]]:
    """Returns name, labels and value of each ``tokenward_drift_*`` metric, and when reports ran.

    An unmeasured column has no statistic, and its alarm is 0. Where two reports measure the same
    column, the one that ran last is told: a metric has one value.
    """
    found: dict[tuple[str, Labels], float] = {}
    for run in sorted(runs.latest(), key=lambda run: run.finished):
        report = (("report", run.key.report),)
        found["tokenward_report_last_success_timestamp_seconds", report] = run.finished
        for column in run.result.get("columns", ()):
            labels: Labels = (("column", column["column"]), ("slice", column["slice"] or ""))
            found["tokenward_drift_alarm", labels] = float(column["drift_detected"])
            if column["statistic"] is not None:
                labels = (*labels, ("method", column["method"]))
                found["tokenward_drift_statistic", labels] = column["statistic"]
    return [(name, dict(labels), value) for (name, labels), value in found.items()]
