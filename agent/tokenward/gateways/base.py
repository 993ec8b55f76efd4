"""What is asked of a gateway's protocol: texts in, and what was decided out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from tokenward.wire.protocols.base import Ask, Whole
from tokenward.wire.request import Refusal, Request
from tokenward.wire.scan import Scanner

GatewayName = Literal["fms", "litellm"]
POLICY_LABEL = "tokenward_policy"
"""The label by which a call asks for a policy."""


class Gateway(Protocol):
    """One endpoint that a gateway calls; nothing behind it is asked, the guard answers."""

    @property
    def name(self) -> GatewayName:
        """What it is called, by operators and in records."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that it answers by POST."""

    def read(self, request: Request) -> Ask:
        """Reads a call; raises ``Refusal`` for one that cannot be answered."""

    async def answer(self, ask: Ask, scanner: Scanner, decision_id: str) -> Whole:
        """Guards the texts of a call and answers it."""

    def status(self, refusal: Refusal) -> int:
        """Returns the status of an error, as the gateway's client knows it."""

    def error(self, refusal: Refusal) -> bytes:
        """Returns an error in the gateway's form."""


def texts_of(body: Mapping[str, Any], key: str, status: int) -> list[str]:
    """Returns a list of texts; refuses what is none, with a status."""
    value = body.get(key)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Refusal(status, f"{key} must be a list of strings", "invalid_value", key)
    return value
