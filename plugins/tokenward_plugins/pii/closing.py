"""How a run goes on behind the end of a token: over a space, a line's end, into an extension."""

from __future__ import annotations

import re
from enum import Enum

import regex

from tokenward_plugins.pii.beginnings import LONGEST_SPACED, SPACED, SPACES
from tokenward_plugins.pii.characters import NUMBER_SPACE, UNSPACED, WITHIN
from tokenward_plugins.pii.kinds import GROUPED, PHONES
from tokenward_plugins.pii.quiet import JOIN, JOINING

JOINED = re.compile(JOIN)
JOINS = re.compile(rf"(?:{JOINING})\Z")
SPACE = re.compile(f"[{NUMBER_SPACE}]")
TOKEN = re.compile(f"[{WITHIN}]*")

IBAN_SPACE = r"(?:[ ]?\r?\n[ >]{0,4}|[ \u00a0])"
IBAN_BACKWARDS = re.compile(
    r"(?:[A-Z0-9]{4}(?:[ >]{0,4}\n\r?[ ]?|[ \u00a0._\-])?){0,8}\d{2}[A-Z]{2}(?![A-Za-z0-9])"
)
"""An IBAN so far, in full groups, read from its end."""
IBAN_BEHIND = re.compile(IBAN_SPACE)
IBAN_OPEN = re.compile(r"[ ]?\r?(?:\n[ >]{0,4})?\Z")
IBAN_HEAD = 4
IBAN_GROUP = re.compile(r"[A-Z0-9]{1,4}")
LONGEST_IBAN = 64

BLANK = frozenset(SPACES + "\r\n")
BEFORE_EXTENSION = frozenset(" \u00a0,;")
BEHIND_PHONE = BEFORE_EXTENSION | frozenset(")\r\n")

BOUNDARY = rf"(?:(?<![^\W_])|(?<=[{UNSPACED}]))"
CODE = re.compile(rf"[A-Za-z0-9]{{1,8}}(?:(?![^\W_])|(?=[{UNSPACED}]))")

WRAPPABLE = re.compile(r"(?:\d{4}[ \-._]\d{4,6}-?|\d-)\Z")
WRAP = re.compile(r"[ ]{0,2}\r?\n[ \t>]{0,4}")
WRAPPING = re.compile(r"[ ]{0,2}\r?(?:\n[ \t>]{0,4}\d{0,6})?\Z")
ROW_ABOVE = re.compile(r"\d[^\d\n]{0,2}\n[ >]{0,4}\Z")
DIGIT = re.compile(r"\d")
WRAPPED = re.compile(r"\d{4,6}(?=\D)")
LINE = re.compile(r"[ ]{0,2}\r?(?:\n|\Z)")

PHONE_LINE = re.compile(r"\)?[ ]?\r?(?:\n|\Z)")
PHONE_SO_FAR = re.compile(
    r"(?<![\w.])(?:\+\d{1,3}[ .\-]?(?:\(\d{1,4}\)[ ]?)?\d{0,4}(?:[ .\-]\d{2,4}){0,2}"
    r"|(?:1[ .\-])?\([2-9]\d\d\)(?:[ ]?[2-9]\d\d)?"
    r"|(?:1[ .\-][2-9]\d\d[ .\-]|[2-9]\d\d[.\-])[2-9]\d\d)\Z"
)
PHONE_WRAPPING = re.compile(r"\)?[ ]?\r?(?:\n(?:\d{0,4}|\d{3}[ .\-]))?\Z")
PHONE_WRAPPED = re.compile(r"\)?[ ]?\r?\n(?=\d{4}\D|\d{3}[ .\-]\d)")
"""The rest of a phone number on the next line: its last four digits, or its last two groups."""

EXTENSION = regex.compile(
    r"[ \u00a0,;]{0,2}(?:ext(?:ensio)?n?|x|#)[.:]?[ \u00a0]{0,2}\d{1,8}", regex.IGNORECASE
)
EXTENDS = re.compile(r"[ \u00a0,;]{0,2}(?:[eExX#]|\Z)")
SEVEN_DIGITS = re.compile(r"(?:\d\D{0,4}){6}\d\Z")
LONGEST_PHONE = 40


class State(Enum):
    """What is known of a run."""

    OPEN = "may go on"
    CLOSED = "ends at Run.end"
    OVER = "is longer than its window"
    GOES_ON = "goes on behind a space"


Behind = tuple[State, int]
"""A state, and where the run goes on or ends."""


class Closing:
    """The ways in which values of some types go on behind a token that ended."""

    __slots__ = ("_groups", "_iban", "_phone", "_spaced", "_wraps")

    def __init__(self, types: frozenset[str]) -> None:
        self._groups = bool(types & GROUPED)
        self._phone = bool(types & PHONES)
        self._iban = "IBAN_CODE" in types
        self._wraps = bool(types & {"CREDIT_CARD", "US_SSN"})
        known = "|".join(SPACED[kind] for kind in sorted(types) if kind in SPACED)
        self._spaced = re.compile(rf"{BOUNDARY}(?:{known})\Z") if known else None

    def behind(self, text: str, start: int, pos: int) -> Behind:
        """Decides at the end of a token, where a closing character stands."""
        here = text[pos]
        if self._groups and SPACE.match(here):
            joined = JOINED.match(text, pos)
            if joined:
                return State.GOES_ON, joined.end()
            if JOINS.match(text, pos):
                return State.OPEN, pos
        state: Behind = State.CLOSED, pos
        if here in BLANK:
            state = self._over_blank(text, start, pos)
        if self._phone and state == (State.CLOSED, pos) and here in BEHIND_PHONE:
            state = _rest_of_phone(text, start, pos)
        return state

    def _over_blank(self, text: str, start: int, pos: int) -> Behind:
        state: Behind = State.CLOSED, pos
        if self._iban:
            state = _next_iban_group(text, start, pos)
        if state[0] is State.CLOSED and self._spaced is not None and text[pos] in SPACES:
            state = _next_code(text, start, pos, self._spaced)
        if state[0] is State.CLOSED and self._wraps and LINE.match(text, pos):
            state = _next_line(text, start, pos)
        return state


def _rest_of_phone(text: str, start: int, pos: int) -> Behind:
    state: Behind = State.CLOSED, pos
    if PHONE_LINE.match(text, pos):
        state = _next_phone_line(text, start, pos)
    if state[0] is State.CLOSED and text[pos] in BEFORE_EXTENSION:
        state = _extension(text, start, pos)
    return state


def _next_iban_group(text: str, start: int, pos: int) -> Behind:
    so_far = IBAN_BACKWARDS.match(text[max(start, pos - LONGEST_IBAN) : pos][::-1])
    if so_far is None:
        return State.CLOSED, pos
    if IBAN_OPEN.match(text, pos):
        return State.OPEN, pos
    gap = IBAN_BEHIND.match(text, pos)
    if gap is None or ("\n" in gap.group() and so_far.end() <= IBAN_HEAD):
        return State.CLOSED, pos
    begin = gap.end()
    end = TOKEN.match(text, begin, begin + 5).end()  # type: ignore[union-attr]
    if end == len(text) and (end == begin or IBAN_GROUP.fullmatch(text, begin, end)):
        return State.OPEN, pos
    if end == begin or IBAN_GROUP.fullmatch(text, begin, end) is None:
        return State.CLOSED, pos
    return State.GOES_ON, begin


def _next_code(text: str, start: int, pos: int, so_far: re.Pattern[str]) -> Behind:
    if so_far.search(text, max(start, pos - LONGEST_SPACED), pos) is None:
        return State.CLOSED, pos
    begin = pos + 1
    code = CODE.match(text, begin)
    if begin == len(text) or (code and code.end() == len(text)):
        return State.OPEN, pos
    return (State.GOES_ON, begin) if code else (State.CLOSED, pos)


def _next_line(text: str, start: int, pos: int) -> Behind:
    """Goes on where a number is broken at the end of a line, between full groups.

    Once, and not in a table: no row of digits may stand above, or below.
    """
    if WRAPPABLE.search(text, max(start, pos - 12), pos) is None or ROW_ABOVE.search(
        text, max(0, start - 8), start
    ):
        return State.CLOSED, pos
    if WRAPPING.match(text, pos):
        return State.OPEN, pos
    gap = WRAP.match(text, pos)
    if gap is None or DIGIT.match(text, gap.end()) is None:
        return State.CLOSED, pos
    line = text.find("\n", start, pos)
    if line >= 0:
        return State.CLOSED, line
    if WRAPPED.match(text, gap.end()) is None:
        return State.CLOSED, pos
    return State.GOES_ON, gap.end()


def _next_phone_line(text: str, start: int, pos: int) -> Behind:
    """Goes on where a phone number is broken at the end of a line, as another number may be."""
    begun = text[start:pos] + (")" if text[pos] == ")" else "")
    if PHONE_SO_FAR.search(begun) is None or ROW_ABOVE.search(text, max(0, start - 8), start):
        return State.CLOSED, pos
    if PHONE_WRAPPING.match(text, pos):
        return State.OPEN, pos
    rest = PHONE_WRAPPED.match(text, pos)
    return (State.CLOSED, pos) if rest is None else (State.GOES_ON, rest.end())


def _extension(text: str, start: int, pos: int) -> Behind:
    if not text[pos - 1].isdecimal() or EXTENDS.match(text, pos) is None:
        return State.CLOSED, pos
    if SEVEN_DIGITS.search(text, max(start, pos - LONGEST_PHONE), pos) is None:
        return State.CLOSED, pos
    extension = EXTENSION.match(text, pos, partial=True)
    if extension is None:
        return State.CLOSED, pos
    if extension.partial or extension.end() == len(text):
        return State.OPEN, pos
    return State.CLOSED, extension.end()
