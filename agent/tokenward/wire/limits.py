"""Applies a policy's limits to the parameters of a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tokenward.policy.schema import Limit
from tokenward.wire.request import Refusal


def clamp(body: dict[str, Any], key: str, limit: Limit, usual: float | None) -> bool:
    """Keeps a parameter within its limit, in place; returns whether it was changed.

    ``usual`` is what the protocol takes where a request does not say: ``None`` for no bound at all,
    so that an upper limit must be written into the request. A limit that refuses raises ``Refusal``
    for what a request says itself, never for what is usual.

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
    if limit.refuses(value):
        raise Refusal(400, f"{key} must be {limit}, by policy", "limit_exceeded", key)
    body[key] = bounded(value, limit)
    return bool(body[key] != value)


def bounded(value: float, limit: Limit) -> float:
    """Returns the nearest value that a limit allows."""
    return whole(limit.nearest(value))


def whole(value: float) -> float:
    """Returns a whole number as one: some servers refuse ``max_tokens: 64.0``."""
    return int(value) if value == int(value) else value


def parameters(
    body: Mapping[str, Any], names: Iterable[str], asked: Mapping[str, object]
) -> dict[str, object]:
    """Returns the parameters of a request for its record, once they are within the limits.

    Of one that was changed there is what was asked, too.

    >>> parameters({"n": 2, "seed": 1}, ["n", "seed", "top_p"], {"n": 5, "seed": 1})
    {'n': 2, 'seed': 1, 'asked.n': 5}
    """
    used: dict[str, object] = {key: body[key] for key in names if key in body}
    changed = {key: value for key, value in asked.items() if used.get(key) != value}
    return used | {f"asked.{key}": value for key, value in changed.items()}


def add_stops(body: dict[str, Any], stops: tuple[str, ...], key: str = "stop") -> bool:
    """Adds stop strings to those that a request asks for, in place; returns whether it did."""
    asked = body.get(key)
    if isinstance(asked, str):
        asked = [asked]
    elif asked is None:
        asked = []
    elif not isinstance(asked, list) or not all(isinstance(one, str) for one in asked):
        raise Refusal(400, f"{key} must be a string or a list of strings", "invalid_value", key)
    missing = [stop for stop in stops if stop not in asked]
    if missing:
        body[key] = [*asked, *missing]
    return bool(missing)
