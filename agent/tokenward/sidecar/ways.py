"""How the model server can go on with an answer: as the operator says, or as it names itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tokenward.errors import UpstreamError
from tokenward.sidecar.relay import ask_upstream
from tokenward.wire.continues import Continues
from tokenward.wire.json_text import read_loosely
from tokenward.wire.request import Refusal, Request

if TYPE_CHECKING:
    from tokenward.sidecar.exchange import Exchange

OK, NOT_FOUND = 200, 404
MODELS = b"/v1/models"
OWNERS: Mapping[object, Continues] = {"llamacpp": "llamacpp", "sglang": "vllm", "vllm": "vllm"}
"""What servers say about who owns their models, in their list of models."""


class Ways:
    """Knows the way; with ``auto`` the model server is asked for its models when first needed.

    A server that does not say what it is cannot go on with an answer, as far as anybody knows.
    """

    def __init__(self, said: Continues) -> None:
        self._known: Continues | None = None if said == "auto" else said

    async def of(self, exchange: Exchange) -> Continues:
        """Returns the way for a request."""
        if self._known is not None:
            return self._known
        service, request = exchange.service, exchange.request
        asked = Request(b"GET", MODELS, request.headers)
        try:
            data = service.upstream_request(asked, b"", None)
            incoming, status, _ = await ask_upstream(service, data, exchange)
            body = await incoming.read()
        except (Refusal, UpstreamError):
            return "none"  # it may be there for the next one
        found = owner_of(body) if status == OK else None
        if status in (OK, NOT_FOUND):
            self._known = OWNERS.get(found, "none")
        return self._known or "none"


def owner_of(body: bytes) -> Any:
    """Returns who owns the first model of a list.

    >>> owner_of(b'{"object": "list", "data": [{"id": "m", "owned_by": "vllm"}]}')
    'vllm'
    """
    try:
        models = read_loosely(body)["data"]
        owner = models[0]["owned_by"]
    except (ValueError, LookupError, TypeError):
        return None
    return owner if isinstance(owner, str) else None
