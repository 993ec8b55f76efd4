"""Cuts text into the tokens that keywords are compared by, as it arrives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Scripts that put no space between words, and Hangul, where endings are joined to a word: there
# each character is a token, so that a keyword is found anywhere.
_APART = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
# Vowel signs and accents are no letters, but belong to the word; so do joiners, which show nothing.
_MARKS = (
    "\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0966-\u0dff\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u200b-\u200d\u2060\u20d0-\u20ff\ufe20-\ufe2f\ufeff"
)
_WORD = rf"(?:(?![{_APART}])[\w{_MARKS}])+"
TOKEN = re.compile(rf"(?P<word>{_WORD})|(?P<space>\s+)|[\s\S]")
SPACED_WORDS = re.compile(rf"{_WORD}(?:\s+{_WORD})*")
"""A text of nothing but words that stand apart."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or one other character; ``spaced`` tells that white space stands before it.

    The text of a word that is too long to be a keyword is ``None``.
    """

    text: str | None
    spaced: bool
    start: int
    end: int


class Tokenizer:
    """Yields the tokens of a text in chunks; a word at the end of a chunk stays open.

    Of an open word at most ``longest`` characters are kept: a longer one can match nothing.
    """

    __slots__ = ("_at", "_longest", "open", "open_start", "spaced")

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._at = 0
        self.open: str | None = ""
        """The open word: empty if none is, ``None`` if it is too long to be a keyword."""
        self.open_start = 0
        self.spaced = False

    def feed(self, text: str) -> Iterator[Token]:
        """Yields the tokens that are complete."""
        for found in TOKEN.finditer(text):
            kind = found.lastgroup
            if kind == "word":
                self._grow(found[0], self._at + found.start())
                continue
            yield from self.finish(self._at + found.start())
            if kind == "space":
                self.spaced = True
            else:
                start = self._at + found.start()
                yield Token(found[0], self.spaced, start, start + 1)
                self.spaced = False
        self._at += len(text)

    def _grow(self, piece: str, start: int) -> None:
        if self.open == "":
            self.open, self.open_start = piece, start
        elif self.open is not None:
            self.open += piece
        if self.open is not None and len(self.open) > self._longest:
            self.open = None

    def finish(self, end: int | None = None) -> Iterator[Token]:
        """Yields the open word, if there is one."""
        if self.open != "":
            yield Token(self.open, self.spaced, self.open_start, self._at if end is None else end)
            self.open, self.spaced = "", False


def tokens_of(phrase: str) -> list[Token]:
    """Returns the tokens of a phrase.

    >>> [(token.text, token.spaced) for token in tokens_of("Big  Corp+")]
    [('Big', False), ('Corp', True), ('+', False)]
    """
    tokenizer = Tokenizer(len(phrase))
    return [*tokenizer.feed(phrase.strip()), *tokenizer.finish()]
