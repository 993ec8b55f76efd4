"""Which calls of an API client are guarded, which hold no text, and which are refused."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tokenward.errors import UsageError
from tokenward.wire.protocols.base import WireProtocol

Routes = Mapping[str, WireProtocol]
"""Protocols by the end of a path: what a base URL begins with is the application's own."""

WITHOUT_TEXT = re.compile(r"/models(/[^/]+)?")
"""The end of paths whose answers are about models: a GET of them is let through."""


def protocol_of(routes: Routes, method: str, path: str) -> WireProtocol | None:
    """Returns the protocol of a call, ``None`` for one without text; refuses all others."""
    if method == "POST":
        for end, protocol in routes.items():
            if path.endswith(end):
                return protocol
    elif method == "GET" and any(m.end() == len(path) for m in WITHOUT_TEXT.finditer(path)):
        return None
    guarded = ", ".join(f"POST {end}" for end in routes)
    raise UsageError(
        f"{method} {path} is not guarded, so it is not sent; guarded are: {guarded}; make this "
        "call with the client that was wrapped, if its texts need no guard"
    )
