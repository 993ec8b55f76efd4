"""One call of a gateway: its texts are guarded and answered here, no model server is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tokenward.gateways.base import Gateway
from tokenward.sidecar.connection import Connection
from tokenward.sidecar.exchange import Exchange
from tokenward.wire.protocols.base import WireProtocol
from tokenward.wire.request import Refusal, Request
from tokenward.wire.scan import Scanner

if TYPE_CHECKING:
    from tokenward.sidecar.service import Service


class Called(Exchange):
    """A gateway's call at work: it is counted, recorded and ended like any exchange."""

    def __init__(
        self, service: Service, connection: Connection, request: Request, gateway: Gateway
    ) -> None:
        self.gateway = gateway
        # what an exchange asks of a protocol beside this is about a model server, and never asked
        super().__init__(service, connection, request, cast("WireProtocol", gateway))
        self.source = gateway.name

    async def _answer(self) -> None:
        ask = self.ask = self.gateway.read(self.request)
        loaded = self.service.choose(self.request, ask)
        # no session's vault: who calls speaks for many, and could name the session of another
        vault = loaded.engine.passing_vault() if loaded.vaulted else None
        scanner = self.scanner = Scanner(loaded, vault)
        whole = await self.gateway.answer(ask, scanner, self.id)
        if scanner.blocked:
            self.outcome = "blocked"
        self._reply(whole, [])

    def _refuse(self, refusal: Refusal) -> None:
        refusal.status = self.gateway.status(refusal)
        super()._refuse(refusal)
