"""Finds whole words and phrases: a walk along the tokens of the text through a tree of phrases."""

from __future__ import annotations

from collections.abc import Sequence

from tokenward.errors import UsageError
from tokenward.types import Detection, ScanContext
from tokenward_plugins.words.settings import KeywordSettings
from tokenward_plugins.words.tokens import Token, Tokenizer, tokens_of

MAX_SPACE = 64
"""White space characters between two words of a phrase; more of them end it."""


class Node:
    """A place in the tree: what may come next, and the types whose phrase ends here."""

    __slots__ = ("next", "types")

    def __init__(self) -> None:
        self.next: dict[tuple[str, bool], Node] = {}
        self.types: list[str] = []

    def may_grow_from(self, beginning: str, spaced: bool) -> bool:
        """Tells whether a word that begins like this can lead on."""
        return any(word.startswith(beginning) and gap == spaced for word, gap in self.next)


class KeywordDetector:
    """The ``keywords`` detector.

    Words are compared whole, by Unicode case folding unless ``case`` is ``exact``; the words of a
    phrase may stand apart by any white space up to 64 characters. In scripts without spaces a
    keyword is found anywhere.
    """

    def __init__(self, settings: KeywordSettings) -> None:
        if not any(settings.words.values()):
            raise UsageError("detector 'keywords' has no words; write words: {type: [word, ...]}")
        self.types = frozenset(settings.words)
        self.fold = settings.case == "fold"
        self._trees: dict[frozenset[str], Node] = {}
        self._words = settings.words
        phrases = [phrase for words in settings.words.values() for phrase in words]
        if not all(phrase.strip() for phrase in phrases):
            raise UsageError("detector 'keywords' has an empty word; leave it out")
        # folding can lengthen a word (ß becomes ss), and what is compared is the folded form
        keys = [self.key(token.text) for phrase in phrases for token in tokens_of(phrase)]
        self.longest = max(map(len, keys))
        gaps = max(len(tokens_of(phrase)) for phrase in phrases) - 1
        self.hold_back = (gaps + 1) * self.longest + gaps * MAX_SPACE

    def tree(self, types: frozenset[str]) -> Node:
        """Returns the tree of the phrases of some types."""
        root = Node()
        for type_ in sorted(types & self.types):
            for phrase in self._words[type_]:
                node = root
                for at, token in enumerate(tokens_of(phrase)):
                    key = (self.key(token.text), bool(at and token.spaced))
                    node = node.next.setdefault(key, Node())
                if type_ not in node.types:
                    node.types.append(type_)
        return root

    def key(self, word: str) -> str:
        """Returns the form in which words are compared."""
        return word.casefold() if self.fold else word

    def open(self, context: ScanContext) -> KeywordScan:
        """Starts a text."""
        return KeywordScan(self, context)


class KeywordScan:
    """The phrases that are under way at the end of the text so far."""

    __slots__ = ("_detector", "_length", "_live", "_name", "_root", "_space_from", "_tokenizer")

    def __init__(self, detector: KeywordDetector, context: ScanContext) -> None:
        self._detector = detector
        self._name = context.detector
        self._root = detector.tree(context.types)
        self._tokenizer = Tokenizer(detector.longest)
        self._live: list[tuple[Node, int]] = []
        self._space_from = 0
        self._length = 0

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters."""
        found: list[Detection] = []
        for token in self._tokenizer.feed(text):
            self._step(token, found)
        self._length += len(text)
        return found, self._settled()

    def finish(self) -> Sequence[Detection]:
        """Returns the phrase that ends with the text."""
        found: list[Detection] = []
        for token in self._tokenizer.finish():
            self._step(token, found)
        return found

    def _step(self, token: Token, found: list[Detection]) -> None:
        key = self._detector.key(token.text)
        live: list[tuple[Node, int]] = []
        near = token.start - self._space_from <= MAX_SPACE
        for node, start in self._live:
            following = node.next.get((key, token.spaced))
            if following is not None and near:
                live.append((following, start))
        first = self._root.next.get((key, False))
        if first is not None:
            live.append((first, token.start))
        for node, start in live:
            found += [Detection(self._name, type_, start, token.end, 1.0) for type_ in node.types]
        self._live = [(node, start) for node, start in live if node.next]
        self._space_from = token.end

    def _settled(self) -> int:
        tokenizer = self._tokenizer
        word = tokenizer.open
        if word == "":
            if self._length - self._space_from > MAX_SPACE:
                self._live.clear()
            return self._live[0][1] if self._live else self._length
        if word is None:
            return self._length
        beginning = self._detector.key(word)
        for node, start in self._live:
            if node.may_grow_from(beginning, tokenizer.spaced):
                return start
        if self._root.may_grow_from(beginning, spaced=False):
            return tokenizer.open_start
        return self._length
