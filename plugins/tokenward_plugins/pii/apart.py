"""Cards, accounts and social security numbers whose digits are written apart in an unusual way.

Over a line's end, with underscores, dots or marks of Markdown between the groups, or one by one.
Only whole numbers in regular groups count, with nothing numeric beside them: tables, dates,
versions and times are none. Check digits decide about them as about all others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tokenward_plugins.pii.found import Found
from tokenward_plugins.pii.recognizer import PatternJudge

CARD, ACCOUNT, SSN = "CREDIT_CARD", "IBAN_CODE", "US_SSN"
FEWEST = 9
"""Digits of the shortest of them."""
MARKS = r"._\-/*~`"
LINE = r"\r?\n[ >\t]{0,4}"
BETWEEN = rf"(?:[ {MARKS}]{{0,3}}{LINE}[*_`]{{0,2}}|[ {MARKS}]{{1,5}})"
LEFT = rf"(?<!\w)(?<!\d[ {MARKS}\n])"
RIGHT = rf"(?!\w|[ {MARKS}\n]{{1,3}}\d)"
ODD = re.compile(r"[0-9A-Z][ \-]{0,3}[._/*~`\r\n]|\d[ \-]{2}|(?<!\d)\d[ \-]\d[ \-]\d[ \-]\d(?!\d)")
"""What must be in a text in which a number is written apart."""

IN_GROUPS = re.compile(
    rf"{LEFT}(?:[2-6]\d{{3}}(?:{BETWEEN}\d{{4}}){{3}}|3[47]\d\d{BETWEEN}\d{{6}}{BETWEEN}\d{{5}}"
    rf"|3\d{{3}}{BETWEEN}\d{{6}}{BETWEEN}\d{{4}}){RIGHT}"
)
ONE_BY_ONE = re.compile(rf"{LEFT}[2-6]([ \-._])\d(?:\1\d){{11,17}}{RIGHT}")
SSN_IN_GROUPS = re.compile(
    rf"{LEFT}\d{{3}}([ ]?[{MARKS}][ ]?|[ ]{{2,3}})(?:{LINE})?\d\d\1(?:{LINE})?\d{{4}}{RIGHT}"
)
SSN_ONE_BY_ONE = re.compile(rf"{LEFT}\d([ \-._])\d(?:\1\d){{7}}{RIGHT}")
APART = rf"(?:[ ]?{LINE}|[ ._\-/]{{1,2}})?"
ACCOUNT_IN_GROUPS = re.compile(
    rf"(?<![A-Za-z0-9])[A-Z]{{2}}{APART}\d\d(?:{APART}[A-Z0-9]{{4}}){{2,7}}"
    rf"(?:{APART}[A-Z0-9]{{1,3}})?(?![A-Za-z0-9])"
)
GROUP = re.compile(r"[A-Z0-9]+")
NOT_DIGIT = re.compile(r"\D+")
ALONE = 0.1
"""The score of nine single digits: a word before them must say what they are."""
NAME = "written apart"


class ApartJudge:
    """Finds numbers that are written apart, and asks the judges of their types about them."""

    __slots__ = ("_judges",)

    def __init__(self, judges: dict[str, PatternJudge]) -> None:
        self._judges = judges

    def find(self, text: str, low: int, high: int, digits: int) -> list[Found]:
        """Returns the values between two offsets, where there are so many digits."""
        if digits < FEWEST or ODD.search(text, low, high) is None:
            return []
        return [one for kind in self._judges for one in self._of(kind, text, low, high)]

    def _of(self, kind: str, text: str, low: int, high: int) -> Iterator[Found]:
        judge = self._judges[kind]
        if kind == CARD:
            yield from self._cards(judge, text, low, high)
        elif kind == ACCOUNT:
            yield from self._accounts(judge, text, low, high)
        else:
            yield from self._ssns(judge, text, low, high)

    @staticmethod
    def _cards(judge: PatternJudge, text: str, low: int, high: int) -> Iterator[Found]:
        for pattern in (IN_GROUPS, ONE_BY_ONE):
            for match in pattern.finditer(text, low, high):
                score = judge.whole(NOT_DIGIT.sub("", match.group()))
                if score:
                    yield Found(CARD, *match.span(), score, NAME, judge.words)

    @staticmethod
    def _accounts(judge: PatternJudge, text: str, low: int, high: int) -> Iterator[Found]:
        for match in ACCOUNT_IN_GROUPS.finditer(text, low, high):
            groups = list(GROUP.finditer(text, *match.span()))
            for last in range(len(groups), 2, -1):
                score = judge.whole("".join(group.group() for group in groups[:last]))
                if score:
                    end = groups[last - 1].end()
                    yield Found(ACCOUNT, match.start(), end, score, NAME, judge.words)
                    break

    @staticmethod
    def _ssns(judge: PatternJudge, text: str, low: int, high: int) -> Iterator[Found]:
        for match in SSN_IN_GROUPS.finditer(text, low, high):
            digits = NOT_DIGIT.sub("", match.group())
            score = judge.whole(f"{digits[:3]}-{digits[3:5]}-{digits[5:]}")
            if score:
                yield Found(SSN, *match.span(), score, NAME, judge.words)
        for match in SSN_ONE_BY_ONE.finditer(text, low, high):
            if judge.whole(NOT_DIGIT.sub("", match.group())):
                yield Found(SSN, *match.span(), ALONE, NAME, judge.words)
