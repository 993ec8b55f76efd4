"""Cuts a text into sentences as it arrives; the same sentences come out of any chunking."""

from __future__ import annotations

import re

MAX_SENTENCE = 400
"""Characters after which a sentence without an end is cut, at white space if there is some."""

MAX_CONTEXT = 300
"""Characters of whole earlier sentences that a window shows before its sentence."""

CLOSERS = "\"'”’»)\\]}」』）】"  # noqa: RUF001  # these very characters close quotations
# possessive: the run of closers must not shrink because the next character is not there yet
END = re.compile(
    rf"[.!?…]++[{CLOSERS}]*+(?=\s)|[。！？｡؟।॥។။።]++[{CLOSERS}]*+(?=[\s\S])|\n",  # noqa: RUF001
)
MAY_END = re.compile(r"[.!?…。！？｡؟।॥។။።\n]")  # noqa: RUF001


class Segmenter:
    """The open sentence of one text; memory is bounded by ``MAX_SENTENCE`` and ``MAX_CONTEXT``.

    >>> segmenter = Segmenter()
    >>> segmenter.feed("One. Tw"), segmenter.feed("o? Three"), segmenter.finish()
    ([(0, 'One.')], [(4, ' Two?')], [(9, ' Three')])
    """

    __slots__ = ("_may_end", "_open", "start")

    def __init__(self) -> None:
        self.start = 0
        """Offset of the open sentence."""
        self._open = ""
        self._may_end = False

    def feed(self, text: str) -> list[tuple[int, str]]:
        """Returns the sentences that are complete now, each with its offset."""
        self._may_end = self._may_end or MAY_END.search(text) is not None
        if not self._may_end and len(self._open) + len(text) <= MAX_SENTENCE:
            self._open += text
            return []
        return self._cut(self._open + text)

    def _cut(self, text: str) -> list[tuple[int, str]]:
        sentences: list[tuple[int, str]] = []
        at = 0
        while True:
            limit = at + MAX_SENTENCE
            # one character more than the limit, for the look-ahead
            found = END.search(text, at, limit + 1)
            if found is not None and found.end() <= limit:
                end = found.end()
            elif len(text) > limit:
                end = _last_space(text, at + MAX_SENTENCE // 2, limit)
            else:
                break
            sentences.append((self.start + at, text[at:end]))
            at = end
        self._open = text[at:]
        self._may_end = MAY_END.search(self._open) is not None
        self.start += at
        return sentences

    def finish(self) -> list[tuple[int, str]]:
        """Returns the last sentence, the text having ended."""
        last = [(self.start, self._open)] if self._open else []
        self.start += len(self._open)
        self._open = ""
        return last


def _last_space(text: str, low: int, high: int) -> int:
    for at in range(high - 1, low, -1):
        if text[at].isspace():
            return at
    return high


class Context:
    """The last whole sentences of a text, for classifiers that look at windows."""

    __slots__ = ("_sentences",)

    def __init__(self) -> None:
        self._sentences: list[str] = []

    def window(self, sentence: str) -> str:
        """Returns the sentence with what came before it, and remembers it."""
        window = "".join(self._sentences) + sentence
        self._sentences.append(sentence)
        room = MAX_CONTEXT - sum(map(len, self._sentences))
        while self._sentences and room < 0:
            room += len(self._sentences.pop(0))
        return window
