"""E-mail addresses that are spelled out: "ann99 (at) example (dot) com", "ann.lee @ example.com".

A name of letters alone is a word like any other, and has left before the "(at)" comes: of
"ann (at) example (dot) com" the address is reported from the bracket on.
"""

from __future__ import annotations

import re
from typing import Any

import regex

from tokenward_plugins.pii.characters import WITHIN
from tokenward_plugins.pii.emails import EMAIL, LOCAL_RUN, EmailJudge
from tokenward_plugins.pii.found import Found

NAME = re.compile(
    rf"(?<![{WITHIN}])(?=[{WITHIN}]*[A-Za-z])(?=[{WITHIN}]*[\d._+\-])\w(?:[\w.+\-]*[\w+\-])?\Z"
)
LONGEST_NAME = 64
FLAGS = regex.IGNORECASE | regex.ASCII
LABEL = r"(?P<label>[a-z0-9](?:[a-z0-9\-]{0,39}[a-z0-9])?+)"
BRACKETED_DOT = r"[ ]{0,2}[(\[{<][ ]?(?:dot|\.)[ ]?[)\]}>][ ]{0,2}"
DOT = rf"(?:\.|{BRACKETED_DOT}|[ ]{{1,2}}dot[ ]{{1,2}})"
SPELLED_DOT = rf"(?:{BRACKETED_DOT}|[ ]{{1,2}}dot[ ]{{1,2}})"
NAMES = rf"{LABEL}(?:{DOT}{LABEL}){{1,4}}+"
AT = r"[ ]{0,2}[(\[{<][ ]?(?:at|@)[ ]?[)\]}>][ ]{0,2}"
BEHIND_NAME = regex.compile(
    rf"(?:{AT}|[ ]{{1,2}}@[ ]{{0,2}}){NAMES}"
    rf"|[ ]{{1,2}}at[ ]{{1,2}}{LABEL}(?:{SPELLED_DOT}{LABEL}){{1,4}}+",
    FLAGS,
)
BEHIND_SIGN = regex.compile(rf"[ ]{{1,2}}{NAMES}", FLAGS)
BRACKET = regex.compile(rf"{AT}{NAMES}", FLAGS)
MORE = regex.compile(rf"{DOT}{LABEL}", FLAGS)
REST = re.compile(r"[A-Za-z0-9\-]{0,41}\Z")
"""What may still belong to the last label, at the end of a text."""
MAY_FOLLOW = re.compile(
    r"[ ]{0,2}(?:[(\[{<][ ]?(?:\Z|@|[aA](?:\Z|[tT]))|@|\Z|[aA](?:\Z|[tT](?:\Z|[ ])))"
)
SCORE = 0.6


def behind(text: str, start: int, pos: int) -> Any:
    """Returns a match of what follows a token and makes it an address, whole or so far.

    The token ends at ``pos``; ``start`` is where its run begins.
    """
    if pos == start:
        return BRACKET.match(text, pos, partial=True)
    if text[pos - 1] == "@":
        return BEHIND_SIGN.match(text, pos, partial=True)
    if MAY_FOLLOW.match(text, pos) is None:
        return None
    if NAME.search(text, max(start, pos - LONGEST_NAME), pos) is None:
        return None
    return BEHIND_NAME.match(text, pos, partial=True)


def goes_on(text: str, end: int) -> bool:
    """Tells whether an address that ends here may be longer: the text ends with a part of more."""
    if REST.match(text, end):
        return True
    more = MORE.match(text, end, partial=True)
    return bool(more and more.partial)


def spelled(text: str, start: int, pos: int, judge: EmailJudge) -> list[Found]:
    """Returns the address whose name ends at ``pos``, in a run that begins at ``start``."""
    match = behind(text, start, pos)
    if match is None or match.partial:
        return []
    labels = match.spans("label")
    for count in range(len(labels), 1, -1):
        domain = ".".join(text[begin:end] for begin, end in labels[:count])
        if judge.score(domain):
            begin, end = _begin(text, start, pos), labels[count - 1][1]
            return [Found(EMAIL, begin, end, SCORE, "spelled out", judge.words)]
    return []


def _begin(text: str, start: int, pos: int) -> int:
    """Returns where the name that ends at ``pos`` begins."""
    if pos == start:
        return start
    if text[pos - 1] == "@":
        name = LOCAL_RUN.match(text[start : pos - 1][::-1])
        return pos - 1 - (name.end() if name else 0)
    name = NAME.search(text, max(start, pos - LONGEST_NAME), pos)
    return name.start() if name else pos
