"""Finds whole words and phrases: a walk along the words of a text, with the phrases under way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tokenward.errors import UsageError
from tokenward.types import Detection, ScanContext
from tokenward_plugins.spans.ledger import Ledger
from tokenward_plugins.words.folding import beginning, exact, folded
from tokenward_plugins.words.phrases import (
    JOINED,
    LEADS,
    SPACED,
    Phrasebook,
    phrase_of,
    read_phrases,
    words_in,
)
from tokenward_plugins.words.settings import KeywordSettings
from tokenward_plugins.words.tokens import Token, Tokenizer

MAX_SPACE = 64
"""White space characters between two words of a phrase; more of them end it."""


class KeywordDetector:
    """The ``keywords`` detector.

    Words are compared whole, by Unicode case folding unless ``case`` is ``exact``; the words of a
    phrase may stand apart by any white space up to 64 characters. In scripts without spaces a
    keyword is found anywhere. Every phrase is found, also those within another.
    """

    def __init__(self, settings: KeywordSettings) -> None:
        self.types = frozenset(settings.words) | frozenset(settings.files)
        self.key = folded if settings.case == "fold" else exact
        phrases = {type_: self._phrases(settings, type_) for type_ in self.types}
        self._books = {self.types: Phrasebook(phrases)}
        book = self._books[self.types]
        if not len(book):
            raise UsageError(
                "detector 'keywords' has no words; write words: {type: [word, ...]}, or "
                "files: {type: path}"
            )
        # folding never makes a word shorter, so that a longer word of the text is no keyword
        self.longest = 2 * max(len(word) for phrase in book for word in words_in(phrase))
        gaps = max(phrase.count(SPACED) + phrase.count(JOINED) for phrase in book)
        self.phrase = (gaps + 1) * self.longest + gaps * MAX_SPACE
        self.hold_back = 2 * self.phrase

    def _phrases(self, settings: KeywordSettings, type_: str) -> Iterator[str]:
        for text in settings.words.get(type_, ()):
            phrase = phrase_of(text, self.key)
            if not phrase:
                raise UsageError("detector 'keywords' has an empty word; leave it out")
            yield phrase
        if type_ in settings.files:
            yield from read_phrases(settings.files[type_], self.key)

    def book(self, types: frozenset[str]) -> Phrasebook:
        """Returns the phrases of some types, which are looked out once."""
        wanted = types & self.types
        if wanted not in self._books:
            self._books[wanted] = self._books[self.types].of(wanted)
        return self._books[wanted]

    def open(self, context: ScanContext) -> KeywordScan:
        """Starts a text."""
        return KeywordScan(self, context)


class KeywordScan:
    """The phrases under way at the end of the text so far, in the order of their starts."""

    __slots__ = (
        "_book",
        "_detector",
        "_ledger",
        "_length",
        "_live",
        "_name",
        "_space_from",
        "_tokenizer",
    )

    def __init__(self, detector: KeywordDetector, context: ScanContext) -> None:
        self._detector = detector
        self._name = context.detector
        self._book = detector.book(context.types)
        self._tokenizer = Tokenizer(detector.longest)
        self._ledger = Ledger(detector.phrase)
        self._live: list[tuple[str, int]] = []
        self._space_from = 0
        self._length = 0

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters."""
        for token in self._tokenizer.feed(text):
            self._step(token)
        self._length += len(text)
        return self._ledger.advance(self._certain()), self._ledger.settled

    def finish(self) -> Sequence[Detection]:
        """Returns the phrase that ends with the text."""
        for token in self._tokenizer.finish():
            self._step(token)
        return self._ledger.advance(self._length)

    def _step(self, token: Token) -> None:
        """Leads the phrases under way along a token, and begins those that it may begin."""
        live, self._live = self._live, []
        if token.text is not None:
            key = self._detector.key(token.text)
            if live and token.start - self._space_from <= MAX_SPACE:
                mark = SPACED if token.spaced else JOINED
                for begun, start in live:
                    self._reach(f"{begun}{mark}{key}", start, token.end)
            self._reach(key, token.start, token.end)
        self._space_from = token.end

    def _reach(self, text: str, start: int, end: int) -> None:
        """Notes the phrases that a text is, and that it is under way if one goes on behind it."""
        code = self._book.code(text)
        if not code:
            return
        self._ledger.pending += [
            Detection(self._name, type_, start, end, 1.0) for type_ in self._book.types_of(code)
        ]
        if code & LEADS:
            self._live.append((text, start))

    def _certain(self) -> int:
        """Returns where the first phrase starts that may still be one."""
        tokenizer = self._tokenizer
        word = tokenizer.open
        if word is None:
            return self._length
        if word == "":
            if self._length - self._space_from > MAX_SPACE:
                self._live.clear()
            return self._live[0][1] if self._live else self._length
        begun = beginning(self._detector.key(word))
        mark = SPACED if tokenizer.spaced else JOINED
        for text, start in self._live:
            if self._book.begins(f"{text}{mark}{begun}"):
                return start
        return tokenizer.open_start if self._book.begins(begun) else self._length
