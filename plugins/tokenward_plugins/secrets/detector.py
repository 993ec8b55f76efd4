"""The span detector of secrets: four searches over one text, settled together."""

from __future__ import annotations

from collections.abc import Sequence

from tokenward.types import Detection, Scan, ScanContext
from tokenward_plugins.secrets.assignments import AssignmentFinder
from tokenward_plugins.secrets.formats import FORMATS
from tokenward_plugins.secrets.names import NAMED_TYPES
from tokenward_plugins.secrets.overlap import GENERIC, named
from tokenward_plugins.secrets.pem import TYPE as PRIVATE_KEY
from tokenward_plugins.secrets.pem import PemFinder
from tokenward_plugins.secrets.tokens import LOOK, TokenFinder, TokenPlan
from tokenward_plugins.secrets.urls import UrlFinder
from tokenward_plugins.secrets.window import Window
from tokenward_plugins.spans.ledger import Ledger

URL_TYPES = frozenset(("BASIC_AUTH_URL", "CONNECTION_STRING"))
ASSIGNED_TYPES = NAMED_TYPES | {GENERIC}
TYPES = frozenset(row.type for row in FORMATS) | URL_TYPES | ASSIGNED_TYPES | {PRIVATE_KEY}
Finder = TokenFinder | PemFinder | UrlFinder | AssignmentFinder


class SecretsDetector:
    """Finds keys, tokens and passwords; holds back only what may still become one.

    A secret longer than half of ``hold_back`` is reported in pieces, so that memory is bounded and
    nothing of it is let go.
    """

    def __init__(self, hold_back: int) -> None:
        self.types = TYPES
        self.hold_back = hold_back
        self.piece = (hold_back - 2 * LOOK) // 2
        self._plans = {TYPES: TokenPlan(TYPES)}

    def open(self, context: ScanContext) -> Scan:
        """Starts a text."""
        wanted = context.types & TYPES
        if wanted not in self._plans:  # a plan depends on the types alone: no state of any text
            self._plans[wanted] = TokenPlan(wanted)
        return SecretsScan(context.detector, wanted, self._plans[wanted], self.piece)


class SecretsScan:
    """One text: the part in view, the searches over it, and what they found so far."""

    __slots__ = ("detector", "finders", "ledger", "window")

    def __init__(self, detector: str, wanted: frozenset[str], plan: TokenPlan, piece: int) -> None:
        self.detector = detector
        self.window = Window()
        self.ledger = Ledger(limit=piece, choose=named)
        self.finders: list[Finder] = [TokenFinder(plan, piece)] if plan.by_prefix else []
        if PRIVATE_KEY in wanted:
            self.finders.append(PemFinder(piece))
        if wanted & URL_TYPES:
            self.finders.append(UrlFinder(wanted))
        if wanted & ASSIGNED_TYPES:
            self.finders.append(AssignmentFinder(wanted, piece))

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters; returns what became certain, and the settled offset."""
        self.window.extend(text)
        found = self._step(final=False)
        return found, self.ledger.settled

    def finish(self) -> Sequence[Detection]:
        """Returns what was still open, the text having ended."""
        return self._step(final=True)

    def _step(self, *, final: bool) -> Sequence[Detection]:
        window, certain = self.window, self.window.end
        for finder in self.finders:
            certain = min(certain, finder.step(window, self._add, final=final))
        window.trim(certain)
        return self.ledger.advance(certain)

    def _add(self, kind: str, start: int, end: int, score: float) -> None:
        self.ledger.pending.append(Detection(self.detector, kind, start, end, score))
