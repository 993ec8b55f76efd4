"""Interactions page by page, newest first, for somebody who looks for one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from tokenward.decisions.record import Interaction
from tokenward.store.query import Place, Query

Row = Mapping[str, Any]
Bounds = tuple[float, float] | None

NEWEST = 5_000
GLANCE = (
    "time", "seq", "action", "policy", "model", "model_label", "route", "language", "source",
    "is_degraded", "guard_seconds", "ttft_seconds", "sample_weight",
)  # fmt: skip
HOUR = 3600.0
QUICK_SECONDS = 0.1
"""A search of a period that took less goes on with one of twice the length."""
LONGEST_SECONDS = 1.0
"""A search that found too little by then says how far it came, and can be gone on with."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, newest first.

    ``older`` and ``newer`` say where to go on, ``None`` where there are none (or none were looked
    for). ``stopped`` is the time up to which was searched, where that was not to the end.
    """

    records: tuple[Interaction, ...]
    older: Place | None
    newer: Place | None
    stopped: float | None = None


class Browse:
    """Reads pages of a store; what is rare is searched for period by period, never for long."""

    def __init__(
        self,
        rows: Callable[[Query], Iterator[Row]],
        read: Callable[[Row], Interaction],
        bounds: Callable[[], Bounds],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rows = rows
        self._read = read
        self._bounds = bounds
        self._clock = clock

    def page(
        self,
        query: Query,
        *,
        before: Place | None = None,
        after: Place | None = None,
        size: int = 50,
    ) -> Page:
        """Returns the newest records, those next ``before`` a place, or next ``after`` one."""
        forward = after is not None
        query = replace(query, backward=not forward, place=after if forward else before)
        rows, reached = self._find(query, size + 1)
        more = len(rows) > size
        rows = rows[:size]
        places = [Place(row["time"], row["seq"]) for row in rows]
        on = places[-1] if more else reached
        if forward:
            rows.reverse()
        return Page(
            tuple(map(self._read, rows)),
            older=(places[0] if places else after and past(after)) if forward else on,
            newer=on if forward else back_to(places, before),
            stopped=None if more or reached is None else reached.time,
        )

    def _find(self, query: Query, wanted: int) -> tuple[list[Row], Place | None]:
        """Returns rows, and up to where was looked if not to the end."""
        if not query.narrow:
            return list(islice(self._rows(query), wanted)), None
        rows: list[Row] = []
        began = self._clock()
        periods = Periods(query, self._bounds())
        while (part := periods.next()) is not None:
            asked = self._clock()
            rows += islice(self._rows(part), wanted - len(rows))
            now = self._clock()
            if len(rows) == wanted:
                return rows, None
            periods.widen(quick=now - asked < QUICK_SECONDS)
            if now - began > LONGEST_SECONDS:
                return rows, periods.reached
        return rows, None

    def newest(self, limit: int = NEWEST) -> list[Row]:
        """Returns the columns ``GLANCE`` of the newest records, newest first."""
        return list(islice(self._rows(Query(columns=GLANCE, backward=True)), limit))


class Periods:
    """The time that a query looks at, period by period, from its place on."""

    def __init__(self, query: Query, bounds: Bounds) -> None:
        self._query = query
        self._width = HOUR
        first, last = bounds or (0.0, 0.0)
        low = first if query.start is None else max(first, query.start)
        high = last if query.end is None else min(last, query.end)
        begin = query.place.time if query.place is not None else high if query.backward else low
        self._edge = begin
        self._end = low if query.backward else high
        self._over = bounds is None or low > high
        self._first = True

    def next(self) -> Query | None:
        """Returns the query of the next period; ``None`` where all was looked at."""
        if self._over:
            return None
        query, edge = self._query, self._edge
        other = edge - self._width if query.backward else edge + self._width
        self._over = other < self._end if query.backward else other > self._end
        if query.backward:
            start = query.start if self._over else other
            part = replace(query, start=start, end=query.end if self._first else edge)
        else:
            end = query.end if self._over else other
            part = replace(query, start=query.start if self._first else edge, end=end)
        self._edge, self._first = other, False
        return part

    def widen(self, *, quick: bool) -> None:
        """Has the next period be longer where the last one was searched in no time."""
        self._width *= 1 + quick

    @property
    def reached(self) -> Place | None:
        """Where to go on; ``None`` where all was looked at."""
        return None if self._over else Place(self._edge, 0)


def past(place: Place) -> Place:
    """Returns the place before which the record of a place is, too."""
    return Place(place.time, place.seq + 1)


def back_to(places: Sequence[Place], before: Place | None) -> Place | None:
    """Returns where newer records are; ``None`` where the newest were asked for."""
    if before is None:
        return None
    return places[0] if places else Place(before.time, before.seq - 1)


def rules_of(records: Iterable[Interaction]) -> list[str]:
    """Returns the ids of the rules that fired in some records, in order of their names."""
    fired = (rule.id for one in records for part in one.decisions for rule in part.rules)
    return sorted(set(fired))
