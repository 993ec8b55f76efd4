"""Finds whole words and phrases: a walk along the tokens of the text through a tree of phrases."""

from __future__ import annotations

from collections.abc import Sequence

from tokenward.errors import UsageError
from tokenward.types import Detection, ScanContext
from tokenward_plugins.spans.ledger import Ledger
from tokenward_plugins.words.folding import beginning, exact, folded
from tokenward_plugins.words.settings import KeywordSettings
from tokenward_plugins.words.tokens import Token, Tokenizer, tokens_of

MAX_SPACE = 64
"""White space characters between two words of a phrase; more of them end it."""


class Node:
    """A place in the tree: what may come next, and the types whose phrase ends here."""

    __slots__ = ("_beginnings", "next", "types")

    def __init__(self) -> None:
        self.next: dict[tuple[str, bool], Node] = {}
        self.types: list[str] = []
        self._beginnings: set[tuple[str, bool]] = set()

    def grow(self, word: str, *, spaced: bool) -> Node:
        """Returns the place that a word leads to."""
        self._beginnings.update((word[:size], spaced) for size in range(len(word) + 1))
        return self.next.setdefault((word, spaced), Node())

    def may_lead_on(self, begun: str, *, spaced: bool) -> bool:
        """Tells whether a word that begins like this can lead on."""
        return (begun, spaced) in self._beginnings


class KeywordDetector:
    """The ``keywords`` detector.

    Words are compared whole, by Unicode case folding unless ``case`` is ``exact``; the words of a
    phrase may stand apart by any white space up to 64 characters. In scripts without spaces a
    keyword is found anywhere. Every phrase is found, also those within another.
    """

    def __init__(self, settings: KeywordSettings) -> None:
        if not any(settings.words.values()):
            raise UsageError("detector 'keywords' has no words; write words: {type: [word, ...]}")
        self.types = frozenset(settings.words)
        self.key = folded if settings.case == "fold" else exact
        phrases = [phrase for words in settings.words.values() for phrase in words]
        keys = [[self._key(token) for token in tokens_of(phrase)] for phrase in phrases]
        if not all(key and all(key) for key in keys):
            raise UsageError("detector 'keywords' has an empty word; leave it out")
        self._words = settings.words
        self._trees: dict[frozenset[str], Node] = {}
        # folding never makes a word shorter, so that a longer word of the text is no keyword
        self.longest = max(len(word) for key in keys for word in key) * 2
        gaps = max(map(len, keys)) - 1
        self.phrase = (gaps + 1) * self.longest + gaps * MAX_SPACE
        self.hold_back = 2 * self.phrase

    def _key(self, token: Token) -> str:
        return self.key(token.text or "")

    def tree(self, types: frozenset[str]) -> Node:
        """Returns the tree of the phrases of some types, which is built once."""
        wanted = types & self.types
        if wanted not in self._trees:
            self._trees[wanted] = self._grown(sorted(wanted))
        return self._trees[wanted]

    def _grown(self, types: Sequence[str]) -> Node:
        root = Node()
        for type_ in types:
            for phrase in self._words[type_]:
                node = root
                for at, token in enumerate(tokens_of(phrase)):
                    node = node.grow(self._key(token), spaced=bool(at and token.spaced))
                if type_ not in node.types:
                    node.types.append(type_)
        return root

    def open(self, context: ScanContext) -> KeywordScan:
        """Starts a text."""
        return KeywordScan(self, context)


class KeywordScan:
    """The phrases under way at the end of the text so far, in the order of their starts."""

    __slots__ = (
        "_detector",
        "_ledger",
        "_length",
        "_live",
        "_name",
        "_root",
        "_space_from",
        "_tokenizer",
    )

    def __init__(self, detector: KeywordDetector, context: ScanContext) -> None:
        self._detector = detector
        self._name = context.detector
        self._root = detector.tree(context.types)
        self._tokenizer = Tokenizer(detector.longest)
        self._ledger = Ledger(detector.phrase)
        self._live: list[tuple[Node, int]] = []
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
        live: list[tuple[Node, int]] = []
        key = None if token.text is None else self._detector.key(token.text)
        if key is not None:
            if token.start - self._space_from <= MAX_SPACE:
                for node, start in self._live:
                    following = node.next.get((key, token.spaced))
                    if following is not None:
                        live.append((following, start))
            first = self._root.next.get((key, False))
            if first is not None:
                live.append((first, token.start))
        for node, start in live:
            self._ledger.pending += [
                Detection(self._name, type_, start, token.end, 1.0) for type_ in node.types
            ]
        self._live = [(node, start) for node, start in live if node.next]
        self._space_from = token.end

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
        for node, start in self._live:
            if node.may_lead_on(begun, spaced=tokenizer.spaced):
                return start
        return tokenizer.open_start if self._root.may_lead_on(begun, spaced=False) else self._length
