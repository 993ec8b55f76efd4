"""Feedback on the records of two periods, as columns ``feedback.NAME`` of a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from tokenward.decisions.buckets import bucket
from tokenward.monitor.collect import Collected
from tokenward.monitor.ranges import Period
from tokenward.store.beside.feedback import Given
from tokenward.store.dictionary import Meaning, What
from tokenward.store.store import Store

Counted = Counter[tuple[str, float, int, int]]
"""Rows by name, value, group and weight."""


def add_feedback(store: Store, sides: Sequence[Collected]) -> None:
    """Counts the feedback on the records of periods into their profiles.

    Good and bad, and all that is only ever 1 or 0, make a rate; other values make a number.
    """
    counts = [counted(store, side.period) for side in sides]
    shades = {name for one in counts for name, value, _, _ in one if value not in (0.0, 1.0)}
    for side, count in zip(sides, counts, strict=True):
        for (name, value, group, weight), n in count.items():
            what: What = "number" if name in shades else "rate"
            meaning = Meaning(what, f"feedback.{name}")
            side.profile.count((meaning, bucket(value)), group, n, n * weight, n * weight * weight)


def counted(store: Store, period: Period) -> Counted:
    """Returns how often each value was given to records of a period."""
    found: Counted = Counter()
    for start, end in period.parts:
        for one in store.feedback.within(start, end):
            if fits(one, period):
                found[one.name, one.value, one.grp, one.weight_millionths] += 1
    return found


def fits(one: Given, period: Period) -> bool:
    """Tells whether a record's model label is one that counts."""
    if period.label is not None:
        return one.model_label == period.label
    return period.without is None or one.model_label != period.without
