"""A request as the guard sees it, and the refusal of one."""

from __future__ import annotations

from dataclasses import dataclass, field

Headers = list[tuple[bytes, bytes]]

REASONS = {
    200: b"OK",
    204: b"No Content",
    301: b"Moved Permanently",
    302: b"Found",
    303: b"See Other",
    304: b"Not Modified",
    307: b"Temporary Redirect",
    308: b"Permanent Redirect",
    400: b"Bad Request",
    401: b"Unauthorized",
    403: b"Forbidden",
    404: b"Not Found",
    405: b"Method Not Allowed",
    408: b"Request Timeout",
    409: b"Conflict",
    413: b"Content Too Large",
    415: b"Unsupported Media Type",
    417: b"Expectation Failed",
    421: b"Misdirected Request",
    422: b"Unprocessable Content",
    429: b"Too Many Requests",
    431: b"Request Header Fields Too Large",
    500: b"Internal Server Error",
    501: b"Not Implemented",
    502: b"Bad Gateway",
    503: b"Service Unavailable",
    504: b"Gateway Timeout",
}


@dataclass(slots=True)
class Request:
    """One whole HTTP request; header names are in lower case."""

    method: bytes
    target: bytes
    headers: Headers
    body: bytes = field(default=b"", repr=False)
    version: str = "1.1"
    keep_alive: bool = True

    @property
    def path(self) -> str:
        """The path as it was sent: neither decoded nor made shorter, so that none has two names."""
        return self.target.partition(b"?")[0].decode("ascii", "replace")

    def header(self, name: bytes) -> bytes | None:
        """Returns the first header of a name."""
        for key, value in self.headers:
            if key == name:
                return value
        return None

    def text_header(self, name: bytes) -> str | None:
        """Returns a header as text; ``None`` where it is missing or empty."""
        value = self.header(name)
        return value.decode("utf-8", "replace").strip() or None if value is not None else None


@dataclass(slots=True)
class Refusal(Exception):
    """A request that gets an error instead of an answer: HTTP status, words, and a code.

    The message never holds text of the request beyond names of fields, headers and policies.
    """

    status: int
    message: str
    code: str
    param: str | None = None
    headers: Headers = field(default_factory=list)


def blocked_refusal(message: str) -> Refusal:
    """Returns the error of a blocked request or answer; clients must not try it again."""
    return Refusal(400, message, "content_filter", headers=[(b"x-should-retry", b"false")])
