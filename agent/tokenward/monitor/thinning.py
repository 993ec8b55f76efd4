"""Fewer records where there are too many: short windows, spread evenly over a period."""

from __future__ import annotations

from dataclasses import replace

from tokenward.monitor.ranges import Period, Span

GOLDEN = 0.6180339887498949
"""Its multiples fall evenly between whole numbers, and never into a beat with hours or minutes."""
MOST_SHARE = 0.5
"""A larger part of a period is not worth leaving the rest out."""


def thinned(period: Period, windows: int, rows: int, most: int) -> Period:
    """Returns a period with about ``most`` of its rows: a window in each of its parts.

    Whoever made the records sorted them by time, so what is left out need not be read. Each moment
    is as likely to be in it as any other; the same period always gives the same windows.

    >>> thin = thinned(Period(0.0, 100.0), 2, 1000, 100)
    >>> [[round(end, 1) for end in span] for span in thin.spans]
    [[0.0, 5.0], [77.8, 82.8]]
    """
    share = most / max(rows, 1)
    if share > MOST_SHARE:
        return period
    length = sum(end - start for start, end in period.parts)
    spans: list[Span] = []
    for start, end in period.parts:
        pieces = max(1, round(windows * (end - start) / length))
        width = (end - start) / pieces
        for piece in range(pieces):
            place = (len(spans) * GOLDEN) % 1 * width * (1 - share)
            begin = start + piece * width + place
            spans.append((begin, begin + width * share))
    return replace(period, spans=tuple(spans))
