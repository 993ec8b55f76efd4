"""Conversations that go on over several requests, if the operator keeps them."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

from tokenward.redact.digest import digest
from tokenward.redact.vault import Vault
from tokenward.wire.request import Request

CREDENTIALS = (b"authorization", b"x-api-key", b"api-key")
MOST_SESSIONS = 2_000


class Sessions:
    """The vaults of conversations, each for ``ttl`` seconds after its last request.

    A conversation is told by the header ``x-tokenward-session`` and the client's credential
    together: a request that lacks one of them has a vault of its own, as all have with a ``ttl`` of
    0. Where there are too many, the one longest unused is given up.
    """

    def __init__(
        self,
        ttl: float,
        *,
        limit: int = MOST_SESSIONS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ttl = ttl
        self._limit = limit
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._kept: OrderedDict[bytes, tuple[float, Vault]] = OrderedDict()  # longest unused first

    def vault(self, request: Request, policy: str) -> Vault | None:
        """Returns the vault that a request goes on with; ``None`` for one of its own."""
        if not self._ttl:
            return None
        session = request.text_header(b"x-tokenward-session")
        credential = "".join(request.text_header(name) or "" for name in CREDENTIALS)
        if session is None or not credential:
            return None
        now = self._expire()
        who = digest(self._key, policy, session, credential)
        _, vault = self._kept.pop(who, (now, None))
        vault = Vault(ttl=self._ttl, clock=self._clock) if vault is None else vault
        self._kept[who] = now, vault
        if len(self._kept) > self._limit:
            self._kept.popitem(last=False)
        return vault

    def _expire(self) -> float:
        now = self._clock()
        while self._kept and now - next(iter(self._kept.values()))[0] > self._ttl:
            self._kept.popitem(last=False)
        return now

    def __len__(self) -> int:
        return len(self._kept)
