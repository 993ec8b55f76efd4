"""Heads of answers: which one can be guarded, what of it goes on, and what the guard adds."""

from __future__ import annotations

from tokenward.decisions.record import strongest
from tokenward.errors import UpstreamError
from tokenward.wire.request import Headers
from tokenward.wire.scan import Scanner

ERRORS = 400
JSON = b"application/json"
EVENTS = b"text/event-stream"
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


def passed_on(headers: Headers) -> Headers:
    """Returns the headers of the model server that a client may need: names it knows, no text."""
    return [
        (name, value)
        for name, value in headers
        if name in PASSED_ON or name.startswith(RATE_LIMITS)
    ]


def check_head(status: int, headers: Headers) -> bytes:
    """Returns the media type of an answer; refuses one that cannot be guarded."""
    named = dict(headers)
    encoding = named.get(b"content-encoding", b"identity").strip().lower()
    if encoding not in (b"identity", b""):
        raise UpstreamError("a compressed answer, though none was asked for")
    kind = named.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if status < ERRORS and (status != 200 or kind not in (JSON, EVENTS)):  # noqa: PLR2004
        raise UpstreamError(f"status {status} with something that is neither JSON nor events")
    return kind


def guard_headers(decision_id: str, scanner: Scanner | None, *, whole: bool) -> Headers:
    """Returns the headers that say what the guard did; of a ``whole`` answer its action, too."""
    headers = [(b"x-tokenward-decision-id", decision_id.encode())]
    if scanner is None:
        return headers
    decisions = scanner.decisions(decision_id)
    degraded = dict.fromkeys(name for one in decisions for name in one.degraded)
    if degraded:
        headers.append((b"x-tokenward-degraded", ",".join(degraded).encode("ascii", "replace")))
    if whole:
        headers.append((b"x-tokenward-action", strongest(decisions).encode()))
    return headers
