"""Values of several words, in a text that arrives in pieces: addresses, dates of birth.

A grammar says where a value may begin, and reads on from there word by word. Whatever it decides
depends on words that are complete: where one is not yet, reading stops with ``NeedMore``, the text
is held from the beginning of the value, and it is read again when more has come. So the same values
come out of any chunking, and a grammar need not know of chunks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tokenward.types import Detection
from tokenward_plugins.pii.characters import CLOSING

BREAKS = r":!?|=*{}~^`"
WORD = re.compile(rf"(?:[^{CLOSING}{BREAKS}]|[,\u2019\u00b0])+")
GAP = re.compile(r"[ \t\r\u00a0]{0,4}(?:\n[ \t\u00a0]{0,6})?")
TRAILING = ",.'\u2019-"
LONGEST_WORD = 32
LONGEST = 120
"""The longest value, in characters."""
HOLD_BACK = LONGEST + LONGEST_WORD + 16
"""The most characters that are held: a value, the word behind it, and white space."""
BEFORE = 96
"""How far before a value its grammar may look."""
TRIM = 1024


class NeedMore(Exception):
    """More text is needed to decide."""


@dataclass(frozen=True, slots=True)
class Word:
    """What stands between white space, brackets and quotes, without the punctuation at its end.

    ``end`` is where ``text`` ends, ``stop`` where the punctuation behind it does, ``next`` where
    the next word would begin: there is none if that is ``stop``. ``line`` says that a line ends in
    between.
    """

    text: str
    start: int
    end: int
    stop: int
    next: int
    line: bool
    marks: str

    @property
    def lower(self) -> str:
        """The word in lower case."""
        return self.text.lower()

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[:1].isupper()

    @property
    def closed(self) -> bool:
        """Whether a comma, a line's end or the end of the phrase is behind it."""
        return "," in self.marks or self.line or self.next == self.stop


class Reader:
    """Reads the words of a text from an offset on."""

    __slots__ = ("ended", "limit", "text")

    def __init__(self, text: str, start: int, *, ended: bool) -> None:
        self.text = text
        self.limit = start + LONGEST
        self.ended = ended

    def word(self, at: int) -> Word | None:
        """Returns the word that begins at an offset; ``None`` if none does within the limit."""
        if at >= self.limit:
            return None
        text = self.text
        match = WORD.match(text, at, at + LONGEST_WORD + 1)
        stop = match.end() if match else at
        if stop - at > LONGEST_WORD:
            return None
        gap = GAP.match(text, stop).end()  # type: ignore[union-attr]
        if gap == len(text) and not self.ended:
            raise NeedMore
        whole = text[at:stop]
        core = whole.rstrip(TRAILING)
        if not core:
            return None
        end = at + len(core)
        return Word(core, at, end, stop, gap, "\n" in text[stop:gap], whole[len(core) :])

    def after(self, word: Word) -> Word | None:
        """Returns the word behind another one."""
        return self.word(word.next) if word.next > word.stop else None


@dataclass(frozen=True, slots=True)
class Phrase:
    """A value that a grammar has read: where it ends, its score, and which form it has."""

    end: int
    score: float
    form: str


class Grammar(Protocol):
    """Finds values of one type.

    ``candidate`` matches where one may begin. It may look at the rest of a word, but must match
    too where that is not complete.
    """

    type: str
    candidate: re.Pattern[str]

    def read(self, reader: Reader, start: int) -> Phrase | None:
        """Returns the value that begins at an offset; raises ``NeedMore`` where that is open."""


class PhraseScan:
    """Finds the values of a grammar in a text that arrives in pieces."""

    __slots__ = ("_base", "_detector", "_grammar", "_least", "_mark", "_text")

    calm = False
    """A value may begin with several words of letters: no text may be kept from it."""

    def __init__(self, detector: str, grammar: Grammar, least: float = 0.0) -> None:
        self._detector = detector
        self._least = least
        self._grammar = grammar
        self._text = ""
        self._base = 0
        self._mark = 0

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters; returns what became certain, and the settled offset."""
        self._text += text
        found = self._advance(ended=False)
        settled = self._base + self._mark
        if self._mark > TRIM:
            by = self._mark - BEFORE
            self._text, self._base, self._mark = self._text[by:], self._base + by, BEFORE
        return found, settled

    def finish(self) -> Sequence[Detection]:
        """Returns what was still open, the text having ended."""
        return self._advance(ended=True)

    def _advance(self, *, ended: bool) -> list[Detection]:
        found: list[Detection] = []
        grammar, text, at = self._grammar, self._text, self._mark
        while candidate := grammar.candidate.search(text, at):
            at = candidate.start()
            try:
                phrase = grammar.read(Reader(text, at, ended=ended), at)
            except NeedMore:
                self._mark = at
                return found
            if phrase is None:
                at += 1
                continue
            if phrase.score >= self._least:
                found.append(self._detection(at, phrase))
            at = phrase.end
        self._mark = len(text)
        return found

    def _detection(self, start: int, phrase: Phrase) -> Detection:
        evidence = {"pattern": phrase.form, "context": ""}
        start, end = self._base + start, self._base + phrase.end
        return Detection(self._detector, self._grammar.type, start, end, phrase.score, evidence)
