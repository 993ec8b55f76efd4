"""Applies a policy's limits to the options of a generation, as the sidecar does to a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tokenward.errors import LimitExceeded
from tokenward.inprocess.settings import Options
from tokenward.policy.schema import Limit, Policy

OPTION: Mapping[str, str] = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "max_tokens": "max_new_tokens",
}
"""The option that each limit bounds; ``n`` has none, for each prompt gets one answer."""


class Moved(NamedTuple):
    """An option that a limit has changed: ``asked`` is ``None`` where nobody had set it."""

    option: str
    asked: float | None
    allowed: float


class Bounded(NamedTuple):
    """Options within the limits, and which of them were moved there."""

    options: dict[str, Any]
    moved: tuple[Moved, ...]


NOTHING: Mapping[str, float] = {}


def within_limits(
    policy: Policy,
    model: Any,
    kwargs: Mapping[str, Any],
    prompt_tokens: int,
    usual: Mapping[str, float] = NOTHING,
) -> Bounded:
    """Returns the options with those that the policy bounds moved to the nearest allowed value.

    Raises ``LimitExceeded`` where the call itself asks for more than a limit that refuses; what
    the model brings along, and what is ``usual`` where nobody asks, is moved.
    """
    bounded, moved = dict(kwargs), []
    options, own = Options(model, kwargs), Options(None, kwargs)
    for name, option in OPTION.items():
        limit = policy.limits.get(name)
        if limit is None:
            continue
        asked = _asked(options, option, prompt_tokens)
        asked = usual.get(option) if asked is None else asked
        given = _asked(own, option, prompt_tokens)
        if given is not None and limit.refuses(given):
            raise LimitExceeded(f"{option} is {given:g}; policy {policy.name!r} allows {limit}")
        allowed = nearest(asked, limit)
        if allowed != asked:
            bounded[option] = int(allowed) if allowed == int(allowed) else allowed
            if option == "max_new_tokens":
                bounded.pop("max_length", None)
            moved.append(Moved(option, asked, bounded[option]))
    return Bounded(bounded, tuple(moved))


def _asked(options: Options, option: str, prompt_tokens: int) -> Any:
    asked = options[option]
    if option == "max_new_tokens" and asked is None and options["max_length"] is not None:
        return options["max_length"] - prompt_tokens
    return asked


def nearest(asked: float | None, limit: Limit) -> Any:
    """Returns the allowed value nearest to what was asked; the default where nothing was.

    >>> nearest(1.5, Limit(high=1.0)), nearest(None, Limit(high=1.0, default=0.5))
    (1.0, 0.5)
    >>> nearest(None, Limit(high=64)), nearest(None, Limit(low=2))
    (64, None)
    """
    value = limit.default if asked is None else asked
    return limit.high if value is None else limit.nearest(value)


def parameters(asked: Mapping[str, Any], moved: tuple[Moved, ...]) -> dict[str, object]:
    """Returns the options as they were used; of those that were moved, what was asked, too.

    >>> parameters({"top_k": 5, "temperature": 2.0}, (Moved("temperature", 2.0, 1.0),))
    {'top_k': 5, 'temperature': 1.0, 'asked.temperature': 2.0}
    """
    used: dict[str, object] = dict(asked)
    for one in moved:
        used[one.option] = one.allowed
        if one.asked is not None:
            used[f"asked.{one.option}"] = one.asked
    return used
