"""Cuts text into the tokens that keywords are compared by, as it arrives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# scripts that put no space between words: there each character is a token, so that a keyword is
# found anywhere; combining marks belong to the letter before them elsewhere
_NO_SPACES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
WORD_CHARACTER = rf"(?:(?![{_NO_SPACES}])[\w\u0300-\u036f])"
TOKEN = re.compile(rf"(?P<word>{WORD_CHARACTER}+)|(?P<space>\s+)|[\s\S]")


@dataclass(frozen=True, slots=True)
class Token:
    """A word, or one other character; ``spaced`` tells that white space stands before it."""

    text: str
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
                self._grow(found.group(), self._at + found.start())
                if found.end() == len(text):
                    break
                yield from self.finish(self._at + found.end())
            else:
                yield from self.finish(self._at + found.start())
                if kind == "space":
                    self.spaced = True
                else:
                    start = self._at + found.start()
                    yield Token(found.group(), self.spaced, start, start + 1)
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
        word = self.open
        if word == "":
            return
        end = self._at if end is None else end
        # a word too long to be kept is no keyword, but it ends a phrase all the same
        yield Token(
            word if word is not None else "\0" * (self._longest + 1),
            self.spaced,
            self.open_start,
            end,
        )
        self.open, self.spaced = "", False


def tokens_of(phrase: str) -> list[Token]:
    """Returns the tokens of a phrase.

    >>> [(token.text, token.spaced) for token in tokens_of("Big  Corp+")]
    [('Big', False), ('Corp', True), ('+', False)]
    """
    tokenizer = Tokenizer(len(phrase))
    return [*tokenizer.feed(phrase.strip()), *tokenizer.finish()]
