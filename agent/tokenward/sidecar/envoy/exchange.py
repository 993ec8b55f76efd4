"""A guarded exchange whose client and model server are both behind Envoy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from tokenward.errors import UpstreamError
from tokenward.sidecar.connection import Connection
from tokenward.sidecar.envoy.connection import EnvoyConnection
from tokenward.sidecar.exchange import Exchange
from tokenward.sidecar.incoming import Incoming, LostError
from tokenward.sidecar.relay import Relayed
from tokenward.sidecar.upstream import UpstreamConnection
from tokenward.wire.protocols.base import Ask, WireProtocol
from tokenward.wire.request import Headers, Request

if TYPE_CHECKING:
    from tokenward.sidecar.service import Service


class Flow:
    """Stands where the connection to a model server stands: Envoy has that."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        """Whether more of the answer may be read."""
        self.open.set()
        self.let_go = False
        """Whether the rest of the answer is of no use."""
        self.spoke = False

    def pause(self, held: bool) -> None:
        """Stops reading, or goes on."""
        (self.open.clear if held else self.open.set)()

    def pass_to(self, sink: Callable[[bytes], None]) -> None:
        """Leaves it as it is: whoever takes the answer is given all of it."""

    def abort(self) -> None:
        """Lets the answer go."""
        self.let_go = True
        self.open.set()


class EnvoyExchange(Exchange):
    """Sends the request on, and gets its answer, through Envoy."""

    def __init__(
        self,
        service: Service,
        connection: EnvoyConnection,
        request: Request,
        protocol: WireProtocol,
    ) -> None:
        self.flow = Flow()
        self.link = connection
        super().__init__(service, cast("Connection", connection), request, protocol)
        self.source = "envoy"

    async def _ask(self, ask: Ask) -> tuple[Incoming, int, Headers]:
        ask.continues = "none"  # what Envoy has sent once it does not send again
        timeout = self.service.settings.upstream_timeout
        incoming = self.incoming = Incoming(cast("UpstreamConnection", self.flow), timeout)
        self.link.pass_on(ask.encoded(), edited=ask.edited)
        try:
            return incoming, *(await incoming.headed())
        except LostError as lost:
            raise UpstreamError(f"no answer: {lost}") from None

    def shut_down(self) -> None:
        """Ends the work because the process ends: Envoy sees a call that failed."""
        Relayed.shut_down(self)

    @property
    def listens(self) -> bool:
        """Whether more of the answer is of use."""
        return self.incoming is not None and not self.flow.let_go and not self.task.done()
