"""Measures whether the model is fair to the people that texts are about, and to who writes them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from tokenward_plugins.bias.groups import Groups
from tokenward_plugins.bias.swapper import swapped
from tokenward_plugins.linear.table import Table
from tokenward_plugins.linear.train.measure import highest
from tokenward_plugins.linear.train.rows import Row
from tokenward_plugins.toxicity.embedded import readable
from tokenward_plugins.toxicity.train.model import LABELLED

FLAGS, BLOCKS = 0.5, 0.8
MOST_SWAPS = 6
FEWEST = 15
TWEETS = "davidson_tweets"
MARKERS = re.compile(
    r"\b(?:ain'?t|finna|tryna|imma|gon|dat|dis|dem|dey|wit|y'?all|bruh|lil|cuz|homie|fam|deadass"
    r"|nothin|somethin|talkin|gettin|doin)\b",
    re.IGNORECASE,
)
"""Spellings that are frequent in written African American English; a rough sign, no more."""


def swaps(table: Table, rows: Iterable[Row]) -> None:
    """Prints how much the score for toxicity changes where another group is meant."""
    print("\nswapped groups, test part: swaps, mean change, flips at 0.5, at 0.8")
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in _tested(rows):
        before = _score(table, row.text)
        for one in swapped(row.text, MOST_SWAPS):
            found[row.source].append((before, _score(table, one.text)))
    found["all"] = [pair for some in list(found.values()) for pair in some]
    for source, some in found.items():
        pairs = np.array(some)
        change = np.abs(pairs[:, 0] - pairs[:, 1]).mean()
        flips = [((pairs[:, 0] >= at) != (pairs[:, 1] >= at)).mean() for at in (FLAGS, BLOCKS)]
        told = "  ".join(f"{one:.4f}" for one in (change, *flips))
        print(f"  {source:22s} {len(pairs):6d}  {told}")


def false_positives(table: Table, rows: Iterable[Row]) -> None:
    """Prints the share of harmless texts at 0.5 and more by the group that they name."""
    print(f"\nharmless texts, test part, by group ({FEWEST} or more): texts, share at 0.5")
    found: dict[str, list[bool]] = defaultdict(list)
    known = Groups.load()
    for row in _tested(rows):
        if row.labels.get("toxicity") == 0:
            flagged = _score(table, row.text) >= FLAGS
            named = {one.group.name for one in known.mentions(row.text.lower())}
            for name in (*named, "any group" if named else "no group"):
                found[name].append(flagged)
    for name, some in sorted(found.items(), key=lambda item: -len(item[1])):
        if len(some) >= FEWEST:
            print(f"  {name:30s} {len(some):6d}  {np.mean(some):.3f}")


def dialect(table: Table, rows: Iterable[Row]) -> None:
    """Prints the share of tweets, called neither hateful nor offensive, at 0.5 by spelling."""
    print("\nharmless tweets of the test part at 0.5: with spellings of African American English")
    harmless = [
        row for row in _tested(rows) if row.source == TWEETS and row.labels.get("toxicity") == 0
    ]
    flagged = np.array([_score(table, row.text) >= FLAGS for row in harmless])
    marked = np.array([MARKERS.search(row.text) is not None for row in harmless])
    for name, some in (("with", flagged[marked]), ("without", flagged[~marked])):
        print(f"  {name:10s} {len(some):6d}  {some.mean() if len(some) else 0.0:.3f}")


def _tested(rows: Iterable[Row]) -> Sequence[Row]:
    return [row for row in rows if row.split == "test" and row.source in LABELLED]


def _score(table: Table, text: str) -> float:
    return highest(table.scores, readable(text))["toxicity"]
