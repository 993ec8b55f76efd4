"""Parts a text into prose and fenced code as it arrives (CommonMark 4.5), by the piece."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

LONGEST = 200
"""Characters of a fence line; a longer line is none."""

BEGUN = re.compile(r" {0,3}(?:`{3,}[^`\n]*|~{3,}[^\n]*|`{1,2}|~{1,2})?")
OPENS = re.compile(r" {0,3}(?:(`{3,})([^`\n]*)|(~{3,})([^\n]*))\n?")
CLOSING = {
    "`": (re.compile(r" {0,3}`*[ \t\r]*"), re.compile(r" {0,3}(`{3,})[ \t\r]*\n?")),
    "~": (re.compile(r" {0,3}~*[ \t\r]*"), re.compile(r" {0,3}(~{3,})[ \t\r]*\n?")),
}

Kind = Literal["prose", "open", "code", "close"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a line, or a whole fence line; ``info`` says what the code is."""

    kind: Kind
    start: int
    text: str
    info: str


class Fences:
    r"""The line that is open at the end of one text so far.

    >>> fences = Fences()
    >>> [(one.kind, one.text, one.info) for one in fences.feed("a\n``")]
    [('prose', 'a', ''), ('prose', '\n', '')]
    >>> [(one.kind, one.text, one.info) for one in fences.feed("`py\nx = 1")]
    [('open', '```py\n', 'py'), ('code', 'x', 'py'), ('code', ' = 1', 'py')]
    """

    __slots__ = ("_at", "_decided", "_fence", "_info", "_line")

    def __init__(self) -> None:
        self._at = 0
        self._line = ""  # the beginning of a line that may be a fence
        self._decided = False
        self._fence = ""
        self._info = ""

    @property
    def settled(self) -> int:
        """The offset before which every piece has been given out."""
        return self._at - len(self._line)

    def feed(self, text: str) -> Iterator[Piece]:
        """Takes the next characters; yields the pieces that are certain."""
        at = 0
        while at < len(text):
            if self._decided:
                end = text.find("\n", at) + 1
                self._decided = not end
                end = end or len(text)
                self._at += end - at
                yield self._piece(text[at:end])
                at = end
            else:
                self._line += text[at]
                self._at += 1
                at += 1
                yield from self._judge()

    def finish(self) -> Iterator[Piece]:
        """Yields the last line, if it was held."""
        if self._line:
            yield self._whole()

    def _judge(self) -> Iterator[Piece]:
        line = self._line
        if line.endswith("\n"):
            yield self._whole()
        elif len(line) > LONGEST or not self._may_be_fence(line):
            self._line = ""
            self._decided = True
            yield self._piece(line)

    def _may_be_fence(self, line: str) -> bool:
        pattern = CLOSING[self._fence[0]][0] if self._fence else BEGUN
        return pattern.fullmatch(line) is not None

    def _whole(self) -> Piece:
        """Returns a line that is complete: a fence, or not."""
        line, self._line = self._line, ""
        if not self._fence:
            found = OPENS.fullmatch(line)
            if found is None:
                return self._piece(line)
            self._fence = found[1] or found[3]
            words = (found[2] or found[4] or "").split()
            self._info = words[0].strip("{}.").lower() if words else ""
            return Piece("open", self._at - len(line), line, self._info)
        found = CLOSING[self._fence[0]][1].fullmatch(line)
        if found is None or len(found[1]) < len(self._fence):
            return self._piece(line)
        piece = Piece("close", self._at - len(line), line, self._info)
        self._fence = self._info = ""
        return piece

    def _piece(self, text: str) -> Piece:
        kind: Kind = "code" if self._fence else "prose"
        return Piece(kind, self._at - len(text), text, self._info)
