"""Applies a policy's limits to the parameters of a request."""

from __future__ import annotations

from typing import Any

from tokenward.policy.schema import Limit
from tokenward.sidecar.request import Refusal


def clamp(body: dict[str, Any], key: str, limit: Limit, usual: float | None) -> bool:
    """Keeps a parameter within its limit, in place; returns whether it was changed.

    ``usual`` is what the protocol takes where a request does not say: ``None`` for no bound at all,
    so that an upper limit must be written into the request.

    >>> body = {"temperature": 1.7}
    >>> clamp(body, "temperature", Limit(high=1.0), 1.0), body
    (True, {'temperature': 1})
    """
    value = body.get(key)
    if value is None:
        if limit.default is not None:
            body[key] = bounded(limit.default, limit)
            return True
        if usual is None:
            if limit.high is not None:
                body[key] = whole(limit.high)
            return limit.high is not None
        body_value = bounded(usual, limit)
        if body_value != usual:
            body[key] = body_value
        return body_value != usual
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refusal(400, f"{key} must be a number", "invalid_value", key)
    body[key] = bounded(value, limit)
    return bool(body[key] != value)


def bounded(value: float, limit: Limit) -> float:
    """Returns the nearest value that a limit allows."""
    if limit.high is not None and value > limit.high:
        value = limit.high
    if limit.low is not None and value < limit.low:
        value = limit.low
    return whole(value)


def whole(value: float) -> float:
    """Returns a whole number as one: some servers refuse ``max_tokens: 64.0``."""
    return int(value) if value == int(value) else value


def add_stops(body: dict[str, Any], stops: tuple[str, ...]) -> bool:
    """Adds stop strings to those that a request asks for, in place; returns whether it did."""
    asked = body.get("stop")
    if isinstance(asked, str):
        asked = [asked]
    elif asked is None:
        asked = []
    elif not isinstance(asked, list) or not all(isinstance(one, str) for one in asked):
        raise Refusal(400, "stop must be a string or a list of strings", "invalid_value", "stop")
    missing = [stop for stop in stops if stop not in asked]
    if missing:
        body["stop"] = [*asked, *missing]
    return bool(missing)
