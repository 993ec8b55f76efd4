"""Reads what a user sets of online drift; faults say file:line:column."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from tokenward.errors import UsageError
from tokenward.online.settings import (
    FEWEST,
    MOST,
    MOST_ALARMS,
    OnlineSettings,
    check_by,
    check_columns,
)
from tokenward.policy.document import Node, parse

KEYS = ("false_alarms", "learn", "by", "exclude", "reference")
ALARM_KEYS = ("count", "per", "requests")
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
SHORTEST, LONGEST = 3600.0, 10 * 366 * 86_400.0
FEWEST_REQUESTS, MOST_REQUESTS = 1_000, 10**12


def read_online(node: Node) -> OnlineSettings:
    """Returns the settings of a mapping, or of ``on`` or ``off``.

    >>> read_online(parse("false_alarms: {per: 7d}", "x.yaml")).per_seconds
    604800.0
    """
    if not node.is_mapping:
        return OnlineSettings(on=node.truth("drift"))
    values = node.mapping(KEYS)
    found: dict[str, Any] = {}
    if "false_alarms" in values:
        found |= _alarms(values["false_alarms"])
    if "learn" in values:
        found["learn"] = values["learn"].integer("learn", FEWEST, MOST)
    checks: Mapping[str, Callable[..., tuple[str, ...]]] = {
        "by": check_by, "exclude": check_columns
    }  # fmt: skip
    for key, check in checks.items():
        if key in values:
            texts = values[key].texts(key)
            found[key] = placed(values[key], partial(check, texts))
    if "reference" in values:
        text = values["reference"].text("reference")
        found["reference"] = placed(values["reference"], partial(period, text))
    return OnlineSettings(**found)


def read_given(given: bool | Mapping[str, Any]) -> OnlineSettings:
    """Returns the settings of Python data of the same shape.

    >>> read_given(False).on, read_given({"by": ["model"]}).by
    (False, ('model',))
    """
    import yaml  # noqa: PLC0415  # only for those who set something

    if isinstance(given, bool):
        return OnlineSettings(on=given)
    try:
        text = yaml.safe_dump(dict(given), sort_keys=False)
    except yaml.YAMLError:
        raise UsageError("drift: holds what is no text, number, truth value or list") from None
    return read_online(parse(text, "drift"))


def placed(node: Node, read: Callable[[], Any]) -> Any:
    """Returns what is read of a node; a fault is told with its place."""
    try:
        return read()
    except UsageError as error:
        node.fail(str(error))


def _alarms(node: Node) -> dict[str, Any]:
    values = node.mapping(ALARM_KEYS)
    found: dict[str, Any] = {}
    if "per" in values and "requests" in values:
        values["requests"].fail("false alarms are counted per time or per requests; give one")
    if "count" in values:
        found["false_alarms"] = float(values["count"].number("count", *MOST_ALARMS))
    if "requests" in values:
        read = values["requests"].integer("requests", FEWEST_REQUESTS, MOST_REQUESTS)
        found["per_requests"] = read
    if "per" in values:
        text = values["per"].text("per")
        found["per_seconds"] = placed(values["per"], partial(duration, text))
    return found


def duration(text: str) -> float:
    """Returns a length of time in seconds.

    >>> duration("30d"), duration("12h")
    (2592000.0, 43200.0)
    """
    match = DURATION.fullmatch(text.strip())
    seconds = float(match[1]) * UNITS[match[2]] if match else 0.0
    if not SHORTEST <= seconds <= LONGEST:
        raise UsageError(f"cannot use the time {text!r}; write it like 30d, 4w or 12h, from 1h on")
    return seconds


def period(text: str) -> tuple[float, float]:
    """Returns the ends of ``START/END``, in seconds since the epoch.

    >>> period("2026-01-01/2026-01-02T12:00")
    (1767225600.0, 1767355200.0)
    """
    start, _, end = text.partition("/")
    try:
        ends = [datetime.fromisoformat(part) for part in (start, end)]
    except ValueError:
        raise UsageError(f"cannot use the period {text!r}; write START/END in ISO 8601") from None
    first, last = ((one if one.tzinfo else one.replace(tzinfo=UTC)).timestamp() for one in ends)
    if first >= last:
        raise UsageError(f"the period {text!r} ends before it begins; write START/END")
    return first, last
