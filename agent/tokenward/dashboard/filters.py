"""What the fields of the page of decisions ask for."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import urlencode

from tokenward.dashboard.messages import Fault, Fields
from tokenward.decisions.record import Source
from tokenward.store.query import Place, Query
from tokenward.types import ACTIONS

COLUMNS = ("action", "policy", "model_label", "model", "route", "language", "source", "revision")
LASTS: Mapping[str, float] = {"15m": 900.0, "1h": 3600.0, "24h": 86_400.0, "7d": 604_800.0}
DEGRADED = {"yes": True, "no": False}
SIZES = (25, 50, 100, 200)
USUAL_SIZE = 50
FIXED: Mapping[str, tuple[str, ...]] = {"action": ACTIONS, "source": get_args(Source)}
"""Words that a field can have, where these are known."""
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, and the fields as they were given."""

    query: Query
    given: Mapping[str, str] = field(default_factory=dict)
    before: Place | None = None
    after: Place | None = None
    size: int = USUAL_SIZE

    def link(self, **changes: str) -> str:
        """Returns the query of the same page with other fields; an empty one is left out."""
        told = {key: value for key, value in {**self.given, **changes}.items() if value}
        return f"?{urlencode(told)}" if told else "?"


def wanted(fields: Fields) -> Wanted:
    """Reads the fields of a query; what is no value of its field is a ``Fault``."""
    where = {name: fields.one(name)[:LONGEST] for name in COLUMNS if fields.one(name)}
    for name, words in FIXED.items():
        if name in where and where[name] not in words:
            raise Fault(400, f"{name}: unknown word; use one of: {', '.join(words)}")
    degraded, last = fields.one("degraded"), fields.one("last")
    given: dict[str, str] = {**where}
    for name, value, known in (("degraded", degraded, DEGRADED), ("last", last, LASTS)):
        if value and value not in known:
            raise Fault(400, f"{name}: unknown word; use one of: {', '.join(known)}")
        given |= {name: value} if value else {}
    given |= {
        name: fields.one(name)[:LONGEST]
        for name in ("start", "end", "rule", "size")
        if fields.one(name)
    }
    start = moment("start", fields.one("start"))
    if last:
        now = time.time()
        start = max(start or 0.0, now - LASTS[last])
    return Wanted(
        Query(
            start=start,
            end=moment("end", fields.one("end")),
            where=where,
            rule=given.get("rule"),
            degraded=DEGRADED.get(degraded),
        ),
        given,
        place("before", fields.one("before")),
        place("after", fields.one("after")),
        page_size(given.get("size", "")),
    )


def page_size(value: str) -> int:
    """Returns how many records a page has."""
    if value and value not in map(str, SIZES):
        raise Fault(400, f"size: use one of: {', '.join(map(str, SIZES))}")
    return int(value or USUAL_SIZE)


def moment(name: str, value: str) -> float | None:
    """Returns a time in seconds since the epoch; it is in UTC unless it says something else.

    >>> moment("start", "1970-01-02T00:00"), moment("start", "")
    (86400.0, None)
    """
    if not value:
        return None
    try:
        when = datetime.fromisoformat(value)
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise Fault(400, f"{name}: no time; write 2026-01-31T12:00, in UTC") from None


def place(name: str, value: str) -> Place | None:
    """Returns a place in the order of time.

    >>> place("before", "12.5_3")
    Place(time=12.5, seq=3)
    """
    if not value:
        return None
    when, _, seq = value.partition("_")
    try:
        found = Place(float(when), int(seq))
    except ValueError:
        raise Fault(400, f"{name}: no place; go by the links 'older' and 'newer'") from None
    if found.time - found.time != 0 or abs(found.seq) >= 2**63:
        raise Fault(400, f"{name}: no place; go by the links 'older' and 'newer'")
    return found


def told(one: Place | None) -> str:
    """Returns a place as a field has it.

    >>> told(Place(12.5, 3)), told(None)
    ('12.5_3', '')
    """
    return "" if one is None else f"{one.time!r}_{one.seq}"


def choices(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Returns the values that some records have in each column, for a field to propose."""
    found = {
        name: sorted({row[name] for row in rows if row.get(name)})[:LONGEST] for name in COLUMNS
    }
    return {**found, **{name: list(words) for name, words in FIXED.items()}}
