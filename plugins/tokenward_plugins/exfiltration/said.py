"""What was said in a request, to tell whether a URL of the answer carries some of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tokenward.types import RequestContext

WORD = re.compile(r"[^\W_]+")
URL = re.compile(r"(?:[a-z]+:)?//[^\s<>\"'`()\[\]]+")
ROW = 3
"""So many words in a row are no chance."""
RARE, RARE_WITH_DIGITS = 14, 8
"""Letters from which on a single word is none: names of keys, numbers, codes."""
MOST_WORDS = 100_000


class Said:
    """The words, rows of words and URLs of a request.

    >>> said = Said(RequestContext(question="My code is Ab12Cd34Ef, see https://a.example/x"))
    >>> said.holds("my-code-is"), said.holds("ab12cd34ef"), said.holds("what-is-it")
    (True, True, False)
    >>> said.knows("https://a.example/x")
    True
    """

    __slots__ = ("_rows", "_urls", "_words")

    def __init__(self, context: RequestContext) -> None:
        self._words: set[str] = set()
        self._rows: set[tuple[str, ...]] = set()
        self._urls: set[str] = set()
        for text in _texts(context):
            folded = text.casefold()
            self._urls.update(one.rstrip(".,;:!?") for one in URL.findall(folded))
            words = WORD.findall(URL.sub(" ", folded))[:MOST_WORDS]
            self._words.update(filter(_is_rare, words))
            self._rows.update(_rows(words))

    def holds(self, text: str) -> bool:
        """Tells whether a text has a rare word of the request, or some of its words in a row."""
        words = WORD.findall(text.casefold())
        return not self._words.isdisjoint(words) or not self._rows.isdisjoint(_rows(words))

    def knows(self, url: str) -> bool:
        """Tells whether a URL stands in the request as it is: it tells nothing but that."""
        return url.casefold() in self._urls


def _texts(context: RequestContext) -> Iterator[str]:
    yield context.question
    for texts in (context.system, context.documents, context.tools, context.earlier):
        yield from texts


def _rows(words: list[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[at:] for at in range(ROW)), strict=False)


def _is_rare(word: str) -> bool:
    return len(word) >= RARE or (len(word) >= RARE_WITH_DIGITS and not word.isalpha())
