"""``tokenward generate --explain``: what was taken back, edited or stopped, as tables to read."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tokenward.cli.explain import MOST_ROWS, shortened, where, why
from tokenward.cli.output import grid

REWOUND = ("taken back", "at token", "because of", "type", "score", "threshold", "why", "tokens")
FIRED = ("rule", "mode", "action", "type", "span", "score", "threshold", "why", "text", "tokens")
MOST_TOKENS = 12
"""Tokens of one stretch that are shown."""


def tables(explanation: Mapping[str, Any]) -> Iterator[str]:
    """Yields the lines that explain an answer."""
    rewound = [row for one in explanation["rewound"] for row in _rewind(one)]
    fired = [row for rule in explanation["rules"] for row in _fired(rule)]
    if rewound:
        yield grid(REWOUND, rewound, to=sys.stderr)
        yield ""
    if fired:
        yield grid(FIRED, fired, to=sys.stderr)
        yield ""
    if not rewound and not fired:
        yield "  nothing was taken back, edited or stopped"
    for one in explanation["moved"]:
        asked = "" if one["asked"] is None else f" instead of {one['asked']:g}"
        yield f"  the policy's limits: {one['option']} is {one['allowed']:g}{asked}"
    if explanation["surprisal"] is not None:
        yield f"  {_sureness(explanation)}"


def _rewind(one: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    head = shortened(one["text"]), str(one["at"])
    tail = (_tokens(one["tokens"]),)
    for found in one["because"]:
        type_, _, score = where(found)
        yield *head, found["rule"], type_, score, f"{found['threshold']:g}", why(found), *tail
        head, tail = ("", ""), ("",)


def _fired(rule: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    head, before = (rule["id"], rule["mode"], rule["action"]), ""
    for found in rule["found"][:MOST_ROWS]:
        type_, span, score = where(found)
        text, tokens = shortened(found.get("text", "")), _tokens(found.get("tokens", ()))
        if span == before:  # another type of the same stretch
            text, tokens = "", ""
        yield *head, type_, span, score, f"{found['threshold']:g}", why(found), text, tokens
        head, before = ("", "", ""), span
    if rule["action"] == "block" and not rule["found"]:
        what = "no other way on was left" if rule["count"] else "a detector did not run"
        yield *head, what, "", "", "", "", "", ""


def _tokens(tokens: Sequence[Mapping[str, Any]]) -> str:
    """Returns tokens with their probabilities.

    >>> _tokens([{"id": 7, "text": " no", "probability": 0.25}])
    "' no' 0.25"
    """
    shown = [
        f"{one['text']!r} {_likely(one)}" if one["text"] else f"#{one['id']}"
        for one in tokens[:MOST_TOKENS]
    ]
    return ", ".join([*shown, "..."] if len(tokens) > MOST_TOKENS else shown)


def _likely(token: Mapping[str, Any]) -> str:
    return "?" if token["probability"] is None else f"{token['probability']:.2g}"


def _sureness(explanation: Mapping[str, Any]) -> str:
    numbers = [
        f"{name} {explanation[name]:.3g}"
        for name in ("surprisal", "entropy", "margin", "repetition")
        if explanation[name] is not None
    ]
    return f"means over the tokens, in nats: {', '.join(numbers[:3])}" + "".join(
        f"; {number}" for number in numbers[3:]
    )
