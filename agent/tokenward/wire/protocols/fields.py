"""Fields of requests that several protocols have."""

from __future__ import annotations

from typing import Any

from tokenward.wire.json_text import read_body
from tokenward.wire.request import Refusal, Request


def read_json(request: Request) -> dict[str, Any]:
    """Returns the JSON object of a request."""
    check_content(request, ("application/json",))
    return read_body(request.body)


def check_content(request: Request, kinds: tuple[str, ...]) -> str:
    """Returns the media type of a request; refuses others than ``kinds``, and what is encoded."""
    kind, _, rest = (request.text_header(b"content-type") or kinds[0]).partition(";")
    kind = kind.strip().lower()
    if kind not in kinds:
        wanted = " or ".join(kinds)
        raise Refusal(415, f"send the body as {wanted}", "unsupported_media_type")
    charset = rest.lower().replace(" ", "").replace('"', "").partition("charset=")[2]
    if charset.partition(";")[0] not in ("", "utf-8", "utf8"):
        raise Refusal(415, "send the body in UTF-8", "unsupported_media_type")
    encoding = (request.text_header(b"content-encoding") or "identity").lower()
    if encoding != "identity":
        raise Refusal(415, "send the body without compression", "unsupported_media_type")
    return kind


def no_query(request: Request) -> None:
    """Refuses a query: servers may read texts and parameters in it, which no rule looks at."""
    if b"?" in request.target:
        raise Refusal(400, "send everything in the body, nothing behind a '?'", "not_allowed")


def typed(body: dict[str, Any], key: str, kind: type[Any]) -> Any:
    """Returns the value of a key; refuses one of another type."""
    value = body.get(key)
    if value is not None and not isinstance(value, kind):
        names = {str: "a string", bool: "true or false", dict: "an object", list: "a list"}
        raise Refusal(400, f"{key} must be {names[kind]}", "invalid_value", key)
    return value


def labels(body: dict[str, Any]) -> dict[str, str]:
    """Returns the entries of a request's ``metadata`` that are text."""
    metadata = body.get("metadata")
    if not isinstance(metadata, dict):
        return {}
    return {key: value for key, value in metadata.items() if isinstance(value, str)}


def last_text(messages: list[dict[str, Any]]) -> str | None:
    """Returns the text of the user's last message."""
    for message in reversed(messages):
        if message.get("role") == "user":
            content = message.get("content")
            parts = content if isinstance(content, list) else [{"text": content}]
            texts = [part.get("text") for part in parts if isinstance(part, dict)]
            return "\n".join(text for text in texts if isinstance(text, str))
    return None
