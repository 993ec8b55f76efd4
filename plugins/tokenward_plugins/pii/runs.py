"""Runs: the stretch of text from where a value may begin to where none can go on.

Whether a run goes on depends on the characters from its start only, never on how they arrived.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

import regex

from tokenward_plugins.pii.characters import (
    CLOSING,
    NUMBER_DOT,
    NUMBER_SPACE,
    PATH_CLOSING,
    UNSPACED,
)
from tokenward_plugins.pii.kinds import ADDRESSES, GROUPED, PHONE
from tokenward_plugins.pii.limits import (
    ADDRESS_WINDOW,
    LOCAL_PART,
    NUMBER_STEP,
    NUMBER_WINDOW,
)

TOKEN = re.compile(f"[^{CLOSING}]*")
TOKEN_TO_SLASH = re.compile(f"[^/{CLOSING}]*")
PATH = re.compile(f"[^{PATH_CLOSING}]*")
SCHEME = re.compile(r"https?://\Z", re.IGNORECASE)
HOST = re.compile(r"[A-Za-z0-9\-]\.[A-Za-z]{2,24}/\Z")
UNSPACED_LETTERS = re.compile(f"[{UNSPACED}]{{1,63}}")
DOMAIN = re.compile(r"[^\s@]@(?:[\w\-]{1,63}\.)*[\w\-]{0,63}\Z")
LATIN_DOMAIN = re.compile(r"\.[A-Za-z]{2,24}\Z")
LAST_DIGIT = re.compile(rf"[{NUMBER_DOT}]{{0,3}}\d")
SPACING = re.compile(f"[{NUMBER_SPACE}{NUMBER_DOT}]{{1,4}}")
IBAN_SO_FAR = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){0,8}\Z")
IBAN_GROUP = re.compile(r"[A-Z0-9]{1,4}")
EXTENSION = regex.compile(
    r"[ \u00a0,;]{0,2}(?:ext(?:ensio)?n?|x|#)[.:]?[ \u00a0]{0,2}\d{1,8}", regex.IGNORECASE
)
SEVEN_DIGITS = re.compile(r"(?:\d\D{0,4}){6}\d\Z")
LONGEST_IBAN = 48
LONGEST_PHONE = 40


class State(Enum):
    """What is known of a run."""

    OPEN = "may go on"
    CLOSED = "ends at Run.end"
    OVER = "is longer than its window"


@dataclass(frozen=True, slots=True)
class RunRules:
    """How runs go on for the types asked for."""

    groups: bool
    phone: bool
    iban: bool
    email: bool
    url: bool
    window: int

    @classmethod
    def of(cls, types: frozenset[str]) -> RunRules:
        """Returns the rules for a set of types."""
        return cls(
            groups=bool(types & GROUPED),
            phone=PHONE in types,
            iban="IBAN_CODE" in types,
            email="EMAIL_ADDRESS" in types,
            url="URL" in types,
            window=ADDRESS_WINDOW if types & ADDRESSES else NUMBER_WINDOW,
        )


@dataclass(slots=True)
class Run:
    """One run, in offsets into the buffer of its scan.

    ``groups`` are the starts of the tokens that went on with a number over a space.
    """

    start: int
    pos: int
    in_path: bool = False
    end: int = 0
    groups: list[int] = field(default_factory=list)

    def shift(self, by: int) -> None:
        """Moves the offsets after the buffer lost its first ``by`` characters."""
        self.start -= by
        self.pos -= by
        self.groups = [group - by for group in self.groups]

    def limit(self, rules: RunRules) -> int:
        """Returns the offset at which the run is too long to wait for its end."""
        return self.groups[0] + NUMBER_WINDOW if self.groups else self.start + rules.window

    def cut(self, rules: RunRules) -> int:
        """Returns the offset before which a run that is too long is decided."""
        if not self.groups:
            return self.start + (LOCAL_PART if rules.window > NUMBER_WINDOW else NUMBER_STEP)
        least = self.groups[0] + NUMBER_STEP
        return next((group for group in self.groups if group >= least), self.groups[-1])

    def advance(self, text: str, rules: RunRules, *, ended: bool) -> State:
        """Reads on in the text; ``ended`` says that no more comes."""
        while True:
            limit = self.limit(rules)
            self._read(text, min(limit, len(text)), rules)
            if self.pos >= limit and len(text) > limit:
                return State.OVER
            if self.pos < len(text):
                state = self._close(text, rules)
                if state is None:
                    continue
                if state is State.CLOSED:
                    return state
            if ended:
                self.end = len(text)
            return State.CLOSED if ended else State.OPEN

    def _read(self, text: str, high: int, rules: RunRules) -> None:
        """Moves ``pos`` to the end of the token, or to ``high``."""
        while self.pos < high:
            if self.in_path:
                self.pos = PATH.match(text, self.pos, high).end()  # type: ignore[union-attr]
                return
            pattern = TOKEN_TO_SLASH if rules.url else TOKEN
            self.pos = pattern.match(text, self.pos, high).end()  # type: ignore[union-attr]
            if self.pos == high:
                return
            if text[self.pos] == "/":
                self.pos += 1
                self.in_path = bool(
                    SCHEME.search(text, max(self.start, self.pos - 8), self.pos)
                    or HOST.search(text, max(self.start, self.pos - 27), self.pos)
                )
            elif not (rules.email and self._in_domain(text, high)):
                return

    def _in_domain(self, text: str, high: int) -> bool:
        """Takes letters that end other tokens, in an e-mail domain that has no ending yet."""
        letters = UNSPACED_LETTERS.match(text, self.pos, high)
        low = max(self.start, self.pos - LOCAL_PART)
        if (
            letters is None
            or DOMAIN.search(text, low, self.pos) is None
            or LATIN_DOMAIN.search(text, low, self.pos)
        ):
            return False
        self.pos = letters.end()
        return True

    def _close(self, text: str, rules: RunRules) -> State | None:
        """Decides at the end of a token: closed, open, or (``None``) going on behind a space."""
        self.end = self.pos
        if self.in_path:
            return State.CLOSED
        tail = LAST_DIGIT.match(text[max(self.start, self.pos - 4) : self.pos][::-1])
        if rules.groups and tail:
            state = self._next_digits(text, used=tail.end() - 1)
            if state is not State.CLOSED:
                return state
        if rules.iban and text[self.pos] == " ":
            state = self._next_iban_group(text)
            if state is not State.CLOSED:
                return state
        if rules.phone and tail and tail.end() == 1:
            return self._extension(text)
        return State.CLOSED

    def _next_digits(self, text: str, *, used: int) -> State | None:
        spacing = SPACING.match(text, self.pos)
        if spacing is None or used + spacing.end() - self.pos > 4:  # noqa: PLR2004
            return State.CLOSED
        if spacing.end() == len(text):
            return State.OPEN
        if not text[spacing.end()].isdecimal():
            return State.CLOSED
        return self._join(spacing.end())

    def _next_iban_group(self, text: str) -> State | None:
        low = max(self.start, self.pos - LONGEST_IBAN)
        if IBAN_SO_FAR.search(text, low, self.pos) is None:
            return State.CLOSED
        begin = self.pos + 1
        end = TOKEN.match(text, begin, begin + 5).end()  # type: ignore[union-attr]
        if end > begin and IBAN_GROUP.fullmatch(text, begin, end) is None:
            return State.CLOSED
        if end == len(text):
            return State.OPEN
        return State.CLOSED if end == begin else self._join(begin)

    def _extension(self, text: str) -> State:
        if SEVEN_DIGITS.search(text, max(self.start, self.pos - LONGEST_PHONE), self.pos) is None:
            return State.CLOSED
        extension = EXTENSION.match(text, self.pos, partial=True)
        if extension is None:
            return State.CLOSED
        if extension.partial or extension.end() == len(text):
            return State.OPEN
        self.end = extension.end()
        return State.CLOSED

    def _join(self, at: int) -> State | None:
        self.groups.append(at)
        self.pos = at
        return None
