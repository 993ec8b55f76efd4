"""Where sentences end: judges a mark by what stands before and behind it."""

from __future__ import annotations

import re
from typing import NamedTuple

from tokenward.stream.abbreviations import LONGEST, Goes, goes_on_with
from tokenward.stream.marks import (
    BRACKETS,
    LINE_BREAKS,
    OPENING,
    QUOTES,
    SPACE_SCRIPTS,
    SPACED,
    UNSPACED,
    WIDE_BRACKETS,
)

LOOK = 8
"""Characters behind a mark that may have to be seen before it is known to end a sentence."""

SHORTEST_OF_SPACE = 30
"""A space ends a sentence of Thai or Lao from so many characters on: it parts clauses, too."""

SPACES = 2
"""White space that may part two words of one sentence."""

MARKS = re.compile(
    rf"[{SPACED}](?![0-9A-Za-z])|[{UNSPACED}{LINE_BREAKS}]|(?<=[{SPACE_SCRIPTS}])[ \xa0]"
)
# longer runs are judged in parts, so that one more mark costs the same each time
RUN = re.compile(rf"[{SPACED}{UNSPACED}]{{1,16}}")
ENDS_ALONE = re.compile(rf"[{UNSPACED}]")
OF_SPACE_SCRIPT = re.compile(rf"[{SPACE_SCRIPTS}]")
CLOSERS = re.compile(rf"[{QUOTES}{re.escape(BRACKETS)}{WIDE_BRACKETS}]{{0,16}}")
SPACED_CLOSERS = re.compile(rf"[{QUOTES}{re.escape(BRACKETS)}{OPENING}]{{0,16}}")
QUOTED = re.compile(rf"[{QUOTES}{OPENING}]")
LETTER = re.compile(r"[^\W_]")
NUMBER = re.compile(r"[0-9]{1,3}|[ivx]{1,5}|[IVX]{1,5}")

THIN = " \xa0\u202f"
PAUSES = frozenset(".…")
FULL_WIDTH_STOP = "．"  # noqa: RUF001  # it parts digits, too
EAST_ASIA = "\u2e80"
"""From here on are the scripts in which nothing but a mark parts sentences."""


class Judgement(NamedTuple):
    """Whether a sentence ends at ``at``; ``None``: more text must be seen, and it is judged again.

    Where it does not end, the next mark is looked for from ``at`` on.
    """

    ends: bool | None
    at: int


def judge(text: str, begin: int, mark: int, stop: int, *, fresh: bool, last: bool) -> Judgement:
    """Judges a mark other than a line break, in a sentence that begins at ``begin``.

    Only ``text[begin:stop]`` is looked at. ``fresh`` says that the sentence begins a line, ``last``
    that the text ends at ``stop``.

    >>> text = "Dr. Lee paid 3.5 million. Then"
    >>> for mark in (2, 14, 24):
    ...     print(judge(text, 0, mark, len(text), fresh=True, last=False))
    Judgement(ends=False, at=3)
    Judgement(ends=False, at=15)
    Judgement(ends=True, at=25)
    >>> judge("Wait...", 0, 4, 7, fresh=True, last=False)
    Judgement(ends=None, at=4)
    """
    run = RUN.match(text, mark, stop)
    if run is None:
        return _judge_space(text, begin, mark, stop, last=last)
    marks = run[0]
    alone = ENDS_ALONE.search(marks) is not None
    closers = (CLOSERS if alone else SPACED_CLOSERS).match(text, run.end(), stop)
    end = closers.end() if closers else run.end()
    if not alone and end < stop and text[end] in THIN:
        end = _close_spaced(text, begin, mark, end, stop)
    if end == stop:
        return Judgement(ends=True if last else None, at=stop if last else mark)
    if LETTER.search(text, begin, mark) is None:
        return Judgement(ends=False, at=end)
    if alone or not text[end].isspace():
        return Judgement(_ends_before(text[end], marks, alone=alone), end)
    if fresh and marks == "." and NUMBER.fullmatch(text, begin, mark):
        return Judgement(ends=False, at=end)  # the number of a list item
    goes = _goes_on_with(text[max(begin, mark - LONGEST - 1) : mark], marks)
    if goes == "nothing" and QUOTED.search(text, run.end(), end):
        goes = "small"
    return _look_ahead(text, end, stop, mark, goes, last=last)


def _close_spaced(text: str, begin: int, mark: int, end: int, stop: int) -> int:
    """Returns where the sentence ends if a French quotation is open: a space parts its end."""
    if text.rfind("«", begin, mark) <= text.rfind("»", begin, mark):
        return end
    if end + 1 == stop:
        return stop
    return end + 2 if text[end + 1] == "»" else end


def _ends_before(follows: str, marks: str, *, alone: bool) -> bool:
    """Tells whether marks end a sentence that no white space parts from what follows."""
    if alone:
        return not (marks[-1] == FULL_WIDTH_STOP and follows.isdigit())
    return PAUSES.isdisjoint(marks) and follows >= EAST_ASIA and follows.isalpha()


def _goes_on_with(before: str, marks: str) -> Goes:
    if marks == ".":
        return goes_on_with(before)
    return "small" if PAUSES.issuperset(marks) else "nothing"


def _look_ahead(text: str, end: int, stop: int, mark: int, goes: Goes, *, last: bool) -> Judgement:
    """Judges by what comes behind the white space at ``end``; much of it parts sentences."""
    if goes in ("any", "nothing"):
        return Judgement(goes == "nothing", end)
    at = end
    while at < stop and at < end + SPACES and text[at] not in LINE_BREAKS and text[at].isspace():
        at += 1
    if at == stop and not last:
        return Judgement(ends=None, at=mark)
    follows = text[at] if at < stop else ""
    return Judgement(not (follows.isdigit() or (goes == "small" and follows.islower())), end)


def _judge_space(text: str, begin: int, mark: int, stop: int, *, last: bool) -> Judgement:
    """Judges a space behind a letter of a script without full stops."""
    at = mark + 1
    while at < stop and at < mark + SPACES and text[at] in " \xa0":
        at += 1
    if at == stop and not last:
        return Judgement(ends=None, at=mark)
    parts = at < stop and OF_SPACE_SCRIPT.match(text, at) is not None
    return Judgement(parts and mark - begin >= SHORTEST_OF_SPACE, mark + 1)
