"""E-mail addresses: around each ``@``, judged by Presidio's pattern and the public suffix list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import regex

from tokenward_plugins.pii.characters import LOCAL
from tokenward_plugins.pii.found import Found
from tokenward_plugins.pii.limits import LOCAL_PART
from tokenward_plugins.pii.recognizer import context_words

EMAIL = "EMAIL_ADDRESS"
AT = re.compile(rf"(?<=[{LOCAL}])@(?=\w)")
LOCAL_RUN = re.compile(f"[{LOCAL}]*")
LABEL = r"\w+(?:-+\w+)*"
DOMAIN = re.compile(rf"{LABEL}(?:\.{LABEL})+")
LATIN_LABEL = re.compile(r"\.[A-Za-z]{2,24}(?=[^\W\d_\u0000-\u024f])")
ENDING = re.compile(r"\.(?:[^\W\d_]{2,63}|xn--[\w\-]+)\Z")
RESERVED = frozenset(
    "corp example home internal intranet invalid lan local localdomain localhost test".split()
)
"""Endings outside the public suffix list under which addresses are nevertheless written: reserved
ones (RFC 2606, 6761, 6762) and usual names of private networks."""
UNFINISHED = re.compile(rf"[{LOCAL}]{{1,{LOCAL_PART}}}@[\w.\-]*\Z")


class EmailJudge:
    """Asks Presidio's e-mail pattern about the longest domain, then about the ones inside it."""

    __slots__ = ("_pattern", "_registered", "_score", "words")

    def __init__(self, recognizer: Any, registered: Callable[[str], bool]) -> None:
        (pattern,) = recognizer.patterns
        self._pattern = regex.compile(pattern.regex, recognizer.global_regex_flags)
        self._score = float(pattern.score)
        self._registered = registered
        self.words = context_words(recognizer)

    def find(self, text: str, low: int, high: int) -> list[Found]:
        """Returns the addresses between two offsets."""
        found = []
        for at in AT.finditer(text, low, high):
            one = self._around(text, low, high, at.start())
            if one:
                found.append(one)
        return found

    def _around(self, text: str, low: int, high: int, at: int) -> Found | None:
        before = text[max(low, at - LOCAL_PART) : at][::-1]
        start = at - LOCAL_RUN.match(before).end()  # type: ignore[union-attr]
        domain = DOMAIN.match(text, at + 1, min(high, at + 1 + LOCAL_PART))
        for end in _ends(text, at, domain.end()) if domain else ():
            address = self._pattern.search(text[start:end])
            if address and start + address.end() == end:
                score = self._validated(text[at + 1 : end])
                if score:
                    begin = start + address.start()
                    return Found(EMAIL, begin, end, score, "Email (Medium)", self.words)
        return None

    def _validated(self, domain: str) -> float:
        if self._registered(domain):
            return 1.0
        return self._score if domain.rpartition(".")[2].lower() in RESERVED else 0.0


def _ends(text: str, at: int, end: int) -> Iterator[int]:
    """Yields where the domain may end: behind each label from the last but the first.

    A label of Latin letters is also cut where letters of another script follow: a sentence in
    Chinese, Thai or Korean goes on behind an address without a space.
    """
    while True:
        dot = text.rfind(".", at, end)
        if dot < 0:
            return
        if ENDING.search(text, dot, end):
            yield end
        latin = LATIN_LABEL.match(text, dot, end)
        if latin:
            yield latin.end()
        end = dot


def unfinished(text: str, low: int, high: int) -> int | None:
    """Returns where an address begins that reaches ``high`` and may go on."""
    last = text.rfind("@", low, high)
    if last < 0:
        return None
    address = UNFINISHED.search(text, max(low, last - LOCAL_PART), high)
    return address.start() if address else None
