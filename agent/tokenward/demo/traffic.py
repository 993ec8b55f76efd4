"""Who asks what in the demo: a usual mix of customers, and a bad week."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from tokenward.demo.compose import compose

Messages = list[dict[str, str]]
BAD_WEEK_SHARE = 3
"""In a bad week one question in this many is a usual one; the others provoke leaks and rudeness."""


def usual(count: int, seed: int) -> list[Messages]:
    """Returns first questions of composed chats, as they come."""
    return list(islice(_questions(seed, provoking_only=False), count))


def bad_week(count: int, seed: int) -> list[Messages]:
    """Returns questions of which most provoke leaks and rude answers.

    >>> len(bad_week(5, seed=1))
    5
    """
    calm, angry = (_questions(seed, provoking_only=only) for only in (False, True))
    return [next(angry if at % BAD_WEEK_SHARE else calm) for at in range(count)]


def _questions(seed: int, *, provoking_only: bool) -> Iterator[Messages]:
    for dialogue in compose(1_000_000, seed):
        first = dialogue.exchanges[0]
        if not provoking_only or first.kind != "clean":
            yield [{"role": "user", "content": first.user}]
