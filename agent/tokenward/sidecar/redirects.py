"""Redirects of the model server: where a client may be sent, and what it is told instead.

The sidecar follows none. A client that follows one to the model server would go round the guard.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from tokenward.errors import UsageError
from tokenward.sidecar.upstream import Target
from tokenward.wire.request import Headers, Refusal

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PLAIN = re.compile(rb"[!#-;=?-\[\]_a-z~]+")
"""Of one line, without what some clients read as a slash, as a quote or not at all."""
PORTS = {"http": 80, "https": 443}
HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)
PART = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)


def location_of(headers: Headers, target: Target, allowed: Collection[str]) -> bytes:
    """Returns where a client is sent; refuses what would lead round the guard.

    What leads to the model server itself leads to the sidecar then; other hosts must be ``allowed``
    (``HOST`` or ``HOST:PORT``).
    """
    told = [value for name, value in headers if name == b"location"]
    if len(told) != 1 or PLAIN.fullmatch(told[0]) is None:
        raise refused("has no proper Location")
    try:
        parts = urlsplit(told[0].decode())
        port = parts.port
    except ValueError:
        raise refused("has no proper Location") from None
    if not parts.scheme and not parts.netloc:
        return here(parts, target) if parts.path.startswith("/") else beside(parts)
    scheme = parts.scheme or ("https" if target.secure else "http")
    host = (parts.hostname or "").lower()
    if scheme not in PORTS or not host or "@" in parts.netloc:
        raise refused("does not lead to a host")
    port = PORTS[scheme] if port is None else port
    if parts.scheme and (host, port) in origins(allowed, scheme):
        return told[0]
    if (host, port) == (target.host.lower(), target.port):
        return here(parts, target)
    raise refused("leads to a host that is not one of redirect_hosts")


def here(parts: SplitResult, target: Target) -> bytes:
    """Returns the place on the sidecar that stands for one on the model server."""
    path = parts.path or "/"
    inside = path == target.prefix or path.startswith(target.prefix + "/")
    if not inside or path.startswith("//") or any(map(PART.fullmatch, path.split("/"))):
        raise refused("leads out of the paths of the model server")
    path = path.removeprefix(target.prefix) or "/"
    if path.startswith("//"):
        raise refused("leads out of the paths of the model server")
    return SplitResult("", "", path, parts.query, parts.fragment).geturl().encode()


def beside(parts: SplitResult) -> bytes:
    """Returns a place told from the one that was asked for."""
    if any(map(PART.fullmatch, parts.path.split("/"))) or ":" in parts.path:
        raise refused("leads out of the paths of the model server")
    return parts.geturl().encode()


def origins(allowed: Collection[str], scheme: str) -> set[tuple[str, int]]:
    """Returns hosts and ports, the usual one of the scheme where none is given.

    >>> sorted(origins(["b:81", "A"], "https"))
    [('a', 443), ('b', 81)]
    """
    parts = [urlsplit(f"//{one}") for one in allowed]
    return {(one.hostname or "", one.port or PORTS[scheme]) for one in parts}


def checked_host(text: str) -> str:
    """Returns a host of ``redirect_hosts``; refuses what is none."""
    try:
        if HOST.fullmatch(text) and urlsplit(f"//{text}").hostname and port_of(text) != 0:
            return text
    except ValueError:
        pass  # told below
    raise UsageError(f"redirect_hosts: cannot use {text!r}; write HOST or HOST:PORT")


def port_of(text: str) -> int | None:
    """Returns the port of a host; ``ValueError`` for one that is none."""
    return urlsplit(f"//{text}").port


def refused(why: str) -> Refusal:
    """Returns the refusal of a redirect."""
    return Refusal(502, f"the upstream sent a redirect that {why}", "redirect_refused")
