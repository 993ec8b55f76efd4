"""OpenAI's responses: the endpoint that makes one.

What is stored at the model server is not reached from here: the paths that give, end or continue a
stored answer are not served, and a request that asks for one is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from tokenward.policy.schema import Policy
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols import responses_request
from tokenward.wire.protocols.base import Ask, StreamAnswer, Whole
from tokenward.wire.protocols.openai_errors import error_bytes
from tokenward.wire.protocols.responses_form import blocked_request
from tokenward.wire.protocols.responses_stream import ResponseStream
from tokenward.wire.protocols.responses_whole import guard_response
from tokenward.wire.protocols.texts import guard_failure
from tokenward.wire.request import Refusal, Request
from tokenward.wire.scan import Scanner, Steps


@dataclass(frozen=True, slots=True)
class Responses:
    """The endpoint."""

    name: str = "responses"
    paths: tuple[str, ...] = ("/v1/responses",)

    def read(self, request: Request) -> Ask:
        """Reads a request."""
        return responses_request.read_response(request)

    def limit(self, ask: Ask, policy: Policy) -> None:
        """Applies the policy's limits to the parameters, in place."""
        responses_request.PARAMETERS.limit(ask, policy)

    def blocked(self, ask: Ask, message: str, on_block: OnBlock, decision_id: str) -> Whole:
        """Returns the answer to a blocked request."""
        return blocked_request(ask, message, on_block, decision_id)

    def whole(self, ask: Ask, scanner: Scanner, on_block: OnBlock, data: bytes) -> Steps[Whole]:
        """Guards a whole answer."""
        del ask
        return guard_response(scanner, on_block, data)

    def failure(self, scanner: Scanner, status: int, data: bytes) -> Steps[Whole]:
        """Guards an error of the model server."""
        return guard_failure(scanner, status, data, error_bytes)

    def stream(self, ask: Ask, scanner: Scanner, on_block: OnBlock) -> StreamAnswer:
        """Opens the guard of a streamed answer."""
        return ResponseStream(ask, scanner, on_block)

    def error(self, refusal: Refusal) -> bytes:
        """Returns an error in OpenAI's form."""
        return error_bytes(refusal)


RESPONSES = Responses()
