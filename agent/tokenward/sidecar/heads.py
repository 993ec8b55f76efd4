"""Heads of requests: those that two readers could understand differently are refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from itertools import chain
from urllib.parse import urlsplit

from tokenward.sidecar.settings import Limits
from tokenward.wire.request import Headers, Refusal

ONCE = frozenset(
    {
        b"authorization",
        b"content-encoding",
        b"content-type",
        b"expect",
        b"host",
        b"transfer-encoding",
        b"upgrade",
        b"x-api-key",
        b"x-tokenward-policy",
        b"x-tokenward-route",
        b"x-tokenward-session",
        b"x-tokenward-subject",
    }
)
"""Headers that come once: of two, one reader would take the first, another the last."""
MEANT_FOR_ALL = frozenset(
    {
        b"api-key",
        b"authorization",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"cookie",
        b"host",
        b"transfer-encoding",
        b"x-api-key",
    }
)
"""Headers that ``Connection`` cannot claim for one hop: they say whose a request is, and what."""
NO_NAMES: frozenset[bytes] = frozenset()
USUAL = (b"close", b"keep-alive", b"Keep-Alive")
OURS = b"x-tokenward-"
OFFER = (b"upgrade", b"http2-settings")
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def fault_in(
    version: str, method: bytes, headers: Headers, named: Mapping[bytes, bytes], limits: Limits
) -> Refusal | None:
    """Returns why a request is refused by its head, if it is; ``named`` are its headers by name."""
    wrong = fault_in_form(version, method, named) or fault_in_names(headers, named)
    if wrong is not None:
        return bad(wrong)
    length = named.get(b"content-length", b"0").strip()
    if length.isdigit() and int(length) > limits.body_bytes:
        return too_long_body(limits)
    if named.get(b"expect", b"").strip().lower() not in (b"", b"100-continue"):
        return Refusal(417, "only 'Expect: 100-continue' is understood", "bad_request")
    return None


def fault_in_form(version: str, method: bytes, named: Mapping[bytes, bytes]) -> str | None:
    """Returns what is wrong with how a request is sent."""
    if version not in ("1.0", "1.1"):
        return "only HTTP/1.1 and HTTP/1.0 are spoken here"
    if version == "1.1" and b"host" not in named:
        return "a request has one host header"
    coding = named.get(b"transfer-encoding")
    if coding is not None and (version == "1.0" or coding.strip().lower() != b"chunked"):
        return "of transfer-encodings only 'chunked' is read, and only in HTTP/1.1"
    if method == b"CONNECT" or named.get(b"upgrade", b"").strip().lower() not in (b"", b"h2c"):
        return "upgrades and tunnels are not served"
    return None


def fault_in_names(headers: Headers, named: Mapping[bytes, bytes]) -> str | None:
    """Returns what is wrong with which headers a request has."""
    if len(named) < len(headers):
        names = [name for name, _ in headers]
        for name in ONCE.intersection(names):
            if names.count(name) > 1:
                return f"a request has one {name.decode()} header"
    if named.get(b"connection", b"close") not in USUAL or len(named) < len(headers):
        claimed = hop_names(headers)
        if MEANT_FOR_ALL & claimed or any(name.startswith(OURS) for name in claimed):
            return "Connection names a header that is meant for more than one connection"
    return None


def hop_names(headers: Headers) -> AbstractSet[bytes]:
    """Returns the names of the headers that are for one connection only, as ``Connection`` says.

    >>> sorted(hop_names([(b"connection", b"close, X-A"), (b"connection", b"x-b")]))
    [b'close', b'x-a', b'x-b']
    """
    if b"connection" not in dict(headers):
        return NO_NAMES
    values = (value for name, value in headers if name == b"connection")
    return {one.strip().lower() for value in values for one in value.split(b",")}


def own_target(target: bytes, headers: Headers) -> bytes | None:
    """Returns the path and query of a target; ``None`` for one that is elsewhere.

    >>> own_target(b"http://here/v1?a", [(b"host", b"here")])
    b'/v1?a'
    >>> own_target(b"http://there/v1", [(b"host", b"here")])
    """
    if target.startswith(b"/"):
        return target
    host = dict(headers).get(b"host", b"").decode("latin-1")
    try:
        parts = urlsplit(target.decode("latin-1"))
    except ValueError:
        return None
    if parts.netloc.lower() != host.lower() or parts.scheme not in ("http", "https"):
        return None
    path = (parts.path or "/").encode("latin-1")
    return path + b"?" + parts.query.encode("latin-1") if parts.query else path


def without_offer(method: bytes, target: bytes, headers: Headers) -> bytes:
    """Returns a head, written anew without its offer of HTTP/2."""
    lines = [b"%b %b HTTP/1.1\r\n" % (method, target)]
    for name, value in headers:
        if name == b"connection":
            kept = [token for token in value.split(b",") if token.strip().lower() not in OFFER]
            value = b",".join(kept)  # noqa: PLW2901
        if name not in OFFER and value:
            lines.append(b"%b: %b\r\n" % (name, value))
    return b"".join((*lines, b"\r\n"))


def size_of(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Returns the bytes of headers."""
    return sum(map(len, chain.from_iterable(headers)))


# -- refusals -------------------------------------------------------------------------------


def bad(words: str) -> Refusal:
    """Returns the refusal of what is no proper request."""
    return Refusal(400, words, "bad_request")


def unreadable(data: bytes) -> Refusal:
    """Returns the refusal of what cannot be parsed."""
    if data.startswith(b"\x16\x03"):  # a TLS handshake, which has this version
        words = "this port speaks plain HTTP and was sent TLS; use http://"
        return Refusal(400, words, "tls_on_plain_port")
    return bad("not a valid HTTP/1.1 request")


def elsewhere() -> Refusal:
    """Returns the refusal of a target on another host."""
    return Refusal(421, "this is no proxy for other hosts", "bad_request")


def too_long_head(limits: Limits) -> Refusal:
    """Returns the refusal of too long a head."""
    return Refusal(431, f"more than {limits.head_bytes} bytes of headers", "headers_too_large")


def too_long_body(limits: Limits) -> Refusal:
    """Returns the refusal of too long a body."""
    return Refusal(413, f"more than {limits.body_bytes} bytes in the body", "body_too_large")
