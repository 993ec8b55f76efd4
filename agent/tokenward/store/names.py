"""The names of scores, kept once: rows hold a key in their place, and only scores above 0."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, Engine, select

from tokenward.decisions.columns import key_of
from tokenward.store.database import insert_new
from tokenward.store.schema import score_names as table
from tokenward.types import Decision


class Scored(NamedTuple):
    """The scores of a decision: the key of their names, if it has any, and those not 0."""

    key: str | None
    found: Mapping[str, float]


NONE = Scored(None, {})


class Names:
    """The lists of names that the rows of a store refer to.

    A list is known by its hash, so that several writers need not agree on a number for it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._keys: dict[tuple[str, ...], str] = {}
        self._new: dict[str, tuple[str, ...]] = {}  # those that may not be in the file yet
        self._zeros: dict[str, dict[str, float]] = {}
        self._last: dict[int, tuple[tuple[str, ...], Scored]] = {}

    def key_of(self, names: tuple[str, ...]) -> str:
        """Returns the key of a list of names, which the next ``write`` puts into the file."""
        key = self._keys.get(names)
        if key is None:
            key = self._keys[names] = key_of(names)
            self._new[key] = names
        return key

    def scored(self, decisions: Iterable[Decision]) -> tuple[Scored, ...]:
        """Returns the scores of each decision."""
        return tuple(self._scored(one.scores) if one.scores else NONE for one in decisions)

    def _scored(self, scores: Mapping[str, float]) -> Scored:
        names = tuple(scores)
        last = self._last.get(len(names))
        if last is None or last[0] != names:  # to compare costs half of what to look up does
            last = self._last[len(names)] = names, Scored(self.key_of(names), {})
        if not any(scores.values()):
            return last[1]
        return Scored(last[1].key, {name: score for name, score in scores.items() if score})

    def write(self, connection: Connection) -> list[str]:
        """Writes the lists that are new in the transaction of the rows that refer to them.

        Returns their keys: give them to ``written`` once they are in the file.
        """
        rows = [{"key": key, "names": json.dumps(some)} for key, some in self._new.items()]
        if rows:
            connection.execute(insert_new(connection, table).on_conflict_do_nothing(), rows)
        return [row["key"] for row in rows]

    def written(self, keys: Iterable[str]) -> None:
        """Takes note that lists are in the file."""
        for key in keys:
            self._new.pop(key, None)

    def begin_again(self) -> None:
        """Takes note that there is another file, which has none of the lists."""
        self._new.update((key, names) for names, key in self._keys.items())

    def zeros(self, key: str | None, *, look: bool = True) -> Mapping[str, float] | None:
        """Returns the names of a list, each with 0, and ``None`` where they are not known here.

        Rows of schema 1 have all scores, and no key. Those not read yet are, if it may ``look``.
        """
        if key is None:
            return {}
        if key not in self._zeros and look:
            with self._engine.connect() as connection:
                for one, names in connection.execute(select(table.c.key, table.c.names)):
                    self._zeros[one] = dict.fromkeys(json.loads(names), 0.0)
        return self._zeros.get(key)
