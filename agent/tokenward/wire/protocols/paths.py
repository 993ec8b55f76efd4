"""Paths with parameters, such as the name of a model."""

from __future__ import annotations

import re

WORD = r"[A-Za-z0-9_](?:[A-Za-z0-9_@+~-]|\.(?!\.))*"
"""A segment that says the same to every reader: nothing encoded, no ``.`` and no ``..``."""
WORDS = rf"{WORD}(?:(?:[:/]|%2[Ff]){WORD})*"
"""Several of them: names of models may have an owner and a tag."""
PARAMETER = re.compile(r"(\{\w+\*?\})")


def path_pattern(path: str) -> re.Pattern[str]:
    """Returns what matches a path; ``{name}`` is one segment, ``{name*}`` one or more.

    >>> found = path_pattern("/v2/models/{model}/infer")
    >>> [bool(found.fullmatch(f"/v2/models/{one}/infer")) for one in ("a.b-1", "..", "a%2E", "a/b")]
    [True, False, False, False]
    """
    parts = PARAMETER.split(path)
    known = {True: WORDS, False: WORD}
    return re.compile(
        "".join(known[p.endswith("*}")] if p.startswith("{") else re.escape(p) for p in parts),
        re.ASCII,
    )
