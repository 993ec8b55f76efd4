"""Facts of the policies that decided, by revision: kept with the records that they decided."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

import tokenward
from tokenward.store import schema
from tokenward.store.beside.table import Beside, Databases


class KeptPolicies(Beside):
    """The policies of a store."""

    def __init__(
        self, path: Path | str, engine: Engine, databases: Databases | None = None
    ) -> None:
        super().__init__(path, engine, schema.policies, databases)

    def keep(self, facts: Mapping[str, Any]) -> None:
        """Keeps the facts of a policy, as ``policy.facts`` has them, with our version."""
        told = {**facts, "version": tokenward.__version__}
        row = {"name": facts["name"], "revision": facts["revision"], "facts": told}
        with self.writing() as connection:
            connection.execute(self.insert().values(row).on_conflict_do_nothing())

    def all(self) -> list[dict[str, Any]]:
        """Returns the facts of all that are kept."""
        query = select(self.table.c.facts)
        return [facts for each in self.each() for facts in each.execute(query).scalars()]
