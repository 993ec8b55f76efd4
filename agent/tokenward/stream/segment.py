"""Cuts a text into sentences as it arrives; the same sentences come out of any chunking."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Sequence

from tokenward.stream.endings import LOOK, MARKS, OF_SPACE_SCRIPT, judge
from tokenward.stream.marks import LINE_BREAKS, SPACE_SCRIPTS, SPACED, UNSPACED, characters

MAX_SENTENCE = 400
"""Characters after which a sentence without an end is cut, at white space if there is some."""

MAX_OPEN = MAX_SENTENCE + LOOK
"""The most characters that an unfinished sentence can have."""

LEAST_OF_CODE = 80
"""Characters from which on the end of a line of code ends a unit; shorter lines stay together."""

MAX_CONTEXT = 300
"""Characters of whole earlier sentences that a window shows before its sentence."""

SPACE = re.compile(r"\s*")
FENCES = ("```", "~~~")
FENCE = re.compile(r"(`{3,})[^`]*|(~{3,}).*", re.DOTALL)
CLAUSES = frozenset("，、；：,;:،؛")  # noqa: RUF001  # where text without white space can be cut
JOINER = "\u200d"
LINES = re.compile(rf"[{LINE_BREAKS}]")
# characters without which a chunk ends nothing: in code, in prose, and in Thai or Lao, of which
# the letters need be looked for only once
BREAKS = frozenset(LINE_BREAKS)
MARKED = characters(SPACED + UNSPACED + LINE_BREAKS)
PLAIN = MARKED | characters(SPACE_SCRIPTS)
WITH_SPACES = MARKED | {" ", "\xa0"}

Sentences = Sequence[tuple[int, str]]
NONE: Sentences = ()


class Segmenter:
    """The open sentence of one text; memory is bounded by ``MAX_SENTENCE``.

    Sentences end at the marks of any script, at line breaks, and at the maximum; between code
    fences at line breaks only. White space around a sentence is no part of it.

    >>> segmenter = Segmenter()
    >>> [*segmenter.feed("One. Tw"), *segmenter.feed("o? Three"), *segmenter.finish()]
    [(0, 'One.'), (5, 'Two?'), (10, 'Three')]
    """

    __slots__ = ("_fence", "_fresh", "_line", "_marks", "_open", "_seen", "_waits", "start")

    def __init__(self) -> None:
        self.start = 0
        """Offset of the open sentence: all white space before it is over."""
        self._open = ""
        self._seen = 0  # how much of the open sentence holds no end
        self._waits = False  # whether a mark at ``_seen`` is to be judged when more is there
        self._fresh = True  # whether the open sentence begins a line
        self._line = 0  # where the open line of code begins
        self._fence: str | None = None  # what opened the code that the text is in
        # a chunk without any of these ends nothing
        self._marks = PLAIN

    def feed(self, text: str) -> Sentences:
        """Returns the sentences that are complete now, each with its offset."""
        known = self._open
        if (
            known
            and not self._waits
            and len(known) + len(text) <= MAX_SENTENCE
            and self._marks.isdisjoint(text)
        ):
            self._open = known + text
            return NONE
        return self._cut(known + text, last=False)

    def finish(self) -> Sentences:
        """Returns the last sentences, the text having ended."""
        return self._cut(self._open, last=True)

    def _cut(self, text: str, *, last: bool) -> Sentences:
        sentences: list[tuple[int, str]] = []
        at = 0 if self._open else self._begin(text, 0)
        while at < len(text):
            end = self._end(text, at, last=last)
            if end is None:
                break
            sentences.append((self.start + at, text[at:end].rstrip()))
            self._fresh = False
            self._waits = False
            self._seen = self._line = 0
            self._marks = PLAIN
            at = self._begin(text, end)
        self._open = text[at:]
        self.start += at
        return sentences

    def _begin(self, text: str, at: int) -> int:
        """Returns where the next sentence begins, behind the white space."""
        found = SPACE.match(text, at)
        begin = found.end() if found else at
        if not self._fresh and begin > at:
            self._fresh = LINES.search(text, at, begin) is not None
        return begin

    def _end(self, text: str, begin: int, *, last: bool) -> int | None:
        """Returns where the sentence ends, ``None`` where that is not known yet."""
        limit = begin + MAX_SENTENCE
        stop = min(len(text), limit + LOOK)
        full = stop == limit + LOOK
        opens = self._fence is None and self._fresh and text.startswith(FENCES, begin)
        marks = LINES if opens or self._fence else MARKS
        at = begin + self._seen
        while (found := marks.search(text, at, stop)) is not None and found.start() <= limit:
            mark = found.start()
            if found[0] in LINE_BREAKS:
                end, at = mark, mark + 1
                ends: bool | None = self._ends_line(text, begin, mark, opens=opens)
            else:
                ends, end = judge(text, begin, mark, stop, fresh=self._fresh, last=last)
                at = end
            if ends and end <= limit:
                return end
            if ends is None:
                if full:
                    break  # what is to be seen lies too far behind the limit
                self._wait(text, begin, mark, opens=opens, judges=True)
                return None
        if full or (last and len(text) > limit):
            return self._force(text, begin, limit, opens=opens)
        if last:
            return len(text)
        self._wait(text, begin, stop, opens=opens, judges=False)
        return None

    def _ends_line(self, text: str, begin: int, mark: int, *, opens: bool) -> bool:
        """Tells whether a line break ends the sentence, or the unit of code."""
        if self._fence is None:
            if opens:
                self._open_fence(text[begin:mark])
            return True
        line = text[begin + self._line : mark].strip()
        begun = self._line > 0 or self._fresh
        self._line = mark + 1 - begin
        if text[mark] == "\n" and text[mark - 1] == "\r":
            return False
        if begun and len(line) >= len(self._fence) and not line.strip(self._fence[0]):
            self._fence = None
            return True
        return not line or mark - begin >= LEAST_OF_CODE

    def _open_fence(self, line: str) -> None:
        found = FENCE.fullmatch(line)
        self._fence = found and (found[1] or found[2])

    def _wait(self, text: str, begin: int, at: int, *, opens: bool, judges: bool) -> None:
        """Notes that there is no end before ``at``, and what can bring one."""
        if opens or self._fence:
            self._marks = BREAKS
        elif self._marks is PLAIN and OF_SPACE_SCRIPT.search(text, begin + self._seen):
            self._marks = WITH_SPACES
        self._seen = at - begin
        self._waits = judges

    def _force(self, text: str, begin: int, limit: int, *, opens: bool) -> int:
        """Returns where a sentence that is too long is cut."""
        middle = begin + MAX_SENTENCE // 2
        at = _last(text, middle, limit)
        if opens:
            self._open_fence(text[begin:at])
        return at


def _last(text: str, low: int, high: int) -> int:
    """Returns the last place up to ``high`` where text can be cut, best at white space."""
    for at in range(high, low, -1):
        if text[at].isspace():
            return at
    for at in range(high, low, -1):
        if text[at - 1] in CLAUSES:
            return at
    for at in range(high, low, -1):
        if not _is_joined(text[at - 1], text[at]):
            return at
    return high


def _is_joined(before: str, character: str) -> bool:
    """Tells whether a character is drawn together with the one before it."""
    category = unicodedata.category(character)
    return (
        category.startswith("M")
        or category == "Cf"
        or before == JOINER
        or "\udc00" <= character <= "\udfff"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


class Context:
    """The last whole sentences of a text, for classifiers that look at windows."""

    __slots__ = ("_sentences", "_size")

    def __init__(self) -> None:
        self._sentences: deque[str] = deque()
        self._size = 0

    def window(self, sentence: str) -> str:
        """Returns the sentence with what came before it, and remembers it."""
        window = " ".join([*self._sentences, sentence])
        self._sentences.append(sentence)
        self._size += len(sentence) + 1
        while self._size > MAX_CONTEXT:
            self._size -= len(self._sentences.popleft()) + 1
        return window
