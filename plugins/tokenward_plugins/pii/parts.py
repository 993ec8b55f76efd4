"""What is decided about a run that is longer than is waited for: see ``limits``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from tokenward_plugins.pii.emails import unfinished
from tokenward_plugins.pii.limits import DOMAIN, LOCAL_PART, NUMBER_STEP
from tokenward_plugins.pii.runs import GROUP, Run, RunRules

ODD = re.compile(r"[^\w.+'\-]")
"""Characters that a mailbox name may have, and that nobody writes in a long one."""
LETTER = re.compile(r"[^\W\d_]")
HEXADECIMAL = re.compile(r"[0-9a-f]+|[0-9A-F]+")
CAPITALS = re.compile(r"[A-Z0-9]+")
NUCLEOTIDES = re.compile(r"[ACGTUN]+")
CHANGE = re.compile(r"[a-z][A-Z]|[A-Z][a-z]|\d[A-Za-z]")
UPPER, LOWER = re.compile("[A-Z]"), re.compile("[a-z]")
SHARE = 16
MOST_DOTS = 2


class Next(Enum):
    """What to do with a run that has reached its limit."""

    WAIT = "until it is longer: the run's new limit is ``at``"
    CUT = "decide what begins before ``at``, and go on from there"
    REPORT = "it may be an address, and is reported as one from ``at`` on"


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, and where."""

    next: Next
    at: int


def step(text: str, run: Run, rules: RunRules) -> Step:
    """Says how to go on with a run that goes on behind its limit.

    It looks at the text from the run's start to its limit only, so that it says the same however
    the text was cut.
    """
    limit = run.limit
    if run.joined >= 0:
        cut = _group(text, run.joined, limit)
    else:
        cut = max(run.start + 1, limit - rules.young)
    if not rules.email or run.in_path:
        return Step(Next.CUT, cut)
    start, at = unfinished(text, run.start, limit)
    if start > run.start:
        return Step(Next.CUT, min(cut, start))
    if at >= 0:
        known = limit - at > DOMAIN
        return Step(Next.REPORT, start) if known else Step(Next.WAIT, at + 1 + DOMAIN)
    name = text[start:limit]
    if harmless(name) or encoded(name):
        return Step(Next.CUT, cut)
    if len(name) < LOCAL_PART:
        return Step(Next.WAIT, start + LOCAL_PART)
    return Step(Next.REPORT, start)


def harmless(name: str) -> bool:
    """Tells whether a long run is no name: it has no letter, or characters of paths and code.

    >>> harmless("a/b+c="), harmless("0123456789"), harmless("jane.doe" * 9)
    (True, True, False)
    """
    return ODD.search(name) is not None or LETTER.search(name) is None


def encoded(name: str) -> bool:
    """Tells whether a long run looks like hexadecimal, base32, base64url or nucleotides.

    >>> encoded("0f3a99c1" * 64), encoded("jane.doe" * 64), encoded("x" * 512)
    (True, False, False)
    """
    few = len(name) // SHARE
    digits = sum(map(str.isdecimal, name))
    if NUCLEOTIDES.fullmatch(name) or (digits > few and HEXADECIMAL.fullmatch(name)):
        return True
    if digits > few and CAPITALS.fullmatch(name):
        return True
    mixed = UPPER.search(name) and LOWER.search(name) and digits
    marked = any(mark in name for mark in "-_+") and name.count(".") <= MOST_DOTS
    return bool(mixed and marked) and len(CHANGE.findall(name)) > 2 * few


def _group(text: str, joined: int, limit: int) -> int:
    """Returns the start of a group of a number, some way behind the first one."""
    cut = joined
    for match in GROUP.finditer(text, joined, limit):
        cut = match.end()
        if cut >= joined + NUMBER_STEP:
            break
    return cut
