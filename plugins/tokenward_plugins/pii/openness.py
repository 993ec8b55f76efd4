"""Where in a text a value may begin: the pre-filter that looks at every character once."""

from __future__ import annotations

import re

from tokenward_plugins.pii.characters import CLOSING
from tokenward_plugins.pii.kinds import ADDRESSES, NUMBERS, PHONE
from tokenward_plugins.pii.limits import LOCAL_PART

TOKEN = re.compile(f"[^{CLOSING}]*")
LEAD = re.compile(r"(?:\+[ \u00a0]?)?(?:[(\[\uff08\uff3b][ \u00a0]?\+?)?\Z")
"""What may stand before the first digit of a phone number, at the end of a text."""

HEX = "[0-9A-Fa-f]"
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
BEGINNINGS = {
    "CRYPTO": "bc?",
    "DATE_TIME": "(?i:" + "|".join(f"{m[0]}(?:{m[1]}(?:{m[2]}-?)?)?" for m in MONTHS) + ")",
    "IBAN_CODE": "[A-Z]{1,2}",
    "IP_ADDRESS": f"{HEX}{{0,4}}:|{HEX}{{1,4}}",
    "MAC_ADDRESS": f"{HEX}{{1,2}}|{HEX}{{2}}[:-]{HEX}{{0,2}}|{HEX}{{3,4}}\\.?",
    "MEDICAL_LICENSE": "[A-Za-z]{1,2}",
    "US_DRIVER_LICENSE": "[A-Za-z]{1,2}",
    "US_PASSPORT": "[A-Za-z]",
    "UUID": f"{HEX}{{1,8}}|{HEX}{{8}}-{HEX}{{0,4}}|{HEX}{{8}}-{HEX}{{4}}-",
}
"""How values of a type may begin before the first digit. Each set is closed under prefixes: what
is open was open at each of its characters, so the settled offset never has to go back."""

LONGEST_BEGINNING = 16
BOUNDARY = rf"(?:(?<![^\W_])|(?<=[{CLOSING}]))"


class Openness:
    """Tells, for the types asked for, which characters matter and what may have begun.

    A *trigger* is a character without which no value is complete: a digit, ``@``, a dot or colon
    inside a word. Text without triggers costs one search, and holds at most its last token.
    """

    __slots__ = ("_beginning", "addresses", "phone", "special", "trigger")

    def __init__(self, types: frozenset[str]) -> None:
        self.addresses = bool(types & ADDRESSES)
        self.phone = PHONE in types
        trigger = _trigger(types)
        self.trigger = re.compile(trigger)
        self.special = re.compile(trigger + (r"|[+(\[\uff08\uff3b]" if self.phone else ""))
        known = "|".join(BEGINNINGS[kind] for kind in sorted(types) if kind in BEGINNINGS)
        self._beginning = re.compile(rf"{BOUNDARY}(?:{known})\Z") if known else None

    def start(self, text: str, low: int, high: int, seen: int) -> int:
        """Returns where the value that may be open at ``high`` begins, or ``high``.

        ``seen`` is how much of the text was read when it was asked: ``high`` itself, or one more
        at a trigger. What is open never began longer ago than a local part is long.
        """
        start = high
        if self.addresses:
            start = self.token_start(text, max(low, seen - LOCAL_PART), high)
        elif self._beginning is not None:
            begun = self._beginning.search(text, max(low, high - LONGEST_BEGINNING), high)
            start = begun.start() if begun else high
        if self.phone:
            lead = LEAD.search(text, max(low, high - 5), high)
            start = min(start, lead.start()) if lead else start
        return start

    @staticmethod
    def token_start(text: str, low: int, high: int) -> int:
        """Returns where the token that ends at ``high`` begins."""
        token = TOKEN.match(text[low:high][::-1])
        return high - (token.end() if token else 0)


def _trigger(types: frozenset[str]) -> str:
    parts = []
    if types & NUMBERS or PHONE in types:
        parts.append(r"\d")
    if "EMAIL_ADDRESS" in types:
        parts.append("@")
    if types & {"URL", "MAC_ADDRESS"}:
        parts.append(r"\.(?=[^\W_]|\Z)")
    if types & {"URL", "IP_ADDRESS", "MAC_ADDRESS"}:
        parts.append(r":(?=[/:0-9A-Fa-f]|\Z)")
    if "MAC_ADDRESS" in types:  # one without a single digit, with hyphens
        parts.append(r"(?<=[A-Fa-f]{2}-[A-Fa-f]{2})-")
    return "|".join(parts) or r"(?!)"
