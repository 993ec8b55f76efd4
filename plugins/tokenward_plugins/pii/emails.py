"""E-mail addresses: around each ``@``, judged by Presidio's pattern and the public suffix list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from tokenward_plugins.pii.characters import LOCAL, UNSPACED
from tokenward_plugins.pii.found import Found
from tokenward_plugins.pii.limits import DOMAIN as LONGEST_DOMAIN
from tokenward_plugins.pii.recognizer import context_words

EMAIL = "EMAIL_ADDRESS"
AT = re.compile(rf"(?<=[{LOCAL}])@(?=\w)")
LOCAL_RUN = re.compile(f"[{LOCAL}]*")
WORD = re.compile(r"\w")
LABEL = r"\w+(?:-+\w+)*"
DOMAIN = re.compile(rf"{LABEL}(?:\.{LABEL})+")
LATIN_LABEL = re.compile(r"\.[A-Za-z]{2,24}(?=[^\W\d_\u0000-\u024f])")
ENDING = re.compile(r"\.(?:[^\W\d_]{2,63}|xn--[\w\-]+)\Z")
UNSPACED_LETTER = re.compile(f"[{UNSPACED}]")
RESERVED = frozenset(
    "corp example home internal intranet invalid lan local localdomain localhost test".split()
)
"""Endings outside the public suffix list under which addresses are nevertheless written: reserved
ones (RFC 2606, 6761, 6762) and usual names of private networks."""
DOMAIN_SO_FAR = re.compile(r"[\w.\-]*")


class EmailJudge:
    """Looks at the longest domain behind each ``@``, then at the ones inside it.

    An address is what Presidio's pattern takes: from the first letter or digit of the run before
    the ``@``, which must not end with a dot, to the end of the domain.
    """

    __slots__ = ("_name", "_registered", "_score", "words")

    def __init__(self, recognizer: Any, registered: Callable[[str], bool]) -> None:
        (pattern,) = recognizer.patterns
        self._name = pattern.name
        self._score = float(pattern.score)
        self._registered = registered
        self.words = context_words(recognizer)

    def find(self, text: str, low: int, high: int) -> list[Found]:
        """Returns the addresses between two offsets; none begins in another one."""
        found: list[Found] = []
        for at in AT.finditer(text, low, high):
            one = self._around(text, low, high, at.start())
            if one:
                found.append(one)
                low = one.end
        return found

    def _around(self, text: str, low: int, high: int, at: int) -> Found | None:
        domain = DOMAIN.match(text, at + 1, min(high, at + 1 + LONGEST_DOMAIN))
        if domain is None:
            return None
        start = self._start(text, low, at)
        if start < 0:
            return None
        for end in _ends(text, at, domain.end()):
            score = self.score(text[at + 1 : end])
            if score:
                return Found(EMAIL, start, end, score, self._name, self.words)
        return None

    @staticmethod
    def _start(text: str, low: int, at: int) -> int:
        """Returns where the name before an ``@`` begins; -1 without one.

        Where a name is written in letters without spaces between words, nobody can say where it
        begins: the address is then reported from the ``@`` on.
        """
        if at <= low:
            return at if at and UNSPACED_LETTER.match(text, at - 1) else -1
        if text[at - 1] == ".":
            return -1
        run = LOCAL_RUN.match(text[low:at][::-1]).end()  # type: ignore[union-attr]
        word = WORD.search(text, at - run, at)
        return word.start() if word else -1

    def score(self, domain: str) -> float:
        """Returns 1 for a name under a public suffix, less for private ones, and 0 for others."""
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
        if ENDING.match(text, dot, end):
            yield end
        if not text.isascii():
            latin = LATIN_LABEL.match(text, dot, end)
            if latin:
                yield latin.end()
        end = dot


def unfinished(text: str, low: int, high: int) -> tuple[int, int]:
    """Returns where an address may have begun that reaches ``high``, and where its ``@`` is.

    Without an ``@`` yet (-1), that is the run of characters of a name at the end. Where nothing of
    an address is at the end, it begins at ``high``.
    """
    last = text.rfind("@", low, high)
    if last > low and DOMAIN_SO_FAR.match(text, last + 1, high).end() == high:  # type: ignore[union-attr]
        name = LOCAL_RUN.match(text[low:last][::-1]).end()  # type: ignore[union-attr]
        if name:
            return last - name, last
    run = LOCAL_RUN.match(text[max(low, last + 1) : high][::-1]).end()  # type: ignore[union-attr]
    return high - run, -1
