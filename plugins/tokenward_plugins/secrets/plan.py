"""What all scans for the same types share."""

from __future__ import annotations

from tokenward_plugins.secrets.allow import Allow
from tokenward_plugins.secrets.compared import HELD
from tokenward_plugins.secrets.formats import FORMATS
from tokenward_plugins.secrets.overlap import GENERIC
from tokenward_plugins.secrets.pem import PATIENCE, READ_AHEAD
from tokenward_plugins.secrets.pem import TYPE as PRIVATE_KEY
from tokenward_plugins.secrets.providers import PROVIDER_TYPES
from tokenward_plugins.secrets.runs import SHORTEST
from tokenward_plugins.secrets.tokenplan import TokenPlan
from tokenward_plugins.secrets.urls import LONGEST as PASSWORD

URL_TYPES = frozenset(("BASIC_AUTH_URL", "CONNECTION_STRING"))
ASSIGNED_TYPES = PROVIDER_TYPES | {GENERIC}
TYPES = frozenset(row.type for row in FORMATS) | URL_TYPES | ASSIGNED_TYPES | {PRIVATE_KEY}


class Plan:
    """The searches for some types, and how much text they hold back.

    ``piece`` is the length of the parts in which what is longer is reported. Things that are open
    for two searches may overlap, and are told together: then twice as much may wait. A value that
    is compared reaches no further beyond an assigned one than its name.
    """

    __slots__ = (
        "allow", "assigned", "compared", "hold_back", "pem", "piece", "reason", "tokens", "urls",
    )  # fmt: skip

    def __init__(self, types: frozenset[str], piece: int, allow: Allow) -> None:
        self.piece = piece
        self.allow = allow
        self.tokens = TokenPlan(types, piece)
        self.pem = PRIVATE_KEY in types
        self.urls = types & URL_TYPES
        self.assigned = types & ASSIGNED_TYPES
        self.compared = GENERIC in types
        longest = {
            "a private key": (max(piece, PATIENCE) + READ_AHEAD) * self.pem,
            "an assigned value": piece * bool(self.assigned),
            "a key of a provider": self.tokens.hold_back,
            "a password in a URL": PASSWORD * bool(self.urls),
        }
        self.reason = max(longest, key=lambda what: longest[what])
        most = longest[self.reason]
        if self.tokens.hold_back < sum(longest.values()):  # others look, too; a run may be open
            several = sum(map(bool, longest.values())) > 1
            most += (most if several else HELD * self.compared) + SHORTEST
        self.hold_back = max(SHORTEST, most)
