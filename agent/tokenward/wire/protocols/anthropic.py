"""Anthropic's messages, as their own server and several of open models speak them."""

from __future__ import annotations

from dataclasses import dataclass

from tokenward.policy.schema import Policy
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols import anthropic_request
from tokenward.wire.protocols.anthropic_again import attempts
from tokenward.wire.protocols.anthropic_errors import error_bytes
from tokenward.wire.protocols.anthropic_form import blocked_request
from tokenward.wire.protocols.anthropic_retold import RetoldMessageStream
from tokenward.wire.protocols.anthropic_retold_whole import RetoldMessage
from tokenward.wire.protocols.anthropic_stream import MessageStream
from tokenward.wire.protocols.anthropic_whole import WholeMessage
from tokenward.wire.protocols.base import Ask, StreamAnswer, Whole
from tokenward.wire.protocols.texts import guard_failure
from tokenward.wire.request import Refusal, Request
from tokenward.wire.retold import RetoldWhole
from tokenward.wire.scan import Scanner, Steps


@dataclass(frozen=True, slots=True)
class Messages:
    """The endpoint."""

    name: str = "messages"
    paths: tuple[str, ...] = ("/v1/messages",)

    def read(self, request: Request) -> Ask:
        """Reads a request."""
        return anthropic_request.read_messages(request)

    def limit(self, ask: Ask, policy: Policy) -> None:
        """Applies the policy's limits to the parameters, in place."""
        anthropic_request.limit(ask, policy)

    def blocked(self, ask: Ask, message: str, on_block: OnBlock, decision_id: str) -> Whole:
        """Returns the answer to a blocked request."""
        return blocked_request(ask, message, on_block, decision_id)

    def whole(self, ask: Ask, scanner: Scanner, on_block: OnBlock, data: bytes) -> Steps[Whole]:
        """Guards a whole answer."""
        del ask
        return WholeMessage(scanner, on_block).guard(data)

    def retold(self, ask: Ask, scanner: Scanner, on_block: OnBlock) -> RetoldWhole | None:
        """Opens the guard of a whole answer whose end may be taken back, where it may."""
        tries = attempts(ask, scanner)
        return RetoldMessage(ask, scanner, on_block, tries) if tries else None

    def failure(self, scanner: Scanner, status: int, data: bytes) -> Steps[Whole]:
        """Guards an error of the model server."""
        return guard_failure(scanner, status, data, error_bytes)

    def stream(self, ask: Ask, scanner: Scanner, on_block: OnBlock) -> StreamAnswer:
        """Opens the guard of a streamed answer."""
        tries = attempts(ask, scanner)
        if tries:
            return RetoldMessageStream(ask, scanner, on_block, tries)
        return MessageStream(ask, scanner, on_block)

    def error(self, refusal: Refusal) -> bytes:
        """Returns an error in Anthropic's form."""
        return error_bytes(refusal)


MESSAGES = Messages()
