"""What a report says of groups of people: how they fare, and what changes if others are meant."""

from __future__ import annotations

from collections.abc import Sequence

from tokenward.monitor.fairness import Worst
from tokenward.monitor.swaps import SwapChange

MOST_ROWS = 60
GROUP_HEAD = ("group", "rate", "there", "of other groups", "difference", "requests", "p")
SWAP_HEAD = ("stage", "score", "groups", "mean change", "95 % interval", "limit", "requests", "p")
GROUP_WORDS = (
    "Requests by the group of people that their prompt names first, against those that name "
    "another group; differences with their 95 % interval. What is marked is no accident, all "
    "groups and rates counted; a difference may still have another reason than the group."
)
SWAP_WORDS = (
    "A share of the texts was decided about again as if they were about another group. A change "
    "of a pair is the score about the second group less that about the first; without a pair it is "
    "the size of the change over all swaps. What is marked is over the limit by no accident."
)

Row = tuple[str, ...]


def group_rows(found: Sequence[Worst]) -> list[Row]:
    """Returns the rows of a table of rates by group, the clearest first."""
    ranked = sorted(found, key=lambda one: (not one.significant, one.p_value))
    return [
        (
            mark(one.slice.partition("=")[2], marked=one.significant),
            one.rate,
            f"{100 * one.share:.3g} %",
            f"{100 * one.rest:.3g} %",
            f"{100 * (one.share - one.rest):+.2g} ({span(100, *one.interval)}) points",
            f"{one.n:,}",
            f"{one.p_value:.2g}",
        )
        for one in ranked[:MOST_ROWS]
    ]


def swap_rows(found: Sequence[SwapChange]) -> list[Row]:
    """Returns the rows of a table of changes, those over the limit first."""
    return [
        (
            one.stage,
            mark("other decision" if one.is_flips else one.score, marked=one.above),
            "all" if one.pair is None else " → ".join(one.pair),
            f"{one.mean:+.3f}" if one.pair else f"{one.mean:.3f}",
            span(1, one.low, one.high),
            f"{one.limit:g}",
            f"{one.n:,}",
            f"{one.p_value:.2g}",
        )
        for one in found[:MOST_ROWS]
    ]


def mark(text: str, *, marked: bool) -> str:
    """Returns a text, with a sign where it is to be seen first."""
    return f"▲ {text}" if marked else text


def span(times: float, low: float, high: float) -> str:
    """Returns an interval.

    >>> span(100, -0.012, 0.5)
    '-1.2 to +50'
    """
    return f"{times * low:+.3g} to {times * high:+.3g}"
