"""All endpoints that are guarded, and those that are relayed because they hold no text."""

from __future__ import annotations

from collections.abc import Mapping

from tokenward.wire.on_block import OnBlock
from tokenward.wire.protocols import kserve, llamacpp, ollama, tfserving, tgi, torchserve
from tokenward.wire.protocols.anthropic import MESSAGES, Messages
from tokenward.wire.protocols.base import Ask, WireProtocol
from tokenward.wire.protocols.openai import CHAT_COMPLETIONS, TEXT_COMPLETIONS, Completions
from tokenward.wire.protocols.paths import path_pattern
from tokenward.wire.protocols.responses import RESPONSES
from tokenward.wire.retold import RetoldWhole
from tokenward.wire.scan import Scanner

PROTOCOLS: tuple[WireProtocol, ...] = (
    CHAT_COMPLETIONS,
    TEXT_COMPLETIONS,
    RESPONSES,
    MESSAGES,
    ollama.GENERATE,
    ollama.CHAT,
    tgi.GENERATE,
    llamacpp.COMPLETION,
    kserve.INFER,
    kserve.GENERATE,
    torchserve.PREDICTIONS,
    tfserving.PREDICT,
)
"""Wire formats, one module or small family each."""

GET = (b"GET",)
RELAYED: Mapping[str, tuple[bytes, ...]] = {
    "/": (b"HEAD",),
    "/api/ps": GET,
    "/api/show": (b"POST",),
    "/api/tags": GET,
    "/api/version": GET,
    "/health": GET,
    "/info": GET,
    "/ping": GET,
    "/v1/models": GET,
    "/v1/models/{model*}": GET,
    "/v2": GET,
    "/v2/health/live": GET,
    "/v2/health/ready": GET,
    "/v2/models/{model}": GET,
    "/v2/models/{model}/config": GET,
    "/v2/models/{model}/ready": GET,
    "/v2/models/{model}/stats": GET,
    "/v2/models/{model}/versions/{version}": GET,
    "/v2/models/{model}/versions/{version}/config": GET,
    "/v2/models/{model}/versions/{version}/ready": GET,
    "/v2/models/{model}/versions/{version}/stats": GET,
}
"""Paths whose answers are about servers and models, and hold no text of one, with their methods."""

PATHS = (*(path for protocol in PROTOCOLS for path in protocol.paths), *RELAYED)
_GUARDED = [(path_pattern(path), one) for one in PROTOCOLS for path in one.paths]
_PLAIN = {path: one for one in PROTOCOLS for path in one.paths if "{" not in path}
_RELAYED = [(path_pattern(path), methods) for path, methods in RELAYED.items()]


def protocol_of(path: str) -> WireProtocol | None:
    """Returns the protocol that answers a path.

    >>> found = protocol_of("/v1/chat/completions")
    >>> found.name if found else None, protocol_of("/v1/chat%2Fcompletions")
    ('chat_completions', None)
    """
    plain = _PLAIN.get(path)
    if plain is not None:
        return plain
    return next((one for pattern, one in _GUARDED if pattern.fullmatch(path)), None)


def retold_of(
    protocol: WireProtocol, ask: Ask, scanner: Scanner, on_block: OnBlock
) -> RetoldWhole | None:
    """Opens the guard of a whole answer whose end may be taken back, where it may."""
    if isinstance(protocol, Completions | Messages):
        return protocol.retold(ask, scanner, on_block)
    return None


def methods_of(path: str) -> tuple[bytes, ...]:
    """Returns the methods with which a path is relayed, none where it is not.

    >>> methods_of("/v1/models/owner/name"), methods_of("/v1/models/../responses/resp_1")
    ((b'GET',), ())
    """
    return next((methods for pattern, methods in _RELAYED if pattern.fullmatch(path)), ())


def known_path(path: str) -> str | None:
    """Returns the path of ours that a path is one of, if it is.

    >>> known_path("/v2/models/a/infer"), known_path("/v2/models/a/b")
    ('/v2/models/{model}/infer', None)
    """
    patterns = (pattern for pattern, _ in (*_GUARDED, *_RELAYED))
    pairs = zip(PATHS, patterns, strict=True)
    return next((one for one, pattern in pairs if pattern.fullmatch(path)), None)
