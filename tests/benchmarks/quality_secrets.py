"""How well secrets are told: the strings of two scanners' own tests, a string at a time.

A string counts as found where anything is found in it. The labels are each scanner's convention: to
one a keyword with any value is a secret, and masks of ``x`` are keys; to the other, keys that its
documents publish are none. No scanner knows the other's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import quality_others, quality_ours
from tests.benchmarks.quality_counts import Counts, figures
from tests.benchmarks.quality_ours import Find
from tests.benchmarks.quality_pii import Line, Measure
from tests.benchmarks.quality_rows import UNSEEN, Row, chosen, secrets

SCANNERS = ("", "detect-secrets", "gitleaks")


def counted(find: Find, rows: list[Row]) -> list[Counts]:
    """Returns the counts of each string: one that is right, found, labelled and found, labelled."""
    out = []
    for row in rows:
        found = bool(find(row.text))
        right = int(found and row.positive)
        out.append((right, int(found), right, int(row.positive)))
    return out


def lines(data: Path, part: str, *, others: bool) -> Iterator[Line]:
    """Yields the figures of every tool: over both conventions, and over each."""
    if part == UNSEEN:  # that is about names
        return
    rows = chosen(secrets(data), part)
    tools: list[tuple[str, Find | None]] = [("tokenward, secrets", quality_ours.secrets())]
    tools += quality_others.there(quality_others.SECRETS) if others else []
    for name, find in tools:
        counts = None if find is None else counted(find, rows)
        for scanner in SCANNERS:
            here = [place for place, row in enumerate(rows) if scanner in row.about]
            some = None if counts is None else [counts[place] for place in here]
            told = figures(some, 1) if some else None
            yield Line(part, name, Measure(f"F1, {scanner or 'both'}", *bounds(scanner)), told)


def bounds(scanner: str) -> tuple[float, float] | tuple[()]:
    """Returns what is demanded of F1; of precision over both it is 0.89, the aim 0.95."""
    return () if scanner else (0.90, 0.94)


def wrong(data: Path) -> Iterator[str]:
    """Yields the errors of ours in the half that is there to be looked at."""
    rows, find = chosen(secrets(data), "tune"), quality_ours.secrets()
    for row in rows:
        kinds = sorted({kind for _, _, kind in find(row.text)})
        if bool(kinds) != row.positive:
            yield f"{'miss' if row.positive else 'false alarm'} {row.group} {row.text!r} {kinds}"
