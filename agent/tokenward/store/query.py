"""What is looked for in a store: a period, filters, an order, and a place to go on from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_

from tokenward.errors import UsageError, one_of
from tokenward.store import schema

TABLE = schema.interactions
COUNTED = ("cells", "grp", "weight_millionths")
"""Columns that are only counted; who looks at records needs none of them."""
SHOWN = tuple(one.name for one in TABLE.columns if one.name not in COUNTED)

Where = Mapping[str, str | None]


class Place(NamedTuple):
    """Where a record stands in the order of time."""

    time: float
    seq: int


@dataclass(frozen=True, slots=True)
class Query:
    """The records that are looked for: ``start <= time < end``, in seconds since the epoch.

    ``where`` maps columns of ``schema.FILTERS`` to the value they must have, ``rule`` is the id of
    one that fired, ``degraded`` says whether detectors were left out. They come in order of time,
    the newest first if ``backward``, and begin behind ``place``.
    """

    columns: tuple[str, ...] = SHOWN
    start: float | None = None
    end: float | None = None
    where: Where = field(default_factory=dict)
    rule: str | None = None
    degraded: bool | None = None
    backward: bool = False
    place: Place | None = None

    def __post_init__(self) -> None:
        check(self.where)

    @property
    def narrow(self) -> bool:
        """Whether records within the time are left out."""
        return bool(self.where) or self.rule is not None or self.degraded is not None

    @property
    def mark(self) -> str | None:
        """What the decisions of a record hold as JSON where the rule fired."""
        return None if self.rule is None else f'"id":{json.dumps(self.rule)}'

    def covers(self, first: float, last: float) -> bool:
        """Tells whether all records from one time to another, both included, are looked for."""
        inside = (self.start is None or self.start <= first) and (
            self.end is None or last < self.end
        )
        return inside and not self.narrow and self.place is None

    def touches(self, first: float, last: float) -> bool:
        """Tells whether some records from one time to another may be looked for."""
        if (self.start is not None and last < self.start) or (
            self.end is not None and first >= self.end
        ):
            return False
        if self.place is None:
            return True
        return first <= self.place.time if self.backward else last >= self.place.time

    def select(self, present: frozenset[str], dialect: str) -> Select[Any]:
        """Returns the statement; columns that an old file lacks are null in it."""
        named = (
            TABLE.c[name] if name in present else literal(None).label(name)
            for name in ("time", "seq", *(set(self.columns) - {"time", "seq"}))
        )
        return self.ordered(select(*named).where(*self.conditions(dialect)))

    def ordered(self, statement: Select[Any]) -> Select[Any]:
        """Returns a statement with the order, beyond the place."""
        if self.place is not None:
            key = tuple_(TABLE.c.time, TABLE.c.seq)
            place = tuple_(literal(self.place.time), literal(self.place.seq))
            statement = statement.where(key < place if self.backward else key > place)
        if self.backward:
            return statement.order_by(TABLE.c.time.desc(), TABLE.c.seq.desc())
        return statement.order_by(TABLE.c.time, TABLE.c.seq)

    def conditions(self, dialect: str) -> Iterator[ColumnElement[bool]]:
        """Yields the conditions, but for the place."""
        if self.start is not None:
            yield TABLE.c.time >= self.start
        if self.end is not None:
            yield TABLE.c.time < self.end
        for name, value in self.where.items():
            yield TABLE.c[name] == value
        if self.degraded is not None:
            yield TABLE.c.is_degraded.is_(self.degraded)
        if self.mark is not None:
            # unlike LIKE these tell capitals from small letters
            place_of = func.strpos if dialect == "postgresql" else func.instr
            yield place_of(TABLE.c.decisions, self.mark) > 0


def check(where: Iterable[str]) -> None:
    """Refuses a column that may not filter or group."""
    for name in where:
        if name not in schema.FILTERS:
            raise UsageError(f"unknown column {name!r}; {one_of(schema.FILTERS)}")
