"""The values of one session, and what stands for each of them."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from tokenward.redact.digest import hash_tag
from tokenward.redact.issued import HEAD, Issued, Token
from tokenward.redact.placeholders import LONGEST, placeholder
from tokenward.redact.pseudonym.make import pseudonym
from tokenward.redact.styles import Redaction, RedactStyle, tag

ATTEMPTS = 24
"""How many pseudonyms are tried before a value is given a placeholder instead."""
KEY_BYTES = 32

Clock = Callable[[], float]
Known = tuple[RedactStyle, str]


@dataclass(slots=True)
class _Entry:
    token: Token = field(repr=False)
    restores: bool
    used: float


class Vault:
    """What was put in the place of values, so that it is the same again, and can be taken back.

    It lives in one session and is never shared. It knows at most ``limit`` values, each for ``ttl``
    seconds after it was last met; where it is full, a further value gets a plain tag, which is
    not restored. Safe to use from several threads. Its representation says numbers only.

    A vault that keeps nothing (``keeps=False``) belongs to a single text: what it gives out is the
    same for the same value, and cannot be taken back.
    """

    __slots__ = (
        "_clock",
        "_entries",
        "_issued",
        "_key",
        "_limit",
        "_lock",
        "_taken",
        "_ttl",
        "keeps",
        "refused",
    )

    def __init__(
        self,
        *,
        ttl: float = 3600.0,
        limit: int = 1000,
        clock: Clock = time.monotonic,
        key: bytes | None = None,
        keeps: bool = True,
    ) -> None:
        self.keeps = keeps
        self.refused = 0
        """Values that got a plain tag because the vault was full."""
        self._ttl = ttl
        self._limit = limit
        self._clock = clock
        self._key = key or secrets.token_bytes(KEY_BYTES)
        self._lock = threading.Lock()
        self._entries: OrderedDict[Known, _Entry] = OrderedDict()  # the longest unused first
        self._taken: dict[str, Known] = {}
        self._issued: dict[bool, Issued] = {}  # all, and what comes back

    def put(self, redaction: Redaction, type_: str, value: str, *, restores: bool) -> str:
        """Returns what stands for a value; ``restores`` says whether it may be taken back."""
        restores = restores and redaction.restore and self.keeps
        if not restores and redaction.style != "pseudonym":
            return self._plain(redaction, type_, value)
        with self._lock:
            now = self._expire()
            entry = self._entries.get((redaction.style, value))
            if entry is None:
                entry = self._new(redaction, type_, value, now)
            if entry is None:
                return tag(type_)
            entry.used = now
            self._entries.move_to_end((redaction.style, value))
            if restores and not entry.restores:
                entry.restores = True
                self._issued.clear()
            return entry.token.text

    def issued(self, *, restores: bool = True) -> Issued:
        """Returns what can be taken back, as it is now; all that is known without ``restores``."""
        with self._lock:
            self._expire()
            issued = self._issued.get(restores)
            if issued is None:
                some = (e.token for e in self._entries.values() if e.restores or not restores)
                issued = self._issued[restores] = Issued({token.text: token for token in some})
            return issued

    def clear(self) -> None:
        """Forgets all values."""
        with self._lock:
            self._entries.clear()
            self._taken.clear()
            self._issued.clear()

    def _plain(self, redaction: Redaction, type_: str, value: str) -> str:
        if redaction.style == "hash":
            return hash_tag(redaction.key or self._key, type_, value)
        return tag(type_)

    def _new(self, redaction: Redaction, type_: str, value: str, now: float) -> _Entry | None:
        if len(self._entries) >= self._limit:
            self.refused += 1
            return None
        text = self._text(redaction, type_, value)
        if text is None:
            return None
        known = redaction.style, value
        self._taken[text] = known
        self._issued.clear()
        entry = self._entries[known] = _Entry(Token(text, value, type_), restores=False, used=now)
        return entry

    def _text(self, redaction: Redaction, type_: str, value: str) -> str | None:
        """Returns a text that stands for no other value; ``None`` where there is none."""
        if redaction.style == "hash":
            keyed = hash_tag(redaction.key or self._key, type_, value)
            return keyed if self._is_free(keyed) else None
        if redaction.style == "pseudonym":
            invented = self._pseudonym(type_, value)
            if invented is not None or not (redaction.restore and self.keeps):
                return invented
        made = (placeholder(self._key, type_, value, attempt) for attempt in range(ATTEMPTS))
        return next((text for text in made if self._is_free(text)), None)

    def _pseudonym(self, type_: str, value: str) -> str | None:
        for attempt in range(ATTEMPTS):
            made = pseudonym(self._key, type_, value, attempt)
            if made is None or self._is_free(made):
                return made
        return None

    def _is_free(self, text: str) -> bool:
        """Tells whether a text can be looked for, and is neither issued nor itself a value."""
        fits = HEAD <= len(text) <= LONGEST
        return fits and text not in self._taken and ("pseudonym", text) not in self._entries

    def _expire(self) -> float:
        now = self._clock()
        while self._entries:
            known, entry = next(iter(self._entries.items()))
            if now - entry.used <= self._ttl:
                break
            del self._entries[known], self._taken[entry.token.text]
            self._issued.clear()
        return now

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)

    def __repr__(self) -> str:
        return f"Vault({len(self)} of {self._limit} values, {self.refused} refused)"
