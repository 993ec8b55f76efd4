"""What goes to the model server of a request: its head, written anew."""

from __future__ import annotations

from tokenward.sidecar.heads import OURS, hop_names
from tokenward.sidecar.upstream import Target
from tokenward.wire.request import Request

OF_CONNECTIONS = frozenset(
    {
        b"connection",
        b"expect",
        b"http2-settings",
        b"keep-alive",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
WRITTEN_ANEW = frozenset(
    {b"accept-encoding", b"content-encoding", b"content-length", b"content-type", b"host"}
)
STEERING = frozenset(
    {
        b"x-http-method",
        b"x-http-method-override",
        b"x-method-override",
        b"x-original-method",
        b"x-original-uri",
        b"x-original-url",
        b"x-rewrite-url",
    }
)
"""With these some servers answer another request than the one that was looked at."""
NOT_SENT_ON = OF_CONNECTIONS | WRITTEN_ANEW | STEERING
PLAIN = frozenset({b"accept", b"authorization", b"user-agent", b"x-api-key", b"x-request-id"})
"""Some that most requests have, so that they need no closer look."""


def steers(name: bytes) -> bool:
    """Tells whether a header is for the guard only, or would have another request answered.

    >>> steers(b"x-http_method_override"), steers(b"x-tokenward-policy"), steers(b"x-request-id")
    (True, True, False)
    """
    plain = name.replace(b"_", b"-")  # which some servers take for the same
    return plain in STEERING or plain.startswith(OURS)


def goes_on(name: bytes) -> bool:
    """Tells whether a header of a client may go on, whatever ``Connection`` says.

    >>> goes_on(b"authorization"), goes_on(b"te"), goes_on(b"content_length")
    (True, False, False)
    """
    return name.replace(b"_", b"-") not in NOT_SENT_ON and not steers(name)


def request_bytes(
    target: Target,
    request: Request,
    body: bytes,
    content_type: bytes | None,
    content_encoding: bytes | None = None,
) -> bytes:
    """Returns the request to the model server: answers must come as they are, not compressed."""
    hop = hop_names(request.headers)
    lines = [
        b"%b %b%b HTTP/1.1\r\nhost: %b\r\naccept-encoding: identity\r\n"
        % (request.method, target.prefix.encode(), request.target, target.authority.encode())
    ]
    lines += [
        b"%b: %b\r\n" % (name, value)
        for name, value in request.headers
        if name not in NOT_SENT_ON and name not in hop and (name in PLAIN or goes_on(name))
    ]
    if content_type:
        lines.append(b"content-type: %b\r\n" % content_type)
    if content_encoding:
        lines.append(b"content-encoding: %b\r\n" % content_encoding)
    if body or request.method == b"POST":
        lines.append(b"content-length: %d\r\n" % len(body))
    return b"".join((*lines, b"\r\n", body))
