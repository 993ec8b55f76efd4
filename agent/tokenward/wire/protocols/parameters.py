"""Where a protocol has its generation parameters, and a policy's limits on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tokenward.policy.schema import Policy
from tokenward.wire.limits import add_stops, clamp
from tokenward.wire.protocols.base import Ask
from tokenward.wire.protocols.fields import typed
from tokenward.wire.request import Refusal

ENDLESS = {"max_tokens": -1, "top_k": 0}
"""Values, and all below them, with which servers take a parameter for not bounded at all."""
ALSO = ("seed", "min_p", "repeat_penalty", "frequency_penalty", "presence_penalty")
"""Parameters that are only recorded."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The names of a protocol for those of a policy.

    ``inside`` is the object of the request in which they are, if not the request itself. Each name
    may have several, of which the first is written where a request has none. ``usual`` are the
    values that its servers take for what a request leaves out; ``stop`` is its name of stop
    strings.
    """

    names: Mapping[str, tuple[str, ...]]
    inside: str | None = None
    usual: Mapping[str, float] = field(default_factory=dict)
    stop: str | None = "stop"

    def of(self, body: dict[str, Any]) -> dict[str, object]:
        """Returns the parameters of a request by the policy's names, for the record."""
        place = self._place(body)
        found = {
            name: place[key] for name, keys in self.names.items() for key in keys if key in place
        }
        found |= {key: place[key] for key in ALSO if key in place}
        return found | ({"stream": body["stream"]} if "stream" in body else {})

    def _place(self, body: dict[str, Any]) -> dict[str, Any]:
        return body if self.inside is None else typed(body, self.inside, dict) or {}

    def limit(self, ask: Ask, policy: Policy) -> None:
        """Applies the policy's limits, in place.

        Of a parameter that was changed the record keeps what was asked, too, as ``asked.NAME``.
        """
        place, asked, changed = self._place(ask.body), ask.parameters, False
        for name, bounds in policy.limits.items():
            keys = self.names.get(name, ())
            for key in [key for key in keys if place.get(key) is not None] or keys[:1]:
                if bounds.high is not None and is_endless(name, place.get(key)):
                    del place[key]
                changed = clamp(place, key, bounds, self.usual.get(name)) or changed
        if policy.stop and self.stop is not None:
            changed = add_stops(place, policy.stop, self.stop) or changed
        if changed:
            ask.edited = True
            if self.inside is not None:
                ask.body[self.inside] = place
        ask.parameters = self.of(ask.body)
        for key, value in asked.items():
            if value != ask.parameters.get(key):
                ask.parameters[f"asked.{key}"] = value


def is_endless(name: str, value: object) -> bool:
    """Tells whether a value means no bound at all.

    >>> is_endless("max_tokens", -1), is_endless("top_k", 0), is_endless("top_k", 40)
    (True, True, False)
    """
    return name in ENDLESS and isinstance(value, int | float) and value <= ENDLESS[name]


def refuse(body: Mapping[str, Any], reasons: Mapping[str, str]) -> None:
    """Refuses fields that no rule could follow; ``reasons`` say why, field by field."""
    for key, reason in reasons.items():
        if body.get(key) not in (None, [], "", {}, False):
            raise Refusal(400, f"{key} is not allowed: {reason}", "not_allowed", key)
