"""Tells from what stands before a URL whether a reader's program fetches it by itself."""

from __future__ import annotations

import re

LOOK_BACK = 256

FETCHED = re.compile(
    r"(?:"
    r"!\[[^\[\]]{0,200}\]\(\s{0,4}<?"  # Markdown's image
    r"|(?:^|\n)[ >]{0,6}\[[^\[\]\n]{1,100}\]:[ \t]{0,4}<?"  # a reference, perhaps of an image
    r"|<(?:img|image|iframe|frame|script|source|video|audio|track|embed|object|input|link|use)\b"
    r"[^<>]{0,200}\b(?:src|srcset|data|poster|href)\s{0,4}=\s{0,4}[\"']?(?:[^\"'<>]{0,100},\s{0,4})?"
    r"|\bbackground\s{0,4}=\s{0,4}[\"']?"
    r"|\burl\(\s{0,4}[\"']?"  # of a style
    r"|@import\s{1,4}[\"']"
    r")\Z",
    re.IGNORECASE,
)


def is_fetched(before: str) -> bool:
    """Tells whether the URL behind this text is fetched without a click.

    >>> is_fetched("See ![a cat]("), is_fetched("See [a cat]("), is_fetched('<img alt="" src="')
    (True, False, True)
    """
    return FETCHED.search(before[-LOOK_BACK:]) is not None
