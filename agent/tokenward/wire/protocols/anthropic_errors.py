"""Errors in the form that Anthropic's clients read."""

from __future__ import annotations

from tokenward.wire.json_text import write
from tokenward.wire.request import Refusal

TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}


def error_body(refusal: Refusal) -> dict[str, object]:
    """Returns the error object of a refusal; its ``code`` is none of Anthropic's, but ours."""
    status = refusal.status
    kind = TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")  # noqa: PLR2004
    return {
        "type": "error",
        "error": {"type": kind, "message": refusal.message, "code": refusal.code},
    }


def error_bytes(refusal: Refusal) -> bytes:
    """Returns the body of an error."""
    return write(error_body(refusal))
