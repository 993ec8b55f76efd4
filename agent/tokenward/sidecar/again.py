"""Asks the model server for another ending of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenward.errors import UpstreamError
from tokenward.sidecar.incoming import Incoming
from tokenward.sidecar.relay import ask_upstream
from tokenward.wire.head import check_head, is_stream
from tokenward.wire.request import Refusal

if TYPE_CHECKING:
    from tokenward.sidecar.exchange import Exchange

OK = 200


async def ask_again(exchange: Exchange, body: bytes, *, streamed: bool) -> Incoming | None:
    """Sends the request for another ending; ``None`` where the model server gives none.

    What it was saying before is let go first: it may have room for one answer only.
    """
    if exchange.incoming is not None:
        exchange.incoming.abort()
    incoming = await _asked(exchange, body, streamed=streamed)
    outcome = "continued" if incoming is not None else "declined"
    exchange.service.telemetry.rewinds.labels(exchange.protocol.paths[0], outcome).inc()
    return incoming


async def read_again(exchange: Exchange, body: bytes) -> bytes | None:
    """Returns another whole answer; ``None`` where the model server gives none."""
    incoming = await ask_again(exchange, body, streamed=False)
    try:
        return await incoming.read() if incoming is not None else None
    except (Refusal, UpstreamError):
        return None


async def _asked(exchange: Exchange, body: bytes, *, streamed: bool) -> Incoming | None:
    ask, service = exchange.ask, exchange.service
    assert ask is not None
    data = service.upstream_request(exchange.request, body, ask.content_type)
    try:
        incoming, status, headers = await ask_upstream(service, data, exchange)
        kind = check_head(status, headers, ask.accepts)
        if status == OK and is_stream(kind, headers) is streamed:
            return incoming
    except (Refusal, UpstreamError):
        pass  # it is let go below, and the rules' fallbacks apply
    if exchange.incoming is not None:
        exchange.incoming.abort()
    return None
