"""What is asked of a protocol: one file a protocol, none knows about sockets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tokenward.policy.schema import Policy
from tokenward.stream.given import Given
from tokenward.types import Stage
from tokenward.wire.asked import context_of
from tokenward.wire.continues import Continues
from tokenward.wire.head import EVENTS, JSON
from tokenward.wire.json_text import Document, Slot
from tokenward.wire.on_block import OnBlock
from tokenward.wire.request import Headers, Refusal, Request
from tokenward.wire.scan import Scanner, Steps
from tokenward.wire.seams import said
from tokenward.wire.spelling import close, respelled

MAX_SPOKEN = 65_536
"""Characters of an answer that are kept for features."""
SEALED = "a signed text, such as thinking, holds what a rule takes out; leave it out of messages"


@dataclass(slots=True)
class Ask:
    """A request, read: what the guard needs to know of it.

    ``texts`` are the places of its texts by stage, in the order in which stages are looked at;
    ``documents`` those that are JSON inside a string. ``prompt`` is the text that features are
    taken of. ``in_json`` says that JSON is asked for as the answer's text, ``edited`` that ``body``
    is no longer what ``raw`` says, ``scanned`` that all texts were looked at and may pass.
    ``content_type`` is that of the request, ``accepts`` are the
    media types that its answer may have. ``continues`` says how its answer can be gone on with.
    """

    body: dict[str, Any]
    raw: bytes = field(repr=False)
    model: str | None = None
    stream: bool = False
    choices: int = 1
    include_usage: bool = False
    in_json: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, object] = field(default_factory=dict)
    texts: dict[Stage, list[Slot]] = field(default_factory=dict, repr=False)
    documents: list[Document] = field(default_factory=list, repr=False)
    prompt: str | None = field(default=None, repr=False)
    edited: bool = False
    scanned: bool = False
    content_type: bytes = JSON
    accepts: Collection[bytes] = (JSON, EVENTS)
    continues: Continues = "none"

    def encoded(self) -> bytes:
        """Returns the body to send on: the bytes that came, where nothing was changed."""
        return respelled(self.raw, self.body) if self.edited else self.raw

    def scan(self, scanner: Scanner) -> Steps[bool]:
        """Guards all texts, in place; returns whether the request may go on.

        Raises ``Refusal`` where a signed text would have to be edited.
        """
        for stage, texts in self.texts.items():
            released = yield from scanner.wholes(stage, [slot.text for slot in texts])
            for slot, text in zip(texts, released, strict=True):
                if text is not None and text != slot.text:
                    if slot.sealed:
                        raise Refusal(400, SEALED, "not_allowed", "messages")
                    slot.put(text)
                    slot.text = text
                    self.edited = True
                    if slot.document is not None:
                        slot.document.rewrite = True
            if len(texts) > 1 and scanner.loaded.stages[stage].plan.units:
                yield from scanner.across(stage, said(self.body, texts))
            if scanner.blocked:
                return False
        for document in self.documents:
            self.edited = close(document) or self.edited
        self.scanned = True
        if scanner.loaded.asks:
            scanner.given = Given(context_of(self.body, self._said()))
        return True

    def _said(self) -> str | None:
        """Returns the prompt as it is let through, of a request without messages."""
        if not self.edited:
            return self.prompt
        return "\n\n".join(slot.text for slot in self.texts.get("input", ()))


@dataclass(slots=True)
class Usage:
    """Tokens of a request, where the model server told."""

    prompt: int | None = None
    completion: int | None = None


@dataclass(slots=True)
class Whole:
    """A whole answer to the client; ``text`` is its main text, for features.

    ``content_type`` is set where it is not the usual one: JSON, or events for what is streamed.
    """

    status: int
    body: bytes = field(repr=False)
    headers: Headers = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    text: str | None = field(default=None, repr=False)
    content_type: bytes | None = None


class StreamAnswer(Protocol):
    """The guard of one streamed answer, from the model server's bytes to the client's."""

    content_type: bytes
    ended: bool
    """Whether nothing more will come."""
    cut: bool
    """Whether it was ended here, and not by the model server."""
    refused: Refusal | None
    """Set where the answer is blocked with an error before any text was released."""
    released: bool
    """Whether text was released so far."""
    usage: Usage

    @property
    def text(self) -> str | None:
        """The main text as it was let out, for features."""

    def usual(self, data: bytes, framed: bool = False) -> bytes | None:
        """Guards bytes that are like those before but for a text; ``None`` for any others.

        They are what came, or with ``framed`` a frame of it.
        """

    def frames(self, data: bytes) -> Sequence[Any]:
        """Cuts bytes into frames; raises ``UpstreamError`` for what cannot be one."""

    def frame(self, frame: Any) -> Steps[bytes]:
        """Guards a frame; returns the bytes that may leave now."""

    def close(self) -> Steps[bytes | None]:
        """Ends the answer where the model server did; ``None`` where it ended in the middle."""

    def broken(self, refusal: Refusal) -> bytes:
        """Returns what tells a client that the answer ends in the middle."""

    def abandon(self) -> None:
        """Adds up what was decided, wherever the answer ended."""


class Unlike:
    """The part of a ``StreamAnswer`` that takes no bytes for usual."""

    def usual(self, data: bytes, framed: bool = False) -> bytes | None:
        """Returns ``None``: all that comes is to be looked at in full."""
        del data, framed
        return None


class WireProtocol(Protocol):
    """One endpoint of a protocol."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that it answers."""

    def read(self, request: Request) -> Ask:
        """Reads a request; raises ``Refusal`` for one that cannot be guarded."""

    def limit(self, ask: Ask, policy: Policy) -> None:
        """Applies the policy's limits to the parameters of a request, in place."""

    def blocked(self, ask: Ask, message: str, on_block: OnBlock, decision_id: str) -> Whole:
        """Returns the answer to a blocked request, streamed if that was asked for."""

    def whole(self, ask: Ask, scanner: Scanner, on_block: OnBlock, data: bytes) -> Steps[Whole]:
        """Guards a whole answer; raises ``UpstreamError`` for what cannot be one."""

    def failure(self, scanner: Scanner, status: int, data: bytes) -> Steps[Whole]:
        """Guards an error of the model server."""

    def stream(self, ask: Ask, scanner: Scanner, on_block: OnBlock) -> StreamAnswer:
        """Opens the guard of a streamed answer."""

    def error(self, refusal: Refusal) -> bytes:
        """Returns an error in the protocol's form."""
