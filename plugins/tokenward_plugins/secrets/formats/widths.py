"""How long what an expression matches can be: it bounds what must be held back."""

from __future__ import annotations

import re

ENDLESS = 1 << 30
"""The width of what has no greatest length."""

_PART = re.compile(
    r"\((?P<look>\?(?:=|!|<=|<!)|)(?:\?:|\?P<\w+>|\?i:|)|(?P<close>\))|(?P<or>\|)"
    r"|(?P<one>\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|[^()|])"
)
_TIMES = re.compile(r"(?:\{(?:\d+,)?(\d*)\}|[?+*])\+?")


def longest(expression: str) -> int:
    """Returns the most characters that an expression of the tables of formats can match.

    >>> longest("[a-z]{2,5}-(?:x|yz[0-9]{3})(?![a-z])"), longest("ab?") , longest("[0-9]+") > 999
    (11, 2, True)
    """
    return _branches(expression, 0)[0]


def _branches(expression: str, at: int) -> tuple[int, int]:
    """Returns the width from a place to the end of the group, and where the group ends."""
    widest = width = 0
    while at < len(expression):
        part = _PART.match(expression, at)
        assert part, "no expression of the tables"
        at = part.end()
        if part["close"]:
            break
        if part["or"]:
            widest, width = max(widest, width), 0
            continue
        size = 1
        if not part["one"]:
            size, at = _branches(expression, at)
            size = 0 if part["look"] else size
        times, at = _times(expression, at)
        width = min(width + size * times, ENDLESS)
    return max(widest, width), at


def _times(expression: str, at: int) -> tuple[int, int]:
    """Returns how often what stands before a place may come at most, and where that is said."""
    found = _TIMES.match(expression, at)
    if not found:
        return 1, at
    endless = found[0][0] in "+*" or ",}" in found[0]
    return (ENDLESS if endless else int(found[1]) if found[1] else 1), found.end()
