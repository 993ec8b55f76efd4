"""Paths with parameters, such as the name of a model."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

WORD = r"[A-Za-z0-9_](?:[A-Za-z0-9_@+~-]|\.(?!\.))*"
"""A segment that says the same to every reader: nothing encoded, no ``.`` and no ``..``."""
WORDS = rf"{WORD}(?:(?:[:/]|%2[Ff]){WORD})*"
"""Several of them: names of models may have an owner and a tag."""
ESCAPED = r"%(?!2[5EeFf]|5[Cc]|[01]|7[Ff])[0-9A-Fa-f]{2}"
"""An encoded character that is no slash, dot or per cent sign, which some servers decode twice."""
PLAIN = re.compile(rf"(?:/(?!\.{{1,2}}(?:/|\Z))(?:[A-Za-z0-9_.~!$&'()*+,=:@-]|{ESCAPED})+)+/?")
PARAMETER = re.compile(r"(\{\w+\*?\})")


def is_passed(path: str, patterns: Iterable[str]) -> bool:
    """Tells whether a path is one of those that an operator has relayed without a look.

    One that some servers take for another is not: what a pattern lets through stays there.

    >>> [is_passed(one, ["/v1/emb*"]) for one in ("/v1/embeddings", "/v1/emb/../chat", "/v1/chat")]
    [True, False, False]
    """
    return PLAIN.fullmatch(path) is not None and any(fnmatchcase(path, one) for one in patterns)


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
