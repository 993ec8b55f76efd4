"""One pattern recognizer of Presidio, asked where in a text its values are.

Presidio's own loop takes the leftmost longest match and, if the check digits refuse it, goes on
behind it; the value inside is missed ("1234 4111 1111 1111 1111"). Here each start is tried, and
for numbers in groups each shorter end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any

import regex

from tokenward_plugins.pii.checks import (
    INVALID,
    NEEDED,
    SHORTEST,
    VALID,
    accounts,
    countries,
    faster,
    own,
)
from tokenward_plugins.pii.context import BOOST, normalized
from tokenward_plugins.pii.found import Found
from tokenward_plugins.pii.patterns import (
    CAPITALS,
    INSTEAD,
    MORE,
    NEIGHBOURS,
    OTHER_NEIGHBOURS,
    SHORTER_ENDS,
    WEAK,
    says_little,
)
from tokenward_plugins.pii.words import MORE_WORDS

SAMPLE_SSNS = frozenset({"123456789", "078051120", "987654320"})
"""Published examples that Presidio refuses; with separators they are found here: whoever tries a
guard tries it with them, and a guard that lets them through looks broken."""

COMPACT = re.compile(r"[ .\-_]|\A[Ii][Tt](?=[ \d])")
SAFE = re.compile(r"[\x00-\x7fÄÖÜäöü]*")


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """One pattern of a type.

    ``compact`` says that check digits are to see the value without its separators; ``label`` is
    what must stand right before it, where Presidio's pattern looks behind; ``needed`` is in every
    text that has a value in this form.
    """

    pattern: Any
    score: float
    name: str
    compact: bool = False
    label: Any = None
    needed: str = ""


class PatternJudge:
    """Asks one recognizer: its patterns, its check digits, its scores, its context words."""

    __slots__ = (
        "_countries",
        "_forms",
        "_invalid",
        "_left",
        "_right",
        "_shorter",
        "_valid",
        "type",
        "words",
    )

    def __init__(self, kind: str, recognizer: Any) -> None:
        self.type = kind
        self.words = context_words(recognizer, MORE_WORDS.get(kind, ()))
        self._valid = faster(own(recognizer, "validate_result"), VALID.get(kind))
        self._invalid = faster(own(recognizer, "invalidate_result"), INVALID.get(kind))
        self._countries = countries(recognizer) if kind == "IBAN_CODE" else None
        self._shorter = kind in SHORTER_ENDS
        self._left, self._right = NEIGHBOURS.get(kind, OTHER_NEIGHBOURS)
        self._forms = forms(kind, recognizer)

    def find(self, text: str, low: int, high: int) -> list[Found]:
        """Returns the values between two offsets; what lies around them is seen as well."""
        found = []
        for form in self._forms:
            if form.needed not in text:
                continue
            search, taken = form.pattern.search, low
            match = search(text, low)
            while match is not None and taken < high:
                start = match.start()
                if start >= taken and match.end() <= high:
                    one = self._judged(text, start, match.end(), form)
                    if one is not None:
                        found.append(one)
                        taken = one.end
                match = search(text, start + 1)
            if taken >= high and found[-1].score >= 1 and found[-1].start == low:
                break  # nothing but parts of it can be found
        return found

    def _judged(self, text: str, start: int, end: int, form: WrittenForm) -> Found | None:
        """Returns the value that begins at an offset, with the longest end that is not refused."""
        if self._left.search(text, max(0, start - 2), start):
            return None
        if self._countries and text.isascii():
            ends = accounts(self._countries, text, start, end)
            return Found(self.type, start, ends[0], 1.0, form.name, self.words) if ends else None
        for stop in self._ends(form.pattern, text, start, end):
            score, named = self.score(text[start:stop], form)
            if score and not self._right.match(text, stop):
                return Found(
                    *(self.type, start, stop, score, form.name, self.words),
                    named=named,
                    label=form.label,
                )
        return None

    def without_words(self, least: float) -> PatternJudge | None:
        """Returns the judge of the forms that reach a score with no word before, if any do."""
        proved = self._valid is not None
        strong = [form for form in self._forms if proved or form.score >= least]
        if len(strong) == len(self._forms):
            return self
        if not strong:
            return None
        judge = copy(self)
        object.__setattr__(judge, "_forms", strong)
        return judge

    def whole(self, value: str) -> float:
        """Returns the score of a value that has no separators but usual ones; 0 if it is none."""
        scores = [
            self.score(value, form)[0] for form in self._forms if form.pattern.fullmatch(value)
        ]
        return max(scores, default=0.0)

    def score(self, value: str, form: WrittenForm) -> tuple[float, float]:
        """Returns the score of a value by itself, and after a word that names it.

        It is 1 for right check digits that prove something, 0 for wrong ones, and the pattern's
        score where there are none.
        """
        if not value.isascii():
            value = "".join(str(int(c)) if c.isdecimal() else c for c in value)
            if SAFE.fullmatch(value) is None:  # a letter whose capital is a Latin one
                return 0.0, 0.0
        if self.type in CAPITALS and " " in value and value != value.upper():
            return 0.0, 0.0
        checked = COMPACT.sub("", value) if form.compact else value
        valid = self._valid(checked) if self._valid is not None else None
        if valid is not None and not valid:
            return 0.0, 0.0
        if self._invalid is not None and self._invalid(checked):
            sample = self.type == "US_SSN" and re.sub(r"\D", "", value) in SAMPLE_SSNS
            shaped = sample and re.fullmatch(r"\d{3}([- .])\d\d\1\d{4}", value)
            return (form.score, 0.0) if shaped else (0.0, 0.0)
        score = 1.0 if valid else form.score
        if says_little(self.type, value):
            return min(form.score, WEAK), 1.0 if valid else form.score + BOOST
        return score, 0.0

    def _ends(self, pattern: Any, text: str, start: int, end: int) -> Iterable[int]:
        """Returns where a value may end that begins at an offset, the longest first."""
        if not self._shorter:
            return (end,)
        return self._shorter_ends(pattern, text, start, end)

    def _shorter_ends(self, pattern: Any, text: str, start: int, end: int) -> Iterator[int]:
        yield end
        for at in range(end - 1, start + SHORTEST, -1):
            if text[at] in " -" and (
                self.type == "IBAN_CODE" or pattern.fullmatch(text, start, at)
            ):
                yield at


def forms(kind: str, recognizer: Any) -> list[WrittenForm]:
    """Returns the written forms of a type: Presidio's, with what is told in ``patterns``."""
    flags = recognizer.global_regex_flags
    compact = kind not in SHORTER_ENDS
    known = ((INSTEAD.get(o.name, o.regex), float(o.score), o.name) for o in recognizer.patterns)
    out = [_form(*row, False, flags) for row in known]
    return out + [_form(*row, compact, flags) for row in MORE.get(kind, ())]


def _form(written: str, score: float, name: str, compact: bool, flags: int) -> WrittenForm:
    behind, pattern = look_behind(written)
    label = regex.compile(rf"(?:{behind})\Z", flags) if behind else None
    return WrittenForm(
        regex.compile(pattern, flags), score, name, compact, label, NEEDED.get(name, "")
    )


def look_behind(pattern: str) -> tuple[str, str]:
    """Splits a pattern into what it looks for before a value, of any length, and the rest.

    >>> look_behind("(?<=claim(?: +|:))[0-9]{6}")
    ('claim(?: +|:)', '[0-9]{6}')
    >>> look_behind("(?<![0-9])[0-9]{6}")
    ('', '(?<![0-9])[0-9]{6}')
    """
    if not pattern.startswith("(?<="):
        return "", pattern
    depth, at = 1, 4
    while depth:
        depth += {"(": 1, ")": -1}.get(pattern[at], 0)
        at += 2 if pattern[at] == "\\" else 1
    return pattern[4 : at - 1], pattern[at:]


def context_words(recognizer: Any, more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Returns the context words of a recognizer, and ours, as ``context`` compares them."""
    return tuple(dict.fromkeys(filter(None, map(normalized, (*(recognizer.context or ()), *more)))))
