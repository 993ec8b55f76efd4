"""Writes a word as a pattern of itself and of what it becomes when a model is asked to hide it."""

from __future__ import annotations

import codecs
import re

LEET = {
    "a": "a4@", "b": "b8", "e": "e3", "g": "g9", "i": "i1!|", "l": "l1|", "o": "o0", "s": "s5$",
    "t": "t7+", "z": "z2",
    "0": "0o", "1": "1il|!", "2": "2z", "3": "3e", "4": "4a@", "5": "5s$", "7": "7t+", "8": "8b",
    "9": "9g",
}  # fmt: skip
GAP = r"[\W_]{0,3}"
"""What may stand between two letters that are spelt out, and for a sign of the word itself."""
BETWEEN_BYTES = r"[\s,:;]{0,2}"
ESCAPES = r"(?:\\x|0x|%)?"
LONGEST_BYTE = 8
LONGEST_LETTER = 4


def disguises(word: str) -> str:
    """Returns a pattern for the word itself, backwards, in ROT13, spelt out, in leetspeak, in hex.

    >>> pattern = re.compile(disguises("Quartz7"), re.IGNORECASE)
    >>> [bool(pattern.search(text)) for text in ("Q-u-a-r-t-z-7", "7ztrauq", "Dhnegm7", "Quarts")]
    [True, True, True, False]
    """
    folded = word.casefold()
    letters = "".join(filter(str.isalnum, folded))
    readings = dict.fromkeys((letters, letters[::-1], codecs.encode(letters, "rot13")))
    spelt = [GAP.join(map(_letter, reading)) for reading in readings]
    as_bytes = dict.fromkeys((word.encode(), folded.encode(), word.upper().encode()))
    return "(?i:" + "|".join([*spelt, *map(_hex, as_bytes)]) + ")"


def longest(word: str) -> int:
    """Returns the most characters that a disguise of the word can have."""
    return max(LONGEST_BYTE * len(word.encode()), LONGEST_LETTER * len(word))


def _letter(letter: str) -> str:
    kinds = LEET.get(letter)
    return f"[{re.escape(kinds)}]" if kinds is not None else re.escape(letter)


def _hex(data: bytes) -> str:
    return BETWEEN_BYTES.join(f"{ESCAPES}{byte:02x}" for byte in data)
