"""Heads of answers: which one can be guarded, what of it goes on, and what the guard adds."""

from __future__ import annotations

from collections.abc import Collection

from tokenward.decisions.record import strongest
from tokenward.errors import UpstreamError
from tokenward.wire.request import Headers
from tokenward.wire.scan import Scanner

ERRORS = 400
JSON = b"application/json"
EVENTS = b"text/event-stream"
LINES = b"application/x-ndjson"
STREAMED = (EVENTS, LINES)
"""Media types of answers that come in pieces."""
STREAM_HEADERS: Headers = [
    (b"content-type", EVENTS + b"; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]
PASSED_ON = (
    b"anthropic-organization-id",
    b"openai-organization",
    b"openai-processing-ms",
    b"openai-version",
    b"request-id",
    b"retry-after",
    b"retry-after-ms",
    b"www-authenticate",
    b"x-request-id",
    b"x-should-retry",
)
RATE_LIMITS = (b"x-ratelimit-", b"anthropic-ratelimit-")


def is_stream(kind: bytes, headers: Headers) -> bool:
    """Tells whether an answer comes in pieces: plain text does where it is sent in chunks."""
    if kind in STREAMED or kind == JSON:
        return kind != JSON
    return dict(headers).get(b"transfer-encoding", b"").strip().lower() == b"chunked"


def stream_headers(content_type: bytes | None = None) -> Headers:
    """Returns the head of a streamed answer: of events, or of another type."""
    if content_type is None:
        return STREAM_HEADERS
    return [(b"content-type", content_type), *STREAM_HEADERS[1:]]


def passed_on(headers: Headers) -> Headers:
    """Returns the headers of the model server that a client may need: names it knows, no text."""
    return [
        (name, value)
        for name, value in headers
        if name in PASSED_ON or name.startswith(RATE_LIMITS)
    ]


def is_encoded(headers: Headers) -> bool:
    """Tells whether a body is compressed, so that it cannot be read."""
    encodings = {value.strip().lower() for name, value in headers if name == b"content-encoding"}
    return not encodings <= {b"identity", b""}


def is_chunked(headers: Headers) -> bool:
    """Tells whether chunks are all the coding that a body is sent in."""
    codings = {value.strip().lower() for name, value in headers if name == b"transfer-encoding"}
    return codings <= {b"chunked"}


def check_head(status: int, headers: Headers, accepts: Collection[bytes] = (JSON, EVENTS)) -> bytes:
    """Returns the media type of an answer; refuses one that cannot be guarded.

    ``accepts`` are the media types that the protocol's answers may have.
    """
    named = dict(headers)
    plain = len(named) == len(headers) and named.get(b"transfer-encoding") == b"chunked"
    if status < ERRORS and b"content-encoding" in named and is_encoded(headers):
        raise UpstreamError("a compressed answer, though none was asked for")
    if not plain and b"transfer-encoding" in named and not is_chunked(headers):
        raise UpstreamError("an answer in a transfer-encoding that was not asked for")
    kind = named.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if status < ERRORS and (status != 200 or kind not in accepts):  # noqa: PLR2004
        raise UpstreamError(f"status {status} with something that is neither JSON nor events")
    return kind


def guard_headers(decision_id: str, scanner: Scanner | None, *, whole: bool) -> Headers:
    """Returns the headers that say what the guard did; of a ``whole`` answer its action, too."""
    headers = [(b"x-tokenward-decision-id", decision_id.encode())]
    if scanner is None:
        return headers
    degraded = scanner.degraded
    if degraded:
        headers.append((b"x-tokenward-degraded", ",".join(degraded).encode("ascii", "replace")))
    if whole:
        action = strongest(scanner.decisions(decision_id))
        headers.append((b"x-tokenward-action", action.encode()))
    return headers
