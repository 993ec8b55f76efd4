"""Measures how many groups of four words came before, over the last words of a text."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator

LONGEST = 16
"""Letters after which a run of them is cut, so that an endless one has words too."""
# Han and kana have no spaces: there each character is a word
EAST_ASIAN = r"\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
WORD = re.compile(rf"[{EAST_ASIAN}]|(?:(?![{EAST_ASIAN}])\w){{1,{LONGEST}}}")
ALONE = re.compile(rf"[{EAST_ASIAN}]")
N = 4

Gram = tuple[str, ...]


class Repeats:
    """The last ``window`` groups of four words of one text.

    Marks do not count, digits do: rows of a table differ in their numbers. A word is complete at
    the character behind it; it is there that a share is told.

    >>> repeats = Repeats(window=8, share=0.5)
    >>> list(repeats.feed("one two three four five six seven eight nine ten eleven "))
    []
    >>> list(repeats.feed("do it now and do it now and do it now and so on. "))
    [(93, 0.5)]
    """

    __slots__ = ("_at", "_counts", "_distinct", "_grams", "_open", "_quiet", "_share", "_window",
                 "_words")  # fmt: skip

    def __init__(self, window: int, share: float) -> None:
        self._window = window
        self._share = share
        self._open = ""
        self._at = 0
        self._words: deque[str] = deque(maxlen=N)
        self._grams: deque[Gram] = deque()
        self._counts: Counter[Gram] = Counter()
        self._distinct = 0
        self._quiet = 0  # words until a share is told again

    def feed(self, text: str) -> Iterator[tuple[int, float]]:
        """Takes the next characters; yields where the share is too high, and what it is."""
        seen = self._open + text
        base = self._at - len(self._open)
        self._at += len(text)
        self._open = ""
        for found in WORD.finditer(seen):
            word, end = found[0], found.end()
            whole = len(word) == LONGEST or ALONE.match(word) is not None
            if end == len(seen) and not whole:
                self._open = word
                break
            share = self._take(word.casefold())
            if share is not None:
                yield base + (end - 1 if whole else end), share

    def _take(self, word: str) -> float | None:
        """Counts a word; returns the share, if it is too high and was not told just before."""
        self._words.append(word)
        if len(self._words) < N:
            return None
        gram = tuple(self._words)
        self._grams.append(gram)
        self._counts[gram] += 1
        self._distinct += self._counts[gram] == 1
        if len(self._grams) > self._window:
            self._drop(self._grams.popleft())
        self._quiet -= self._quiet > 0
        share = 1.0 - self._distinct / self._window
        if len(self._grams) < self._window or share < self._share or self._quiet:
            return None
        self._quiet = self._window // 2
        return share

    def _drop(self, gram: Gram) -> None:
        self._counts[gram] -= 1
        if not self._counts[gram]:
            del self._counts[gram]
            self._distinct -= 1
