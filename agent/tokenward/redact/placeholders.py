"""Placeholders that nobody without the key can guess, and what looks like one."""

from __future__ import annotations

import re

from tokenward.redact.pseudonym.draw import Draw

ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
"""Without vowels, so that no word comes out, and without what is easily misread."""
LENGTH = 8
"""Characters of an ending: 38 bits."""
LOOKS_LIKE = re.compile(
    rf"<[A-Za-z][\w.-]{{0,99}}(?:_[{ALPHABET}]{{{LENGTH}}}|:[0-9a-f]{{12}})>", re.ASCII
)
MAY_BECOME = re.compile(r"<(?:[A-Za-z][\w.-]{0,108}(?::[0-9a-f]{0,12})?)?\Z", re.ASCII)
LONGEST = 124
"""Characters of the longest text that looks like a placeholder, or is put in a value's place."""


def placeholder(key: bytes, type_: str, value: str, attempt: int) -> str:
    """Returns the placeholder of a value under a key; another attempt gives another one.

    >>> placeholder(b"key", "EMAIL_ADDRESS", "ann@corp.com", 0)
    '<EMAIL_ADDRESS_37qrjp42>'
    """
    draw = Draw(key, "placeholder", value, attempt)
    ending = "".join(draw.of(ALPHABET) for _ in range(LENGTH))
    return f"<{type_}_{ending}>"
