"""Applies a policy's limits to the options of a generation, as the sidecar does to a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokenward.inprocess.settings import Options
from tokenward.policy.schema import Limit, Policy

OPTION: Mapping[str, str] = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "max_tokens": "max_new_tokens",
}
"""The option that each limit bounds; ``n`` has none, for each prompt gets one answer."""


def within_limits(
    policy: Policy, model: Any, kwargs: Mapping[str, Any], prompt_tokens: int
) -> dict[str, Any]:
    """Returns the options with those that the policy bounds moved to the nearest allowed value."""
    bounded = dict(kwargs)
    options = Options(model, kwargs)
    for name, option in OPTION.items():
        limit = policy.limits.get(name)
        if limit is None:
            continue
        asked = options[option]
        if option == "max_new_tokens" and asked is None and options["max_length"] is not None:
            asked = options["max_length"] - prompt_tokens
        allowed = nearest(asked, limit)
        if allowed != asked:
            bounded[option] = int(allowed) if allowed == int(allowed) else allowed
            if option == "max_new_tokens":
                bounded.pop("max_length", None)
    return bounded


def nearest(asked: float | None, limit: Limit) -> Any:
    """Returns the allowed value nearest to what was asked; the default where nothing was.

    >>> nearest(1.5, Limit(high=1.0)), nearest(None, Limit(high=1.0, default=0.5))
    (1.0, 0.5)
    >>> nearest(None, Limit(high=64)), nearest(None, Limit(low=2))
    (64, None)
    """
    value = limit.default if asked is None else asked
    if value is None:
        return limit.high
    if limit.high is not None and value > limit.high:
        return limit.high
    if limit.low is not None and value < limit.low:
        return limit.low
    return value
