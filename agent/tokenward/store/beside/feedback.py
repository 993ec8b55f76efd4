"""Feedback on decisions, given later by their identifier: a number, or good and bad as 1 and 0."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, select

from tokenward.decisions.columns import group, weight_of
from tokenward.decisions.record import Interaction
from tokenward.errors import UsageError
from tokenward.store import schema
from tokenward.store.beside.table import Beside, Databases

WORDS = {"good": 1.0, "bad": 0.0}
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
USUAL = "rating"

Find = Callable[[str], Interaction | None]


class Given(NamedTuple):
    """Feedback on a record: ``of`` is the record's time."""

    name: str
    value: float
    of: float
    model_label: str | None
    grp: int
    weight_millionths: int


class Feedback(Beside):
    """The feedback of a store; the last one of a name counts."""

    def __init__(
        self,
        path: Path | str,
        engine: Engine,
        databases: Databases | None = None,
        get: Find = lambda _: None,
    ) -> None:
        super().__init__(path, engine, schema.feedback, databases)
        self._get = get

    def give(
        self, decision_id: str, value: str | float, name: str = USUAL, *, now: float | None = None
    ) -> None:
        """Keeps feedback, with what counts of its record.

        Reports need not look that up, and what erases the record erases it, too.
        Raises a ``UsageError`` where the store has no such record: late feedback may come after
        the record was purged, or left out by sampling.
        """
        number = value_of(value)
        if not NAME.fullmatch(name):
            raise UsageError(f"cannot use the name {name!r}; use a-z, 0-9 and '_', a letter first")
        found = self._get(decision_id)
        if found is None:
            raise UsageError("the store has no record with this decision id")
        row: dict[str, Any] = {
            "decision_id": decision_id,
            "name": name,
            "time": time.time() if now is None else now,
            "of": found.time,
            "subject": found.subject,
            "model_label": found.model_label,
            "grp": group(found.session),
            "weight_millionths": weight_of(found),
            "value": number,
        }
        with self.writing() as connection:
            connection.execute(self.upsert(("decision_id", "name"), ("time", "value")), row)

    def of(self, decision_id: str) -> dict[str, float]:
        """Returns the feedback on a decision, by name."""
        query = select(self.table.c.name, self.table.c.value)
        query = query.where(self.table.c.decision_id == decision_id)
        return {row.name: row.value for each in self.each() for row in each.execute(query)}

    def within(self, start: float, end: float) -> Iterator[Given]:
        """Yields the feedback on the records of a period."""
        table = self.table.c
        names = [table[name] for name in Given._fields]
        query = select(*names).where(table.of >= start, table.of < end)
        for connection in self.each():
            yield from (Given(*row) for row in connection.execute(query))

    def erase(
        self, connection: Connection, *, before: float | None = None, subject: str | None = None
    ) -> int:
        """Deletes what is on records before a time, or of a subject's hash; returns how many."""
        if not self.there(connection):
            return 0
        chosen = self.table.c.of < before if subject is None else self.table.c.subject == subject
        return connection.execute(delete(self.table).where(chosen)).rowcount


def value_of(value: str | float) -> float:
    """Returns feedback as a number.

    >>> value_of("good"), value_of("3.5"), value_of(0)
    (1.0, 3.5, 0.0)
    """
    try:
        number = WORDS[value] if isinstance(value, str) and value in WORDS else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise UsageError("feedback is no finite number; give good, bad or a number")
    return number
