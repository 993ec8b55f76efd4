"""An alert as JSON, as Markdown for a ticket, or as the text of a chat."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

Format = Literal["json", "slack", "markdown"]
FORMATS: tuple[Format, ...] = ("json", "slack", "markdown")
MOST = 15
"""Changes that are told one by one."""
HARMLESS = str.maketrans(
    {"<": "(", ">": ")", "`": "'", "*": "+", "&": "+", "|": "/", "[": "(", "]": ")", "\n": " "}
)
WORDS = {
    "drift": "drift began",
    "fine": "recovered",
    "failed": "failed",
    "working": "works again",
    "alarm": "alarm",
    "calm": "calm again",
}


class Body(NamedTuple):
    """The body of a message, and its media type."""

    data: bytes
    kind: str


def written(event: Mapping[str, Any], form: Format) -> Body:
    """Returns an alert in a format.

    >>> event = {"report": "daily", "headline": "drift in 1 of 9 measured columns", "changes": []}
    >>> written(event, "markdown").data.decode().strip()
    '**daily**: drift in 1 of 9 measured columns'
    """
    if form == "json":
        return Body(json.dumps(event).encode(), "application/json")
    bold = "**" if form == "markdown" else "*"
    text = "\n".join(lines(event, bold)) + "\n"
    if form == "markdown":
        return Body(text.encode(), "text/markdown; charset=utf-8")
    return Body(json.dumps({"text": text}).encode(), "application/json")


def lines(event: Mapping[str, Any], bold: str) -> Iterator[str]:
    """Yields the lines of a message."""
    yield f"{bold}{plain(event['report'])}{bold}: {plain(event['headline'])}"
    changes = event["changes"]
    for one in changes[:MOST]:
        if one["column"]:
            within = f" ({plain(one['slice'])})" if one["slice"] else ""
            state = WORDS.get(one["state"], one["state"])
            yield f"- {plain(one['column'])}{within}: {state}{figures(one)}"
    if len(changes) > MOST:
        yield f"- and {len(changes) - MOST} more"
    for path in event.get("artifacts", ()):
        if str(path).endswith((".html", ".md")):
            yield f"- {plain(str(path))}"


def figures(one: Mapping[str, Any]) -> str:
    """Returns what was measured of a change."""
    if one.get("statistic") is None:
        return ""
    return f", {one['method']} {one['statistic']:.3g} (from {one['threshold']:g} on it matters)"


def plain(text: str) -> str:
    """Returns a name that no chat takes for marks of its own: a label may come from a client.

    >>> plain("score.<x>")
    'score.(x)'
    """
    return text.translate(HARMLESS)
