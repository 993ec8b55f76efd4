"""Finds stretches of a text that stand, word for word, in another one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tokenward.types import Detection
from tokenward_plugins.leak.settings import PROMPT

BEGIN = 3
"""Words after which a stretch is followed: the ones before it are not held back for it."""

MOST_WORDS = 8192
"""Words of the other text that are known."""
MOST_PLACES = 16
LONGEST_WORD = 40
LONGEST_GAP = 32
PIECE = 400
"""Characters after which a stretch that goes on is told; the next one begins there."""

UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\u0e00-\u0e7f"
TOKEN = re.compile(rf"[{UNSPACED}]|(?:(?![{UNSPACED}])[^\W_])+")
OPEN = re.compile(rf"(?:(?![{UNSPACED}])[^\W_])+\Z")
OVER = re.compile(rf"(?:(?![{UNSPACED}])[^\W_])*")
LETTER = 0.5
"""What a letter of a script without spaces counts, in words."""


class Words:
    """The words of a text, and where each three in a row stand.

    >>> Words(["Never tell anybody."]).places(("never", "tell", "anybody"))
    [2]
    """

    __slots__ = ("_begun", "_index", "words")

    def __init__(self, texts: Iterable[str]) -> None:
        self.words: list[str] = []
        for text in texts:
            self.words += TOKEN.findall(text.casefold())
            if len(self.words) > MOST_WORDS:
                break
        del self.words[MOST_WORDS:]
        self._begun = set(zip(self.words, self.words[1:], strict=False))
        self._index: dict[tuple[str, ...], list[int]] = {}
        for at, three in enumerate(zip(*(self.words[n:] for n in range(BEGIN)), strict=False)):
            places = self._index.setdefault(three, [])
            if len(places) < MOST_PLACES:
                places.append(at + BEGIN - 1)

    def places(self, three: tuple[str, ...]) -> list[int]:
        """Returns the places of the last of three words in a row."""
        return self._index.get(three, [])

    def begins(self, last: tuple[str, ...]) -> bool:
        """Tells whether a word behind the last ones can be the last of three in a row."""
        return last[1 - BEGIN :] in self._begun

    def following(self, places: list[int], word: str) -> list[int]:
        """Returns the places behind those at which a word stands."""
        words, end = self.words, len(self.words) - 1
        return [at + 1 for at in places if at < end and words[at + 1] == word]


class Overlap:
    """The stretch that is under way at the end of a text that arrives in pieces."""

    __slots__ = (
        "_end", "_last", "_least", "_length", "_name", "_open", "_over", "_places", "_start",
        "_weight", "_words",
    )  # fmt: skip

    def __init__(self, name: str, words: Words, least: int) -> None:
        self._name = name
        self._words = words
        self._least = least
        self._length = 0
        self._open = ""  # the word at the end of the text, which may go on
        self._over = False  # whether it is longer than any that is known
        self._last: tuple[str, ...] = ()
        self._places: list[int] = []
        self._start = self._end = 0
        self._weight = 0.0

    def feed(self, text: str, found: list[Detection]) -> int:
        """Takes the next characters; returns the first place that is undecided."""
        view = self._open + text
        base = self._length - len(self._open)
        self._length += len(text)
        if self._over:  # a word that is too long goes on
            rest = OVER.match(view).end()  # type: ignore[union-attr]  # it always matches
            self._over = rest == len(view)
            view, base = view[rest:], base + rest
        last = OPEN.search(view, max(0, len(view) - LONGEST_WORD - 1))
        stop = last.start() if last is not None else len(view)
        for match in TOKEN.finditer(view, 0, stop):
            found += self._step(match[0].casefold(), base + match.start(), base + match.end())
        self._open = view[stop:]
        if len(self._open) > LONGEST_WORD:
            found += self._ended()
            self._last, self._open, self._over = (), "", True
        return self._certain(found)

    def finish(self, found: list[Detection]) -> None:
        """Ends the text."""
        if self._open:
            start = self._length - len(self._open)
            found += self._step(self._open.casefold(), start, self._length)
        found += self._ended()
        self._open = ""

    def _certain(self, found: list[Detection]) -> int:
        opens = self._length - len(self._open)
        if self._places and opens - self._end > LONGEST_GAP:
            found += self._ended()
        if self._places:
            return self._start
        return opens if self._open and self._words.begins(self._last) else self._length

    def _step(self, word: str, start: int, end: int) -> Iterator[Detection]:
        if end - start > LONGEST_WORD:
            yield from self._ended()
            self._last = ()
            return
        far = start - self._end > LONGEST_GAP
        if self._places:
            places = [] if far else self._words.following(self._places, word)
            if not places:
                yield from self._ended()
            self._places = places
        self._last = (word,) if far else (*self._last[1 - BEGIN :], word)
        if self._places:
            self._weight += _weight(word)
        else:
            self._places = self._words.places(self._last)
            self._start, self._weight = start, sum(map(_weight, self._last))
        self._end = end
        if self._places and self._end - self._start >= PIECE:
            yield from self._told()
            self._start = self._end

    def _ended(self) -> Iterator[Detection]:
        if self._places:
            yield from self._told()
        self._places, self._weight = [], 0.0

    def _told(self) -> Iterator[Detection]:
        if self._weight >= self._least and self._end > self._start:
            score = min(1.0, self._weight / (2 * self._least))
            yield Detection(self._name, PROMPT, self._start, self._end, score, {})


def _weight(word: str) -> float:
    return LETTER if len(word) == 1 and not word.isascii() else 1.0
