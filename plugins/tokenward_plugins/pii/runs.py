"""Runs: the stretch of text from where a value may begin to where none can go on.

Whether a run goes on depends on the characters from its start only, never on how they arrived.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tokenward_plugins.pii.beginnings import SPACED
from tokenward_plugins.pii.characters import (
    CLOSING,
    FIRST_UNSPACED,
    NUMBER_SPACE,
    PATH_CLOSING,
    UNSPACED,
)
from tokenward_plugins.pii.closing import Closing, State
from tokenward_plugins.pii.kinds import ADDRESSES, GROUPED
from tokenward_plugins.pii.limits import (
    DOMAIN,
    LOOK,
    NUMBER_STEP,
    NUMBER_WINDOW,
    URL_LOOK,
    URL_YOUNG,
    YOUNG,
)
from tokenward_plugins.pii.quiet import BETWEEN, INNER, JOIN, LEAD
from tokenward_plugins.pii.spelled import behind, goes_on

PATH = re.compile(f"[^{PATH_CLOSING}]*")
SCHEME = re.compile(r"https?://\Z", re.IGNORECASE)
HOST = re.compile(r"[A-Za-z0-9\-]\.[A-Za-z]{2,24}/\Z")
LONGEST_LABEL = 63
UNSPACED_LETTERS = re.compile(f"[{UNSPACED}]+")
IN_DOMAIN = re.compile(
    rf"(?<=[^\s@])@(?:[\w\-{UNSPACED}]{{1,{LONGEST_LABEL}}}\.)*"
    rf"([\w\-{UNSPACED}]{{0,{LONGEST_LABEL}}})\Z"
)
LATIN_DOMAIN = re.compile(r"\.[A-Za-z]{2,24}\Z")
GROUP = re.compile(rf"[{NUMBER_SPACE}\r\n]{BETWEEN}*")
BEFORE_DIGIT = re.compile(rf"{LEAD}(?=\d)")
BRACKETS = frozenset("([{<")
OPENINGS = frozenset("+([{<\uff08\uff3b")
UNKNOWN, ALONE = -2, -1

EXTENDS_NOT = r"[,;](?=[^ ,;eExX#]|[ ,;][^eExX#])"
AFTER_NUMBER = rf"[\"\\>]|[ ](?=[A-DF-WYZa-df-wyz])|\n(?=[^\d\s>])|(?<=\d{{7}})\n|{EXTENDS_NOT}"
AFTER_TOKEN = (
    r"[\"\\>]|[ ](?=[b-df-wyz]|a[^tT]|[B-DF-WYZ][a-z]|A[a-su-z])|\n(?=[^\d\s>A-Z]|[A-Z][a-z])"
    rf"|{EXTENDS_NOT}"
)
"""What stands behind most runs that have ended, and does not belong to them for sure."""
ACCOUNT = r"[A-Z]{2}\d\d(?:[ ][A-Z0-9]{4}){2,7}+(?:[ ][A-Z0-9]{1,3})?+"


@dataclass(frozen=True, slots=True)
class RunRules:
    """How runs go on for the types asked for, and how long they are waited for."""

    body: re.Pattern[str]
    number: re.Pattern[str]
    token: re.Pattern[str]
    closing: Closing
    groups: bool
    email: bool
    url: bool
    look: int
    young: int

    @classmethod
    def of(cls, types: frozenset[str]) -> RunRules:
        """Returns the rules for a set of types."""
        groups, url = bool(types & GROUPED), "URL" in types
        slash = "/" if url else ""
        joins = f"|{JOIN}" if groups else ""
        account = f"{ACCOUNT}|" if "IBAN_CODE" in types else ""
        look = (URL_LOOK, URL_YOUNG) if url else (LOOK, YOUNG)
        sure = "(?!)" if types & SPACED.keys() else ""  # else a word may be part of a code
        plain = rf"{sure}{LEAD}\d(?:[\d{INNER}]++{joins})*+"
        return cls(
            re.compile(rf"(?:[^{slash}{CLOSING}]++{joins})*+"),
            re.compile(rf"{plain}(?={AFTER_NUMBER})"),
            re.compile(rf"{sure}(?:{account}[^{slash}{CLOSING}]++(?<!@))(?={AFTER_TOKEN})"),
            Closing(types),
            groups,
            "EMAIL_ADDRESS" in types,
            url,
            *(look if types & ADDRESSES else (NUMBER_WINDOW, NUMBER_WINDOW - NUMBER_STEP)),
        )


def whole(text: str, start: int, rules: RunRules) -> int:
    """Returns where a run ends that is seen to be whole at a glance; -1 of others.

    Most runs are short, and what stands behind them does not belong to them: nothing need be kept.
    """
    pattern = rules.token if text[start].isalpha() else rules.number
    match = pattern.match(text, start, start + NUMBER_WINDOW)
    return match.end() if match else -1


class Run:
    """One run, in offsets into the buffer of its scan.

    It is read up to ``pos``. ``limit`` is where it is too long to wait for its end; ``joined`` the
    start of its second group, if it is a number of some length; ``spelled`` where the name in an
    address ends that is spelled out.
    """

    __slots__ = ("end", "in_path", "joined", "limit", "pos", "spelled", "start")

    def __init__(self, start: int, pos: int, rules: RunRules) -> None:
        self.start = start
        self.pos = pos
        self.end = start
        self.limit = start + (NUMBER_WINDOW if rules.groups else rules.look)
        self.in_path = False
        self.joined = UNKNOWN if rules.groups else ALONE
        self.spelled = -1

    def shift(self, by: int) -> None:
        """Moves the offsets after the buffer lost its first ``by`` characters."""
        self.start -= by
        self.pos -= by
        self.limit -= by
        if self.joined >= 0:
            self.joined -= by

    def advance(self, text: str, rules: RunRules, *, ended: bool) -> State:
        """Reads on in the text; ``ended`` says that no more comes."""
        state = self._advance(text, rules)
        if ended and state is State.OPEN:
            self.end = len(text)
            return State.CLOSED
        return state

    def _advance(self, text: str, rules: RunRules) -> State:
        size = len(text)
        if self.pos == self.start and text[self.pos] in OPENINGS:
            state = self._open(text, rules)
            if state is not None:
                return state
        while True:
            sight = self.limit + 1
            self._read(text, min(sight, size), rules)
            if self.pos >= sight:
                if self.joined != UNKNOWN:
                    return State.OVER
                self._look(text, rules)
            elif self.pos == size:
                return State.OPEN
            else:
                state = self._close(text, rules)
                if state is not State.GOES_ON:
                    return state

    def _open(self, text: str, rules: RunRules) -> State | None:
        """Decides at a bracket or a plus sign: what may follow it, or nothing."""
        start = self.start
        if rules.email and text[start] in BRACKETS:
            state = self._spell(text)
            if state is not State.CLOSED or self.spelled >= 0:
                return state
        digit = BEFORE_DIGIT.match(text, start)
        if digit:
            self.pos = digit.end()
        elif text[start] != "+":
            self.end = start + 1
            return State.CLOSED
        return None

    def _look(self, text: str, rules: RunRules) -> None:
        """Tells a number in groups, which is decided in small parts, from a long token."""
        lead = BEFORE_DIGIT.match(text, self.start)
        low = lead.end() if lead else self.start
        group = GROUP.search(text, low, self.limit)
        self.joined = group.end() if group else ALONE
        self.limit = group.end() + NUMBER_WINDOW if group else self.start + rules.look

    def _read(self, text: str, high: int, rules: RunRules) -> None:
        """Moves ``pos`` to the end of the token, over spaces in numbers, or to ``high``."""
        while self.pos < high:
            if self.in_path:
                self.pos = PATH.match(text, self.pos, high).end()  # type: ignore[union-attr]
                return
            self.pos = rules.body.match(text, self.pos, high).end()  # type: ignore[union-attr]
            if self.pos == high:
                return
            if rules.url and text[self.pos] == "/":
                self.pos += 1
                self.in_path = bool(
                    SCHEME.search(text, max(self.start, self.pos - 8), self.pos)
                    or HOST.search(text, max(self.start, self.pos - 27), self.pos)
                )
            elif text[self.pos] < FIRST_UNSPACED or not (
                rules.email and self._in_domain(text, high)
            ):
                return

    def _in_domain(self, text: str, high: int) -> bool:
        """Takes letters that end other tokens, in an e-mail domain that has no ending yet."""
        low = max(self.start, self.pos - DOMAIN)
        domain = IN_DOMAIN.search(text, low, self.pos)
        if domain is None or LATIN_DOMAIN.search(text, low, self.pos):
            return False
        # a letter more than a label has, as if they were taken one by one
        room = LONGEST_LABEL + 1 - len(domain[1])
        letters = UNSPACED_LETTERS.match(text, self.pos, min(high, self.pos + room))
        if letters is None:
            return False
        self.pos = letters.end()
        return True

    def _close(self, text: str, rules: RunRules) -> State:
        """Decides at the end of a token: closed, open, or going on behind a space."""
        if self.in_path:
            self.end = self.pos
            return State.CLOSED
        state, at = rules.closing.behind(text, self.start, self.pos)
        if state is State.GOES_ON:
            self.pos = at
            return state
        self.end = at
        if rules.email and state is State.CLOSED and at == self.pos:
            return self._spell(text)
        return state

    def _spell(self, text: str) -> State:
        """Takes in what makes an address of a name that ends here: "(at) example (dot) com"."""
        address = behind(text, self.start, self.pos)
        if address is None:
            return State.CLOSED
        if address.partial:
            return State.OPEN
        self.spelled, self.end = self.pos, address.end()
        return State.OPEN if goes_on(text, self.end) else State.CLOSED
