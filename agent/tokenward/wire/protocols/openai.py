"""OpenAI's chat and text completions, as most servers of open models speak them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tokenward.policy.schema import Policy
from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols import openai_request
from tokenward.wire.protocols.base import Ask, StreamAnswer, Whole
from tokenward.wire.protocols.openai_again import attempts
from tokenward.wire.protocols.openai_errors import error_bytes
from tokenward.wire.protocols.openai_retold import RetoldStream
from tokenward.wire.protocols.openai_retold_whole import RetoldCompletion
from tokenward.wire.protocols.openai_shape import CHAT, TEXT, Shape
from tokenward.wire.protocols.openai_stream import OpenAIStream
from tokenward.wire.protocols.openai_whole import WholeAnswer, blocked_request
from tokenward.wire.protocols.texts import guard_failure
from tokenward.wire.request import Refusal, Request
from tokenward.wire.retold import RetoldWhole
from tokenward.wire.scan import Scanner, Steps


@dataclass(frozen=True, slots=True)
class Completions:
    """One of the two endpoints."""

    name: str
    paths: tuple[str, ...]
    shape: Shape
    reader: Callable[[Request], Ask]

    def read(self, request: Request) -> Ask:
        """Reads a request."""
        return self.reader(request)

    def limit(self, ask: Ask, policy: Policy) -> None:
        """Applies the policy's limits to the parameters, in place."""
        openai_request.limit(ask, policy)

    def blocked(self, ask: Ask, message: str, on_block: OnBlock, decision_id: str) -> Whole:
        """Returns the answer to a blocked request."""
        return blocked_request(self.shape, ask, message, on_block, decision_id)

    def whole(self, ask: Ask, scanner: Scanner, on_block: OnBlock, data: bytes) -> Steps[Whole]:
        """Guards a whole answer."""
        del ask
        return WholeAnswer(self.shape, scanner, on_block).guard(data)

    def retold(self, ask: Ask, scanner: Scanner, on_block: OnBlock) -> RetoldWhole | None:
        """Opens the guard of a whole answer whose end may be taken back, where it may."""
        tries = attempts(ask, self.shape, scanner)
        return RetoldCompletion(self.shape, ask, scanner, on_block, tries) if tries else None

    def failure(self, scanner: Scanner, status: int, data: bytes) -> Steps[Whole]:
        """Guards an error of the model server."""
        return guard_failure(scanner, status, data, error_bytes)

    def stream(self, ask: Ask, scanner: Scanner, on_block: OnBlock) -> StreamAnswer:
        """Opens the guard of a streamed answer."""
        tries = attempts(ask, self.shape, scanner)
        if tries:
            return RetoldStream(self.shape, ask, scanner, on_block, tries)
        return OpenAIStream(self.shape, ask, scanner, on_block)

    def error(self, refusal: Refusal) -> bytes:
        """Returns an error in OpenAI's form."""
        return error_bytes(refusal)


CHAT_COMPLETIONS = Completions(
    "chat_completions", ("/v1/chat/completions",), CHAT, openai_request.read_chat
)
TEXT_COMPLETIONS = Completions(
    "completions", ("/v1/completions",), TEXT, openai_request.read_completion
)
