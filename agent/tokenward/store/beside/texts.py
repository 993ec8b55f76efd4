"""Texts that a policy has kept beside the records: masked, with a retention of their own."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, select

from tokenward.decisions.record import Interaction, KeptText
from tokenward.store import schema
from tokenward.store.beside.table import Beside, Databases

LONGEST = 65_536
"""Characters that are kept of a text."""
MOST = 64
"""Texts that are kept of a stage; of a longer conversation the last ones."""
PAGE = 500
DAY = 86400.0
EXPIRE_SECONDS = 600.0
"""How often texts that are over their time are looked for."""


class Texts(Beside):
    """The texts of a store."""

    def __init__(
        self, path: Path | str, engine: Engine, databases: Databases | None = None
    ) -> None:
        super().__init__(path, engine, schema.texts, databases)
        self._expired = -EXPIRE_SECONDS

    def of(self, decision_ids: Sequence[str]) -> dict[str, list[KeptText]]:
        """Returns the texts of some records, in the order in which they were looked at."""
        found: defaultdict[str, list[KeptText]] = defaultdict(list)
        table = self.table
        for connection in self.each():
            for at in range(0, len(decision_ids), PAGE):
                query = select(table).where(table.c.decision_id.in_(decision_ids[at : at + PAGE]))
                query = query.order_by(table.c.decision_id, table.c.stage, table.c.number)
                for row in connection.execute(query).mappings():
                    kept = KeptText(row["stage"], row["text"], row["whole"])
                    found[row["decision_id"]].append(kept)
        return dict(found)

    def write(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Writes rows in the transaction of the records that they belong to."""
        values = list(rows)
        if values:
            connection.execute(self.insert().on_conflict_do_nothing(), values)
            self._expire(connection)

    def _expire(self, connection: Connection) -> None:
        """Deletes what is over its time, now and then: a text may stay some minutes longer."""
        if time.monotonic() - self._expired < EXPIRE_SECONDS:
            return
        self._expired = time.monotonic()
        now = time.time()
        connection.execute(delete(self.table).where(self.table.c.until < now))

    def erase(
        self, connection: Connection, *, before: float | None = None, subject: str | None = None
    ) -> int:
        """Deletes what is older than a time, or of a subject's hash; returns how many."""
        if not self.there(connection):
            return 0
        chosen = self.table.c.time < before if subject is None else self.table.c.subject == subject
        return connection.execute(delete(self.table).where(chosen)).rowcount


def rows_of(one: Interaction, subject: str | None) -> list[dict[str, Any]]:
    """Returns the rows of a record's texts, cut to what is kept; ``subject`` is a hash."""
    until = None if one.text_days is None else one.time + one.text_days * DAY
    by_stage: defaultdict[str, list[KeptText]] = defaultdict(list)
    for text in one.texts:
        by_stage[text.stage].append(text)
    return [
        {
            "decision_id": one.decision_id,
            "stage": stage,
            "number": number,
            "time": one.time,
            "until": until,
            "subject": subject,
            "whole": text.whole and len(text.text) <= LONGEST and len(some) <= MOST,
            "text": text.text[:LONGEST].encode("utf-8", "replace").decode(),
        }
        for stage, some in by_stage.items()
        for number, text in enumerate(some[-MOST:])
    ]
