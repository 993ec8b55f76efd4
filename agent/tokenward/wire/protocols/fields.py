"""Fields of requests that several protocols have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tokenward.wire.json_text import read_body
from tokenward.wire.request import Refusal, Request

QUERY = frozenset({"api-version", "beta"})
"""Parameters that clients of OpenAI's and Anthropic's protocols put behind a ``?``."""
PLAIN = re.compile(r"([a-z_-]{1,32})=[A-Za-z0-9._-]{1,64}")
FILES = frozenset({"file_id", "file_ids", "file_url"})
AWAY = "files elsewhere are not allowed: no rule has seen them; send what is in them"
DOCUMENTS = ("document", "file", "input_file")
ACTED_ON = frozenset(
    {
        "best_of", "chat_template", "chat_template_kwargs", "content", "context", "format",
        "functions", "images", "input", "inputs", "logit_bias", "logprobs", "max_completion_tokens",
        "max_new_tokens", "max_output_tokens", "max_tokens", "messages", "metadata", "min_p",
        "model", "n", "n_predict", "num_predict", "options", "parameters", "prompt", "raw",
        "response_format", "role", "stop", "stop_sequences", "stream", "stream_options", "suffix",
        "system", "temperature", "template", "text", "tool_calls", "tools", "top_k", "top_p",
        "type",
    }
)  # fmt: skip
"""Keys that the guard goes by."""
OWN = ("format", "logit_bias", "metadata")
"""Objects whose keys are the client's own."""


def read_json(request: Request, *, folds: bool = True) -> dict[str, Any]:
    """Returns the JSON object of a request; ``folds`` where servers may not mind upper case."""
    check_content(request, ("application/json",))
    body = read_body(request.body)
    if folds:
        check_spelling(body)
    return body


def check_spelling(body: Mapping[str, Any]) -> None:
    """Refuses keys in another case than that of the protocols: some servers read them all alike."""
    check_keys(body)
    for key, value in body.items():
        if isinstance(value, list):
            for one in value:
                if isinstance(one, dict):
                    check_keys(one)
        elif isinstance(value, dict) and key not in OWN:
            check_keys(value)


def check_keys(holder: Mapping[str, Any]) -> None:
    """Refuses the keys of an object that some readers take for others."""
    for key in holder:
        if key not in ACTED_ON and key.casefold() in ACTED_ON:
            reason = "the body has a key in upper case that the protocol has in lower case"
            raise Refusal(400, reason, "invalid_value")


def check_parts(messages: Iterable[Mapping[str, Any]]) -> None:
    """Refuses contents of messages that are no texts, and what stands for files elsewhere."""
    for message in messages:
        content = message.get("content")
        for key, value in message.items():
            if isinstance(value, dict | list) or key in FILES:
                check_files({key: value})
        if isinstance(content, str):
            continue
        parts = content if isinstance(content, list) else [content]
        texts = [part.get("text") for part in parts if isinstance(part, dict)]
        if any(isinstance(one, int | float) for one in (*parts, *texts)):
            reason = "content must be a string or a list of parts"
            raise Refusal(400, reason, "invalid_value", "messages")


def check_files(root: Any) -> None:
    """Refuses files that are not in the request: no rule has seen what is in them."""
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack += node
        elif isinstance(node, dict):
            source = node.get("source")
            away = isinstance(source, dict) and source.get("type") == "url"
            if (away and node.get("type") in DOCUMENTS) or any(node.get(key) for key in FILES):
                raise Refusal(400, AWAY, "not_allowed")
            stack += node.values()


def check_content(request: Request, kinds: tuple[str, ...]) -> str:
    """Returns the media type of a request; refuses others than ``kinds``, and what is encoded."""
    plain = request.header(b"content-type") == b"application/json"
    if plain and kinds[0] == "application/json" and request.header(b"content-encoding") is None:
        return kinds[0]  # as nearly all are
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


def check_query(request: Request, names: frozenset[str] = QUERY) -> None:
    """Refuses a query but for plain values of some names, each once."""
    query = request.target.partition(b"?")[2]
    if not query:
        return
    found = [PLAIN.fullmatch(one) for one in query.decode("latin-1").split("&")]
    told = [one[1] for one in found if one is not None]
    if len(told) < len(found) or len(set(told)) < len(told) or not names >= set(told):
        words = f"behind a '?' only these may stand: {', '.join(sorted(names))}"
        raise Refusal(400, words, "not_allowed")


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
            if isinstance(content, str):
                return content
            parts = content if isinstance(content, list) else []
            texts = [part.get("text") for part in parts if isinstance(part, dict)]
            return "\n".join(text for text in texts if isinstance(text, str))
    return None
