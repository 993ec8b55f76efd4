"""``tokenward check --explain``: the reasons of a decision as tables to read."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tokenward.cli.output import grid
from tokenward.cli.show import characters

FIRED = ("fired", "mode", "action", "type", "span", "score", "threshold", "why", "text")
NEAREST = ("below the threshold", "type", "span", "score", "threshold", "short by", "why", "text")
COSTS = ("detector", "cost", "here", "longest wait here", "at")
MOST_ROWS = 20
"""Detections of one rule that are shown."""
LONGEST_TEXT = 60
MILLISECOND = 1e-3
ROUNDED = 0.005
"""Scores nearer to the threshold than this are shown with more digits."""


def tables(explanation: Mapping[str, Any]) -> Iterator[str]:
    """Yields the lines that explain a decision; texts only where the explanation has them."""
    rules = explanation["rules"]
    fired = [rule for rule in rules if rule["state"] == "fired"]
    nearest = [rule for rule in rules if rule["near"] and rule["state"] != "fired"]
    if fired:
        yield grid(FIRED, [row for rule in fired for row in _fired(rule)], to=sys.stderr)
        yield ""
    if nearest:
        yield grid(NEAREST, [row for rule in nearest for row in _nearest(rule)], to=sys.stderr)
        yield ""
    yield from _others(rules, explanation["decided"])
    if explanation["detectors"]:
        yield grid(COSTS, [_cost(one) for one in explanation["detectors"]], to=sys.stderr)
        yield f"  {_measured(explanation)}"


def _fired(rule: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    head = rule["id"], rule["mode"], rule["action"]
    for found in rule["found"][:MOST_ROWS]:
        shown = why(found), shortened(found.get("text", ""))
        yield *head, *where(found), rule["when"].removeprefix("score "), *shown
    left = rule["count"] - len(rule["found"][:MOST_ROWS])
    if left or not rule["found"]:
        what = f"{left} more" if left else "blocks: a detector did not run"
        yield *head, what, "", "", "", "", ""


def _nearest(rule: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    # what is far below is worth one line: how far the most suspicious place is
    for found in rule["near"] if rule["state"] == "near" else rule["near"][:1]:
        threshold, short = rule["when"].removeprefix("score "), f"{-found['margin']:.2g}"
        shown = why(found), shortened(found.get("text", ""))
        yield rule["id"], *where(found), threshold, short, *shown


def where(found: Mapping[str, Any]) -> tuple[str, str, str]:
    """Returns the type of a detection, its span, and its score with as many digits as it needs."""
    type_ = f"{found['detector']}.{found['type']}"
    digits = 2 if abs(found["margin"]) >= ROUNDED else 4
    return type_, f"{found['start']}-{found['end']}", f"{found['score']:.{digits}f}"


def why(found: Mapping[str, Any]) -> str:
    """Returns the evidence of a detection."""
    return ", ".join(
        f"{key}: {words(value) if key == 'words' else value}"
        for key, value in found["evidence"].items()
        if value
    )


def shortened(text: str) -> str:
    """Returns a text as a cell of a table can hold it."""
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}..."


def words(shares: Sequence[Sequence[Any]]) -> str:
    """Returns words and their shares of a score: where they are, or themselves where they are said.

    >>> words([[[4, 9], 6.13], [[0, 3], 0.2, "you"]])
    '4-9 (6.1), you (0.20)'
    """
    return ", ".join(
        f"{said[0] if said else f'{span[0]}-{span[1]}'} ({share:#.2g})"
        for span, share, *said in shares
    )


def _others(rules: Sequence[Mapping[str, Any]], stage: str) -> Iterator[str]:
    quiet = [rule["id"] for rule in rules if rule["state"] == "quiet" and not rule["near"]]
    absent = [rule for rule in rules if rule["state"] == "other stage"]
    broken = {name: None for rule in rules for name in rule["not_run"]}
    if quiet:
        yield f"  found nothing: {', '.join(quiet)}"
    if absent:
        names = ", ".join(f"{rule['id']} ({', '.join(rule['stages'])})" for rule in absent)
        yield f"  not at stage {stage}: {names}"
    if broken:
        yield f"  did not run to the end: {', '.join(broken)}"
    if quiet or absent or broken:
        yield ""


def _cost(one: Mapping[str, Any]) -> Sequence[str]:
    each, here = one["seconds_each"], f"no {one['unit']}"
    if each is not None:
        shown = f"{each * 1e6:.1f} us" if each < MILLISECOND else f"{each * 1e3:.1f} ms"
        here = f"{shown} a {one['unit']}"
    span = f"{one['held_from']}-{one['held_to']}" if one["longest_held"] else ""
    return one["detector"], one["cost"], here, characters(one["longest_held"]), span


def _measured(explanation: Mapping[str, Any]) -> str:
    measured = explanation["measured"]
    length = characters(measured["characters"])
    return f"measured alone, over {length} in chunks of {measured['chunk']}"
