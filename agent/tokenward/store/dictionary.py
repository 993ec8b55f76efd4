"""What the cells of rows mean: columns, categories, and the bases of what may be 0."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from sqlalchemy import Connection, select

from tokenward.store.database import insert_new
from tokenward.store.schema import meanings as table

MAX_VALUES = 1000
"""Different values of a category that are told apart; the rest are counted as ``OTHER``."""
OTHER = "(other)"
KEY_BITS = 16
KEY_MASK = (1 << KEY_BITS) - 1
ZERO = 1 << (KEY_BITS - 1)
"""What is added to a bucket, so that none is negative, and none is the id of the column itself."""

What = Literal["number", "rate", "count", "category", "base", "scores"]
NUMERIC = ("number", "rate", "count")


class Meaning(NamedTuple):
    """What a cell says.

    A column of numbers has a ``base`` where it is 0 unless it is said. A category has its
    ``value``. A base is named; of a list of scores, ``value`` is the list of columns as JSON.
    """

    what: What
    name: str
    base: str | None = None
    value: str | None = None

    @property
    def id(self) -> int:
        """Returns the positive 64-bit number by which it is known, in every store.

        A hash, so that writers need not agree on a number; the chance that two of a million
        meanings collide is below one in a thousand million. That of a column of numbers ends in 16
        zero bits, in whose place a cell has the bucket.

        >>> Meaning("number", "prompt.words").id & KEY_MASK
        0
        """
        told = json.dumps(self).encode()
        number = int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "little") >> 1
        return number & ~KEY_MASK if self.what in NUMERIC else number


class Dictionary:
    """The meanings that the rows of a store refer to.

    A cell is known by a hash, so that several writers need not agree on a number for it.
    """

    def __init__(self) -> None:
        self._ids: dict[tuple[str | None, ...], int] = {}
        self._new: dict[int, Meaning] = {}  # those that may not be in the file yet
        self._all: dict[int, Meaning] = {}
        self._categories: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def column(self, what: What, name: str, base: str | None = None) -> int:
        """Returns the id of a column of numbers: its cells have the bucket in the low bits."""
        return self._id(what, name, base)

    def number(self, what: What, name: str, base: str | None, bucket: int) -> int:
        """Returns the cell of a number's bucket in a column."""
        return self._id(what, name, base) | (bucket + ZERO)

    def category(self, name: str, value: str) -> int:
        """Returns the cell of a category; too many different ones are ``OTHER``."""
        known = self._categories[name]
        found = known.get(value)
        if found is not None:
            return found
        if len(known) >= MAX_VALUES and value != OTHER:
            return self._id("category", name, None, OTHER)
        found = known[value] = self._id("category", name, None, value)
        return found

    def known(self, name: str) -> Mapping[str, int]:
        """Returns the cells of the values of a category so far, as it grows."""
        return self._categories[name]

    def base(self, name: str) -> int:
        """Returns the cell that says that a row has a base."""
        return self._id("base", name)

    def scores(self, key: str, columns: tuple[str, ...]) -> int:
        """Returns the cell that says which scores a row has."""
        found = self._ids.get(("scores", key))
        if found is None:
            found = self._ids["scores", key] = self._id("scores", key, None, json.dumps(columns))
        return found

    def list_of(self, key: str) -> int | None:
        """Returns the cell of a list of scores, where it is known."""
        return self._ids.get(("scores", key))

    def _id(self, what: What, name: str, base: str | None = None, value: str | None = None) -> int:
        key = (what, name, base, value)
        found = self._ids.get(key)
        if found is None:
            meaning = Meaning(*key)
            found = self._ids[key] = meaning.id
            self._new[found] = self._all[found] = meaning
        return found

    def meaning(self, cell: int) -> tuple[Meaning, int] | None:
        """Returns what a cell says and its bucket, if it has one; ``None`` if it is unknown."""
        found = self._all.get(cell)
        if found is not None:
            return found, 0
        found = self._all.get(cell & ~KEY_MASK)
        return None if found is None else (found, (cell & KEY_MASK) - ZERO)

    def columns(self) -> set[str]:
        """Returns the names of all columns that any row had, of scores also those always 0."""
        found = {one.name for one in self._all.values() if one.what not in ("base", "scores")}
        for one in self._all.values():
            if one.what == "scores" and one.value is not None:
                found.update(json.loads(one.value))
        return found

    def learn(self, meanings: Iterable[Meaning]) -> None:
        """Takes over what another dictionary knows."""
        self._all.update((meaning.id, meaning) for meaning in meanings)

    def read(self, connection: Connection) -> None:
        """Takes over what the store knows."""
        columns = [table.c[name] for name in Meaning._fields]
        self.learn(Meaning(*row) for row in connection.execute(select(*columns)))

    def write(self, connection: Connection) -> list[int]:
        """Writes what is new in the transaction of the rows that refer to it.

        Returns its cells: give them to ``written`` once they are in the file.
        """
        rows = [{"id": cell, **meaning._asdict()} for cell, meaning in self._new.items()]
        if rows:
            connection.execute(insert_new(connection, table).on_conflict_do_nothing(), rows)
        return [row["id"] for row in rows]

    def written(self, cells: Iterable[int]) -> None:
        """Takes note that meanings are in the file."""
        for cell in cells:
            self._new.pop(cell, None)

    def begin_again(self) -> None:
        """Takes note that there is another file, which knows nothing."""
        self._new.update(self._all)
