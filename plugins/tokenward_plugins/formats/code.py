"""The ``code`` detector: the lines of fenced blocks, with their language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tokenward.types import Detection, ScanContext
from tokenward_plugins.formats.fences import LONGEST, Fences, Piece
from tokenward_plugins.formats.guess import Guess, is_code, may_be_code, named
from tokenward_plugins.formats.settings import LANGUAGES, CodeSettings

CODE = "code"
TYPES = LANGUAGES | {CODE}
FENCES = ("```", "~~~")
"""What every fence begins with."""
LONGEST_LINE = 400
"""Characters after which a line of code is given out, and goes on in another detection."""


class CodeDetector:
    """Finds each line of a fenced block, the fences too.

    A block without a name of its language is guessed at from its lines up to there.
    """

    types = TYPES
    hold_back = LONGEST + LONGEST_LINE + 1

    def __init__(self, settings: CodeSettings) -> None:
        del settings

    def open(self, context: ScanContext) -> CodeScan:
        """Starts a text."""
        return CodeScan(context)


class CodeScan:
    """The open line of one text."""

    __slots__ = ("_fences", "_guess", "_language", "_line", "_name", "_start", "_types")

    def __init__(self, context: ScanContext) -> None:
        self._name = context.detector
        self._types = context.types
        self._fences = Fences()
        self._guess = Guess()
        self._language: str | None = None
        self._line = ""
        self._start = 0

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters."""
        found = [one for piece in self._fences.feed(text) for one in self._take(piece)]
        return found, self._fences.settled - len(self._line)

    def finish(self) -> Sequence[Detection]:
        """Returns the last line."""
        found = [one for piece in self._fences.finish() for one in self._take(piece)]
        return [*found, *self._give(guess=True)]

    def _take(self, piece: Piece) -> Iterator[Detection]:
        if piece.kind == "prose":
            return
        if piece.kind == "open":
            self._guess, self._language = Guess(), named(piece.info)
        at = 0
        while at < len(piece.text):
            if not self._line:
                self._start = piece.start + at
            room = LONGEST_LINE - len(self._line)
            self._line += piece.text[at : at + room]
            at += room
            if self._line.endswith("\n") or len(self._line) == LONGEST_LINE:
                yield from self._give(guess=piece.kind == "code")
        if piece.kind == "close":
            yield from self._give(guess=False)

    def _give(self, *, guess: bool) -> Iterator[Detection]:
        line, self._line = self._line, ""
        if not line:
            return
        if guess and self._language is None:
            self._guess.take(line.rstrip("\n"))
        language = self._language or self._guess.language
        for type_ in (CODE, language):
            if type_ in self._types and type_ is not None:
                yield Detection(self._name, type_, self._start, self._start + len(line), 1.0)


def code_share(text: str) -> float:
    r"""Returns the share of a text's lines, by their characters, that are code or look like it.

    >>> round(code_share("Try this:\n```py\nx = 1\n```\n"), 2), code_share("No code here.")
    (0.59, 0.0)
    """
    backticks, tildes = FENCES
    if backticks not in text and tildes not in text:
        if not may_be_code(text):
            return 0.0
        sizes = [(len(line.strip()), line) for line in text.split("\n")]
        total = sum([size for size, _ in sizes])
        code = sum([size for size, line in sizes if size and is_code(line)])
        return code / total if total else 0.0
    return _fenced_share(text)


def _fenced_share(text: str) -> float:
    fences = Fences()
    code = total = 0
    line = ""
    for piece in (*fences.feed(text + "\n"), *fences.finish()):
        line += piece.text
        if not piece.text.endswith("\n"):
            continue
        size = len(line.strip())
        total += size
        if piece.kind != "prose" or is_code(line.rstrip("\n")):
            code += size
        line = ""
    return code / total if total else 0.0
