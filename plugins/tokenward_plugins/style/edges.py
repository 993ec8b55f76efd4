r"""Writes expressions that begin at a word's edge so that they are found faster.

The ``re`` of Python skips to the letters that a match may begin with, but not where ``\b`` comes
first. Where it is known that a letter follows, the edge can be looked for behind that letter.
"""

from __future__ import annotations

EDGE = r"\b"
GROUP = "(?:"
REPEATS = ("?", "*", "+", "{")


def faster(pattern: str) -> str:
    r"""Returns an expression with the same matches; as it is where it cannot be written so.

    >>> print(faster(r"\bno comment\b"))
    n(?<!\wn)o comment\b
    >>> print(faster(r"\b(?:that|this)(?:'s)? it"))
    (?:t(?<!\wt)hat|t(?<!\wt)his)(?:'s)? it
    """
    if not pattern.startswith(EDGE):
        return pattern
    rest = pattern[len(EDGE) :]
    if not rest.startswith(GROUP):
        return _edged(rest) or pattern
    ways, end = ways_of(rest)
    edged = [_edged(way) for way in ways]
    if not all(edged) or rest[end:].startswith(REPEATS):
        return pattern
    return f"{GROUP}{'|'.join(map(str, edged))}){rest[end:]}"


def ways_of(group: str) -> tuple[list[str], int]:
    """Returns the alternatives of a group at the beginning, and where it ends.

    >>> ways_of("(?:a(?:b|c)|[|)]d) e")
    (['a(?:b|c)', '[|)]d'], 18)
    """
    ways: list[str] = []
    begin, depth, at, is_set = len(GROUP), 0, len(GROUP), False
    while at < len(group):
        match group[at]:
            case "\\":
                at += 1
            case "]":
                is_set = False
            case _ if is_set:
                pass
            case "[":
                is_set = True
            case "(":
                depth += 1
            case ")" if depth:
                depth -= 1
            case ")":
                return [*ways, group[begin:at]], at + 1
            case "|" if not depth:
                ways.append(group[begin:at])
                begin = at + 1
        at += 1
    raise ValueError("a group without an end")


def _edged(way: str) -> str | None:
    """Returns an expression with the edge behind its first letter, if it begins with one."""
    letter = way[:1]
    if not letter.isalpha() or way[1:].startswith(REPEATS):
        return None
    return rf"{letter}(?<!\w{letter}){way[1:]}"
