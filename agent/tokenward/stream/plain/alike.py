"""What looks alike, is escaped or is emphasised: the part that the characters around decide."""

from __future__ import annotations

import re

from tokenward.stream.plain.markup import (
    LONGEST_SIGNS,
    LOOK,
    in_domain,
    may_be_inside,
    stands_inside,
)
from tokenward.stream.plain.room import Room
from tokenward.stream.plain.stage import COPY, WAIT, Stage
from tokenward.stream.plain.tables import (
    AFTER_ASCII,
    ALIKE,
    DIGIT_ALIKE,
    DOTS,
    NUMBERED,
    STOPS,
    inside,
)

SLACK = 128
PRICE = 4
"""``SLACK`` characters may be dropped at once, and one more for every four others."""

LONGEST_RUN = 8
"""So many look-alikes before an ASCII letter or digit belong to it."""
LONGEST_WAIT = 10
"""Look-alikes wait, Markdown's signs with what is looked at behind them, two raised digits."""
FEWEST_NUMBERED = 3
"""Fewer raised or circled digits are a power, a footnote or an item of a list."""

LONGEST_AUTHORITY = 280
AUTHORITY = re.compile(rf"://[^\s/?#\"'<>`\\|]{{0,{LONGEST_AUTHORITY}}}\Z")
"""Where a URL's user and password stand: what they hide by percent-encoding is to stay hidden."""

_ALIKE = inside(ALIKE)
_DIGIT = inside(set(DIGIT_ALIKE) - set(ALIKE))
_NUMBERED = inside(NUMBERED)
_AFTER = inside(AFTER_ASCII)
_STOPS = inside(STOPS)
_DOTS = inside(DOTS)
_SIGNS = "*`~_"
_WORD = "A-Za-z0-9"
_FOREIGN = r"^\W\d_A-Za-z"
_OTHERS = _DIGIT + _NUMBERED + _AFTER + _STOPS + _DOTS + _SIGNS + r"%\\"

CHARACTERS = _ALIKE + _OTHERS
"""The characters that may be a disguise."""
LETTER = (
    rf"(?<=[{_ALIKE}])(?<![{_FOREIGN}].)(?:(?<=[{_WORD}.@_\-].)"
    rf"|[{_ALIKE}]{{0,{LONGEST_RUN - 1}}}+(?:(?=[{_WORD}])|\Z))"
)
OTHER = (
    rf"(?<=[{_SIGNS}])(?:(?<![_~])|(?=[_~]|\Z))(?:"
    rf"(?<=[{_WORD}@.].)(?=[{_SIGNS}]{{0,3}}(?:[{_WORD}@.\-]|\Z))"
    rf"|(?<=[0-9A-Z].)(?=[{_SIGNS}]{{0,3}}[ .\-][{_SIGNS}]{{0,4}}(?:[0-9A-Z]|\Z))"
    rf"|(?<=[ \-].)(?=[{_SIGNS}]{{0,3}}(?:[0-9A-Z]|\Z)))"
    r"|(?<=\\)(?<!\\\\)(?=\\?(?:[_@./+:\-]|\Z))"
    r"|(?<=%)(?=(?:25)?(?:40|3[Aa]|2[Ff])|(?:25?)?[234]?\Z)"
    rf"|(?<=[{_NUMBERED}])(?<![{_NUMBERED}].)(?=[{_NUMBERED}]{{2}}|[{_NUMBERED}]?\Z)"
    rf"|(?<=[{_AFTER}])(?<=[{_WORD}:/@._=+\-].)"
    rf"|(?<=[{_STOPS}])(?<=[{_WORD}].)(?=[a-z]|\Z)"
    rf"|(?<=[{_DOTS}])(?<=[{_WORD}].)"
    rf"|(?<=[{_DIGIT}])(?<=[0-9].)(?=[0-9]|\Z)"
)


def pattern(characters: str = "", other: str = "") -> re.Pattern[str]:
    """Returns what finds a candidate: these, and others that are given."""
    others = f"{OTHER}|{other}" if other else OTHER
    # letters are tried first, and once only: text in their scripts is full of them
    return re.compile(f"[{CHARACTERS}{characters}](?:{LETTER}|(?<![{_ALIKE}])(?:{others}))")


RUN = re.compile(f"[{_ALIKE}]{{1,{LONGEST_RUN}}}")
AT_END = re.compile(f"[{_ALIKE}]{{1,{LONGEST_RUN}}}\\Z")
"""What waits at the end of many a piece of Russian or Greek text."""
FOREIGN = re.compile(f"[{_FOREIGN}]")
LABEL_BEGINS, PART_BEGINS = frozenset("@."), frozenset("-_")
ASCII_LETTER = re.compile("[A-Za-z]")
NUMBERED_RUN = re.compile(f"[{_NUMBERED}]+")
SIGN = frozenset(_SIGNS)
SIGNS = re.compile(f"[{_SIGNS}]+")
ESCAPED = re.compile(r"\\{1,2}(?:(?P<sign>[_@./+:\-])|(?P<open>\Z))")
PERCENT = re.compile(r"%(?:25)?(?:(?P<code>40|3[Aa]|2[Ff])|(?P<open>[234]?\Z))|%2\Z")
SINGLES = {**AFTER_ASCII, **DIGIT_ALIKE}
SINGLE = re.compile(f"[{_DIGIT}{_AFTER}{_STOPS}{_DOTS}]")
WORD, DIGIT, SMALL = re.compile(f"[{_WORD}]"), re.compile("[0-9]"), re.compile("[a-z]")
JOINED = re.compile(f"[{_WORD}:/@._=+\\-]")
IN_PATH = re.compile(r"\\\S*\Z")
LONGEST_PATH = 64
ALWAYS_ESCAPED = frozenset("_@/")
FOLD_LETTERS, FOLD_NUMBERED = str.maketrans(ALIKE), str.maketrans(NUMBERED)


class Alike(Stage):
    """Writes text with look-alikes, escaped signs and emphasis inside a value undone."""

    find = pattern()
    may = re.compile(f"[{CHARACTERS}]")

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(Room(SLACK * PRICE, PRICE))

    def _undo(self, view: str, at: int, *, goes_on: bool, ended: bool) -> int:
        character = view[at]
        if character in SIGN:
            return self._signs(view, at, ended=ended)
        if character == "\\":
            return self._escaped(view, at, ended=ended)
        if character == "%":
            return self._percent(view, at, ended=ended)
        if character in NUMBERED:
            return self._numbered(view, at, goes_on=goes_on, ended=ended)
        if character in ALIKE:
            return self._letters(view, at, ended=ended)
        return self._single(view, at, ended=ended)

    def _letters(self, view: str, at: int, *, ended: bool) -> int:
        """Undoes a run of look-alikes among ASCII letters or digits."""
        run, last = RUN.match(view, at), self._last(at)
        assert run
        end = run.end()
        if FOREIGN.match(last):
            return COPY
        if end == len(view) and not ended:
            return WAIT
        if FOREIGN.match(view, end):
            return COPY
        if run[0] in DIGIT_ALIKE and DIGIT.match(last) and DIGIT.match(view, end):
            return self._change(run, DIGIT_ALIKE[run[0]])
        touches = WORD.match(last) or WORD.match(view, end) or self._joined(last, at)
        return self._change(run, run[0].translate(FOLD_LETTERS)) if touches else COPY

    def _joined(self, last: str, at: int) -> bool:
        """Tells whether a part of a key, or a label of an address, begins here."""
        if last in LABEL_BEGINS:
            return in_domain(self._before(at))
        return last in PART_BEGINS and ASCII_LETTER.match(self._before(at)[-2:-1]) is not None

    def _signs(self, view: str, at: int, *, ended: bool) -> int:
        found = SIGNS.match(view, at)
        assert found
        before, end = self._before(at), found.end()
        if end - at > LONGEST_SIGNS or not may_be_inside(before):
            return COPY
        if end == len(view) and not ended:
            return WAIT
        inside = stands_inside(before, found[0], view[end : end + LOOK], ended=ended)
        if inside is None:
            return WAIT
        return self._unit(found, "") if inside else COPY

    def _escaped(self, view: str, at: int, *, ended: bool) -> int:
        found, last = ESCAPED.match(view, at), self._last(at)
        if found is None or last == "\\":
            return COPY
        if found["open"] is not None:
            return COPY if ended else WAIT
        sign = found["sign"]
        if sign not in ALWAYS_ESCAPED:
            before = self._before(at)
            # a word with another backslash in it is a path, or a regular expression
            if not WORD.match(last) or IN_PATH.search(before, max(0, len(before) - LONGEST_PATH)):
                return COPY
        return self._unit(found, sign)

    def _percent(self, view: str, at: int, *, ended: bool) -> int:
        found = PERCENT.match(view, at)
        if found is None or AUTHORITY.search(self._before(at)):
            return COPY
        if found["code"] is None:
            return COPY if ended else WAIT
        return self._unit(found, chr(int(found["code"], 16)))

    def _numbered(self, view: str, at: int, *, goes_on: bool, ended: bool) -> int:
        """Undoes runs of raised, lowered or circled digits that stand for themselves."""
        found, last = NUMBERED_RUN.match(view, at), self._last(at)
        assert found
        whole, length = found.end() == len(view), found.end() - at
        if not goes_on:
            if last in NUMBERED or WORD.match(last) or last.lower() != last.upper():
                return COPY
            if length < FEWEST_NUMBERED:
                return WAIT if whole and not ended else COPY
        self.goes_on = whole
        return self._change(found, found[0].translate(FOLD_NUMBERED))

    def _single(self, view: str, at: int, *, ended: bool) -> int:
        """Undoes a sign of another script, and a letter that looks like a digit only."""
        found, last, more = SINGLE.match(view, at), self._last(at), at + 1 < len(view)
        if found is None:
            return COPY
        joined = WORD.match(last) is not None
        if found[0] in AFTER_ASCII:
            inside = JOINED.match(last) is not None
        elif found[0] in DOTS:
            inside = joined and in_domain(self._before(at))
        else:
            is_digit = found[0] in DIGIT_ALIKE
            before, behind = (DIGIT, DIGIT) if is_digit else (WORD, SMALL)
            if not more and not ended and before.match(last):
                return WAIT
            inside = bool(before.match(last) and behind.match(view, at + 1))
        return self._change(found, SINGLES.get(found[0], ".")) if inside else COPY
