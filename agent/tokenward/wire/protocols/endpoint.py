"""An endpoint whose answers are JSON objects of a server's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tokenward.policy.schema import Policy
from tokenward.wire.json_text import write
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols.base import Ask, StreamAnswer, Usage, Whole
from tokenward.wire.protocols.object_stream import ObjectStream
from tokenward.wire.protocols.objects import Form, guard_whole
from tokenward.wire.protocols.parameters import Parameters
from tokenward.wire.protocols.texts import guard_failure
from tokenward.wire.request import Refusal, Request, blocked_refusal
from tokenward.wire.scan import Scanner, Steps

NONE = Parameters({}, stop=None)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint: how its requests are read, and how its answers look."""

    name: str
    paths: tuple[str, ...]
    form: Form
    reader: Callable[[Request], Ask]
    parameters: Parameters = NONE

    def read(self, request: Request) -> Ask:
        """Reads a request."""
        ask = self.reader(request)
        ask.parameters = self.parameters.of(ask.body)
        return ask

    def limit(self, ask: Ask, policy: Policy) -> None:
        """Applies the policy's limits to the parameters, in place."""
        self.parameters.limit(ask, policy)

    def blocked(self, ask: Ask, message: str, on_block: OnBlock, decision_id: str) -> Whole:
        """Returns the answer to a blocked request."""
        del decision_id
        form = self.form
        if on_block == "error":
            refusal = blocked_refusal(message)
            return Whole(refusal.status, form.error_bytes(refusal), refusal.headers)
        frame = {"model": ask.model or ""}
        if not ask.stream:
            return Whole(200, write(form.blocked(frame, message, on_block)))
        events = form.ending(frame, message, on_block, "")
        body = b"".join(form.framed(write(event)) for event in events)
        return Whole(200, body, usage=Usage(0, 0), content_type=form.content_type)

    def whole(self, ask: Ask, scanner: Scanner, on_block: OnBlock, data: bytes) -> Steps[Whole]:
        """Guards a whole answer."""
        del ask
        return guard_whole(self.form, scanner, on_block, data)

    def failure(self, scanner: Scanner, status: int, data: bytes) -> Steps[Whole]:
        """Guards an error of the model server."""
        return guard_failure(scanner, status, data, self.form.error_bytes)

    def stream(self, ask: Ask, scanner: Scanner, on_block: OnBlock) -> StreamAnswer:
        """Opens the guard of a streamed answer."""
        return ObjectStream(self.form, ask, scanner, on_block)

    def error(self, refusal: Refusal) -> bytes:
        """Returns an error in the protocol's form."""
        return self.form.error_bytes(refusal)
