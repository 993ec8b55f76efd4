"""Runs: the stretch of text, from where a value may begin to where none can go on.

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
from tokenward_plugins.pii.kinds import ADDRESSES, PHONE
from tokenward_plugins.pii.limits import (
    ADDRESS_WINDOW,
    LOCAL_PART,
    LOOKAHEAD,
    NUMBER_STEP,
    NUMBER_WINDOW,
)

TOKEN = re.compile(f"[^{CLOSING}]*")
TOKEN_TO_SLASH = re.compile(f"[^/{CLOSING}]*")
PATH = re.compile(f"[^{PATH_CLOSING}]*")
OPENING = re.compile(r"(?:\+[ \u00a0]?)?[(\[\uff08\uff3b][ \u00a0]?")
SCHEME = re.compile(r"https?:/\Z", re.IGNORECASE)
HOST = re.compile(r"[A-Za-z0-9\-]\.[A-Za-z]{2,24}\Z")
UNSPACED_LETTERS = re.compile(f"[{UNSPACED}]{{1,63}}")
DOMAIN = re.compile(r"[^\s@]@[\w.\-]*\Z")
LATIN_DOMAIN = re.compile(r"\.[A-Za-z]{2,24}\Z")
LAST_DIGIT = re.compile(rf"[{NUMBER_DOT}]{{0,3}}\d")
SPACING = re.compile(f"[{NUMBER_SPACE}{NUMBER_DOT}]{{1,4}}")
IBAN_SO_FAR = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){1,7}\Z|"
                         r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}\Z")
IBAN_GROUP = re.compile(r"[A-Z0-9]{1,4}\Z")
EXTENSION = regex.compile(
    r"[ \u00a0,;]{0,2}(?:ext(?:ensio)?n?|x|#)[.:]?[ \u00a0]{0,2}\d{1,8}", regex.IGNORECASE
)
SEVEN_DIGITS = re.compile(r"(?:\d\D{0,4}){7}\Z")
LONGEST_IBAN = 48


class State(Enum):
    """What is known of a run."""

    OPEN = "may go on"
    CLOSED = "ends at Run.end"
    OVER = "is longer than its window"


@dataclass(frozen=True, slots=True)
class RunRules:
    """How runs go on for the types asked for."""

    phone: bool
    iban: bool
    email: bool
    url: bool
    window: int

    @classmethod
    def of(cls, types: frozenset[str]) -> RunRules:
        """Returns the rules for a set of types."""
        return cls(
            phone=PHONE in types,
            iban="IBAN_CODE" in types,
            email="EMAIL_ADDRESS" in types,
            url="URL" in types,
            window=ADDRESS_WINDOW if types & ADDRESSES else NUMBER_WINDOW,
        )


@dataclass(slots=True)
class Run:
    """One run: offsets into the buffer of the scan, which shifts them when it drops text."""

    start: int
    pos: int
    in_path: bool = False
    end: int = 0
    groups: list[int] = field(default_factory=list)

    def shift(self, by: int) -> None:
        """Moves all offsets after the buffer lost its first ``by`` characters."""
        self.start -= by
        self.pos -= by
        self.groups = [group - by for group in self.groups]

    def limit(self, rules: RunRules) -> int:
        """Returns where the run is too long to wait for its end."""
        if self.groups:
            return max(self.groups[0] + NUMBER_WINDOW, self.pos)
        return self.start + rules.window

    def cut(self, rules: RunRules) -> int:
        """Returns before which offset a run that is too long can be decided."""
        if not self.groups:
            return self.start + (LOCAL_PART if rules.window > NUMBER_WINDOW else NUMBER_STEP)
        least = self.groups[0] + NUMBER_STEP
        return next((group for group in self.groups if group >= least), self.groups[-1])

    def advance(self, text: str, rules: RunRules, *, ended: bool = False) -> State:
        """Reads on in the text; sets ``end`` when the run is closed."""
        while True:
            limit = self.limit(rules)
            high = min(limit, len(text))
            at_token_end = self._read(text, high, rules)
            if self.pos >= high and not at_token_end:
                if len(text) > limit:
                    return State.OVER
                if ended:
                    self.end = len(text)
                    return State.CLOSED
                return State.OPEN
            ...
