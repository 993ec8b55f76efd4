"""The span detector of secrets: four searches over one text, settled together."""

from __future__ import annotations

from tokenward.types import Scan, ScanContext
from tokenward_plugins.secrets.allow import Allow
from tokenward_plugins.secrets.plan import TYPES, Plan
from tokenward_plugins.secrets.runs import SHORTEST
from tokenward_plugins.secrets.scan import SecretsScan


class SecretsDetector:
    """Finds keys, tokens and passwords; holds back only what may still become one.

    A secret longer than ``piece`` characters is reported in pieces, so that memory is bounded and
    nothing of it is let go.
    """

    plain = True
    encoded = True

    def __init__(self, piece: int, allow: Allow) -> None:
        self.types = TYPES
        self.piece = piece
        self.allow = allow
        self._plans: dict[frozenset[str], Plan] = {}
        self.hold_back = self.hold_back_of(TYPES)

    def open(self, context: ScanContext) -> Scan:
        """Starts a text."""
        return SecretsScan(context.detector, self._plan(context.types))

    def calm_words(self, _: frozenset[str]) -> int:
        """Returns how long words of nothing but letters may be that need not be scanned.

        A key is no shorter than ``SHORTEST`` characters, and a value that is assigned, a password
        in a URL and a private key begin behind a sign or hold one.
        """
        return SHORTEST - 1

    def hold_back_of(self, types: frozenset[str]) -> int:
        """Returns how many characters may have to wait where these types are looked for."""
        return self._plan(types).hold_back

    def hold_back_reason(self, types: frozenset[str]) -> str:
        """Returns what they wait for, longest."""
        return self._plan(types).reason

    def _plan(self, types: frozenset[str]) -> Plan:
        plan = self._plans.get(types)
        if plan is None:  # a plan depends on the types alone: no state of any text
            plan = self._plans[types] = Plan(types & TYPES, self.piece, self.allow)
        return plan
