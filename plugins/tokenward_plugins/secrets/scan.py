"""The state of the detector over one text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tokenward.types import Detection
from tokenward_plugins.secrets.assignments import AssignmentFinder
from tokenward_plugins.secrets.compared import ComparedFinder
from tokenward_plugins.secrets.overlap import named
from tokenward_plugins.secrets.pem import BEGIN, PUTTY, PemFinder
from tokenward_plugins.secrets.places import name_at
from tokenward_plugins.secrets.plan import Plan
from tokenward_plugins.secrets.runs import CHARACTERS, SHORTEST
from tokenward_plugins.secrets.tokenplan import SHORTEST_HEAD
from tokenward_plugins.secrets.tokens import ESCAPE, TokenFinder, begin
from tokenward_plugins.secrets.triggers import LONG, SIGN, TRIGGER
from tokenward_plugins.secrets.urls import UrlFinder
from tokenward_plugins.secrets.window import CONTEXT, SLACK, Window
from tokenward_plugins.spans.ledger import Ledger

NOTHING: Sequence[Detection] = ()
SLICE = 1 << 15
"""Characters that are looked at in one go, so that a long text is never copied as a whole."""
LETTERS = CHARACTERS[:62]
"""Letters and digits, with which everything that is open goes on ..."""
STEADY = CHARACTERS.replace("/", "")
"""... and what else goes on with most: not with private keys and keys without a greatest length."""
MARKS = ":|!"
"""The characters with which the mark of a key begins."""
LEAD = 24
"""Characters between a sign and its value at most, where the text is calm."""


class SecretsScan(Window):
    """One text: the part in view, the searches over it, and what they found so far.

    ``run`` is where the run of characters of keys began that the text ends with: it stays open
    until it ends or is long enough to be looked at. The searches for private keys, for passwords in
    URLs, for assigned and for compared values exist while something is open for them; ``busy`` says
    that something is, ``until`` up to where that cannot change by the characters ``steady`` alone.
    """

    __slots__ = (
        "assigned", "busy", "compared", "detector", "ledger", "pem", "plan", "run", "steady",
        "tokens", "until", "urls",
    )  # fmt: skip

    def __init__(self, detector: str, plan: Plan) -> None:
        super().__init__()
        self.detector = detector
        self.plan = plan
        self.run = 0
        self.busy = False
        self.until = 0
        self.steady = LETTERS
        self.tokens = TokenFinder(plan.tokens, plan.piece)
        self.pem: PemFinder | None = None
        self.urls: UrlFinder | None = None
        self.assigned: AssignmentFinder | None = None
        self.compared: ComparedFinder | None = None
        self.ledger = Ledger(limit=plan.piece, choose=named)

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters; returns what became certain, and the settled offset.

        What a small chunk costs while nothing is open is what a stream costs, so all of that is
        here: one look for what may begin, and one for the end of the run (0.7 us together).
        """
        size = len(text)
        if size > SLICE:
            return self._slices(text)
        view = self.text = self.text + text
        end = self.end = self.end + size
        if self.busy:
            if end < self.until and not text.strip(self.steady):
                return NOTHING, self.ledger.settled
            return self._work(size), self.ledger.settled
        if end - self.run >= SHORTEST and (size >= SHORTEST or self._may_begin()):
            return self._work(size), self.ledger.settled
        if not (text.isalnum() and text.isascii()):  # else the run goes on
            hit = TRIGGER.search(view, len(view) - size)
            if hit is not None and self._wake(hit):
                return self._work(size), self.ledger.settled
            rest = len(text.rstrip(CHARACTERS))
            if rest:
                self.run = end - size + rest
        if len(view) > CONTEXT + SLACK:
            self.trim(self.run)
        return NOTHING, self.run

    def skip(self, length: int, tail: str) -> None:
        """Takes note of calm text; only an assigned value may begin at its end."""
        self.end += length
        self.run = self.end
        self.text = tail if length > len(tail) else self.text + tail
        self.base = self.end - len(self.text)
        self.trim(self.end)
        asks = self.plan.assigned and self.assigned is None
        hit = SIGN.search(self.text, len(self.text) - min(LEAD, length)) if asks else None
        while hit is not None and not self._wake_assigned(hit.start()):
            hit = SIGN.search(self.text, hit.end())
        if self.assigned is not None:
            self.assigned.step(self, self._add, final=False)
            self._note_open()

    @property
    def calm(self) -> bool:
        """Whether nothing is open but a word of letters, with or without a full stop."""
        if self.busy:
            return False
        word = self.text[self.run - self.base :].removesuffix(".")
        return not word or word.isalpha()

    def finish(self) -> Sequence[Detection]:
        """Returns what was still open, the text having ended."""
        if not self.busy and self.end - self.run < SHORTEST:  # no key is open, nor anything else
            return NOTHING
        return self._work(0, final=True)

    def _slices(self, text: str) -> tuple[Sequence[Detection], int]:
        found: list[Detection] = []
        settled = 0
        for at in range(0, len(text), SLICE):
            some, settled = self.feed(text[at : at + SLICE])
            found += some
        return found, settled

    def _work(self, size: int, *, final: bool = False) -> Sequence[Detection]:
        """Lets the searches look at the last characters, and tells what is settled then."""
        if size >= LONG:
            self._wake_all(len(self.text) - size)
        elif hit := TRIGGER.search(self.text, len(self.text) - size):
            self._wake(hit)
        certain = self._step_tokens(size, final=final)
        for finder in (self.pem, self.urls, self.assigned, self.compared):
            if finder is not None:
                hold = finder.step(self, self._add, final=final)
                certain = min(certain, hold)
        if certain - self.base > CONTEXT + SLACK:
            self.trim(certain)
        ledger = self.ledger
        found: Sequence[Detection] = NOTHING
        if ledger.pending:
            found = ledger.advance(certain)
        elif certain > ledger.settled:
            ledger.settled = certain
        self._note_open()
        return found

    def _note_open(self) -> None:
        """Takes note of what is open, and up to where that cannot change by some characters."""
        tokens, pem, urls, assigned = self.tokens, self.pem, self.urls, self.assigned
        busy = tokens.open
        until = tokens.until if busy else self.run + SHORTEST
        if pem is not None:
            busy, until = busy or pem.open, min(until, pem.until)
            self.pem = pem if pem.open else None
        if urls is not None:
            busy, until = busy or urls.open, min(until, urls.until)
            self.urls = urls if urls.open else None
        if assigned is not None:
            busy, until = busy or assigned.open, min(until, assigned.until)
            self.assigned = assigned if assigned.open else None
        compared = self.compared
        if compared is not None:
            busy, until = busy or compared.open, min(until, compared.until)
            self.compared = compared if compared.open else None
        self.busy = busy or bool(self.ledger.pending)
        self.until = until
        self.steady = LETTERS if tokens.row is not None or pem is not None else STEADY

    def _may_begin(self) -> bool:
        """Tells whether a key may begin in the run that has become long; if none, it is let go.

        This is what ``TokenFinder.step`` finds out, at a tenth of the cost.
        """
        text, run, plan = self.text, self.run - self.base, self.plan.tokens
        stop = len(text) - len(text[run:].lstrip(CHARACTERS))
        if stop - run >= SHORTEST:
            if plan.gate.search(text, run - ESCAPE if run > ESCAPE else 0, stop):
                return True
            whole = stop == len(text) or stop - run >= SHORTEST_HEAD
            if (
                whole
                and text[run - 1] not in CHARACTERS
                and plan.hint.match(text, begin(text, run))
            ):
                return True
        if stop == len(text):
            self.run = self.end
        return False

    def _step_tokens(self, size: int, *, final: bool) -> int:
        """Lets the search for keys look, if a run is long enough; returns what is certain."""
        tokens = self.tokens
        if not tokens.open:
            short = size < SHORTEST and not final
            if short and (self.end - self.run < SHORTEST or not self._may_begin()):
                rest = len(self.text[len(self.text) - size :].rstrip(CHARACTERS))
                if rest and self.run < self.end:
                    self.run = self.end - size + rest
                return self.run
            tokens.at = self.run
        self.run = tokens.step(self, self._add, final=final)
        return self.run

    def _wake(self, hit: re.Match[str] | None) -> bool:
        """Begins the searches that triggers concern; tells whether one has to look."""
        woken = False
        text, asks = self.text, bool(self.plan.assigned)
        while hit is not None:
            at = hit.start()
            kind = text[at]
            if kind == "/":
                woken = self._wake_urls(at - 2) or woken
            elif kind == " " and text.endswith(BEGIN, 0, at + 1):
                woken = self._wake_pem(at + 1 - len(BEGIN)) or woken
            elif kind in "\"'":
                woken = self._wake_compared(at - 1) or woken
            else:
                if kind in MARKS and text[at - 1] in CHARACTERS:
                    woken = self._wake_marked(at, kind) or woken
                if asks and self.assigned is None and kind != "!":
                    woken = self._wake_assigned(at) or woken
            hit = TRIGGER.search(text, at + 1)
        return woken

    def _wake_all(self, at: int) -> None:
        """Begins all searches, each where what it looks for may have begun before new text."""
        self._wake_pem(max(at - len(PUTTY), 1))
        self._wake_urls(max(at - 2, 1))
        self._wake_compared(max(at - 1, 1))
        if self.assigned is None and self.plan.assigned:
            self.assigned = AssignmentFinder(self.plan.assigned, self.plan.piece, at + self.base)

    def _wake_urls(self, at: int) -> bool:
        if self.urls is not None or not self.plan.urls:
            return False
        self.urls = UrlFinder(self.plan.urls, at + self.base)
        return True

    def _wake_compared(self, at: int) -> bool:
        if self.compared is not None or not self.plan.compared:
            return False
        self.compared = ComparedFinder(at + self.base)
        return True

    def _wake_pem(self, at: int) -> bool:
        if self.pem is not None or not self.plan.pem:
            return False
        self.pem = PemFinder(self.plan.piece, at + self.base)
        return True

    def _wake_marked(self, at: int, kind: str) -> bool:
        """Lets the search for keys look where the mark of one may begin."""
        text = self.text
        if kind == ":" and text.endswith(PUTTY[:-2], 0, at):
            return self._wake_pem(at - len(PUTTY) + 2)
        for mark in self.plan.tokens.marks:
            if mark.literal[0] == kind and mark.start(text, 0, at) >= 0:
                if not self.tokens.open:
                    self.tokens.at = self.run
                    self.tokens.open = True
                return True
        return False

    def _wake_assigned(self, at: int) -> bool:
        name = name_at(self.text, at)
        if name is None:
            return False
        self.assigned = AssignmentFinder(self.plan.assigned, self.plan.piece, at + self.base + 1)
        self.assigned.name = name
        return True

    def _add(self, kind: str, start: int, end: int, score: float, part: int) -> None:
        """Takes what a search found, if it is not known to be no secret."""
        allow = self.plan.allow
        if allow and not part and self.text[start - self.base : end - self.base] in allow:
            return
        evidence = {"part": part} if part else {}
        self.ledger.pending.append(Detection(self.detector, kind, start, end, score, evidence))
