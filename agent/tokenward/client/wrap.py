"""Makes the guarded copy of an API client."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

from tokenward.client.call import Record, Terms
from tokenward.client.http import AsyncGuardedHTTP, GuardedHTTP, SyncGuardedHTTP
from tokenward.client.pieces import AsyncPieces, Pieces
from tokenward.client.routes import Routes
from tokenward.engine.engine import Engine
from tokenward.engine.keeping import Keeper
from tokenward.errors import UsageError, one_of
from tokenward.redact.vault import Vault
from tokenward.wire.loaded import Loaded
from tokenward.wire.on_block import ON_BLOCK, OnBlock
from tokenward.wire.protocols.anthropic import MESSAGES
from tokenward.wire.protocols.openai import CHAT_COMPLETIONS, TEXT_COMPLETIONS
from tokenward.wire.protocols.responses import RESPONSES

HTTP = ("httpx", "httpx2")
"""Modules whose clients the API clients send by, with the same names in them."""
NO_SOCKETS = "no-guard://web-sockets-of-a-guarded-client"
"""Where web sockets would go to: nowhere, for nothing would guard them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The clients of one package: the names of their classes, and the calls that are guarded.

    ``options`` are what the guarded copy is made with.
    """

    names: tuple[str, str]
    routes: Routes
    options: Mapping[str, Any] = field(default_factory=dict)


KINDS: Mapping[str, Kind] = {
    "openai": Kind(
        ("OpenAI", "AsyncOpenAI"),
        {
            "/chat/completions": CHAT_COMPLETIONS,
            "/completions": TEXT_COMPLETIONS,
            "/responses": RESPONSES,
        },
        {"websocket_base_url": NO_SOCKETS},
    ),
    "anthropic": Kind(("Anthropic", "AsyncAnthropic"), {"/v1/messages": MESSAGES}),
}


def wrap(
    client: Any,
    engine: Engine,
    *,
    on_block: OnBlock = "filter",
    vault: Vault | None = None,
    record: Record | None = None,
    keeper: Keeper | None = None,
) -> Any:
    """Returns a guarded copy of an API client; the original stays as it is.

    ``on_block`` says how the application is told of a block, as the sidecar's setting does.
    """
    kind = kind_of(client)
    if on_block not in ON_BLOCK:
        raise UsageError(f"on_block: unknown word {on_block!r}; {one_of(ON_BLOCK)}")
    inner = client._client  # noqa: SLF001  # has no other name
    if isinstance(inner, GuardedHTTP):
        raise UsageError("this client is guarded already; wrap the one that it was made of")
    if getattr(client, "_provider", None) is not None:
        raise UsageError(
            "a client with a provider signs its requests before they can be guarded; put "
            "'tokenward serve' between them, or give the client a base_url and an api_key"
        )
    terms = Terms(Loaded.of(engine, keeper), kind.routes, on_block, vault, record)
    return client.copy(http_client=guarded_http(inner, terms), **kind.options)


def kind_of(client: Any) -> Kind:
    """Returns the kind of a client, of packages that are imported already."""
    for package, kind in KINDS.items():
        module = sys.modules.get(package)
        if module is not None and isinstance(client, tuple(getattr(module, n) for n in kind.names)):
            return kind
    names = [f"{package}.{name}" for package, kind in KINDS.items() for name in kind.names]
    raise UsageError(f"a {type(client).__name__} cannot be wrapped; {one_of(names)}")


def guarded_http(inner: Any, terms: Terms) -> Any:
    """Returns the HTTP client that guards what it sends by another."""
    for cls in type(inner).__mro__:
        package = cls.__module__.partition(".")[0]
        if package in HTTP and cls.__name__ in ("Client", "AsyncClient"):
            guarded, body = classes(sys.modules[package], asynchronous=cls.__name__ != "Client")
            return guarded(sys.modules[package], inner, terms, body)
    raise UsageError(
        f"the client sends by a {type(inner).__name__}, which cannot be wrapped; give it an "
        f"http_client of {' or '.join(HTTP)}"
    )


@cache
def classes(http: ModuleType, *, asynchronous: bool) -> tuple[type[Any], type[Any]]:
    """Returns the classes of a guarded HTTP client, and of the bodies of its streams.

    Made here, for their bases are those of the module that the API client was built on.
    """
    if asynchronous:
        return (
            type("GuardedAsyncClient", (AsyncGuardedHTTP, http.AsyncClient), {}),
            type("GuardedAsyncStream", (AsyncPieces, http.AsyncByteStream), {}),
        )
    return (
        type("GuardedClient", (SyncGuardedHTTP, http.Client), {}),
        type("GuardedStream", (Pieces, http.SyncByteStream), {}),
    )
