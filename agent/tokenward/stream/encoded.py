"""Text within a text: what base 64 stands for, shown to a second scan of the same detector."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import a2b_base64
from collections.abc import Callable, Sequence

from tokenward.types import Detection, Scan

INSIDE = "inside"
"""In the evidence of a detection: the encoding of the word in which the value stands."""

GROUP, BYTES = 4, 3
"""So many characters of base 64 stand for so many bytes."""

ENOUGH = 16
"""Characters after which a word is taken for text in base 64; longer than any calm word."""
LEAST = 12
"""Of a shorter word, which must have a digit, a sign or an ``=`` behind it: it is not calm then."""

_ALPHABET = r"A-Za-z0-9+/_\-"
# the first two characters hold the first byte and half of the second: of ASCII, or of a longer
# character in UTF-8
_BEGINS = r"[CDI-Za-f](?:\Z|[A-HQ-Xg-nw-z0-3])|[w-z0-9](?:\Z|[I-LYZabo-r4-7])"
_GOES_ON = rf"[{_ALPHABET}]{{{LEAST - 2}}}|[{_ALPHABET}]*\Z"
WORD = re.compile(f"(?<![A-Za-z0-9])(?:{_BEGINS})(?:{_GOES_ON})")
"""Where a word begins that may be text and is long enough, or that ends the text so far."""
MORE = re.compile(f"[{_ALPHABET}]*")
NOT_A_LETTER = re.compile("[^A-Za-z]")
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""What no text has."""
PIECE = 64 * GROUP
"""Decoded at once."""
URL_SAFE = str.maketrans("-_", "+/")


def stretched(hold_back: int) -> int:
    """Returns the most characters that wait where so many of the text that is encoded do.

    >>> stretched(0), stretched(30)
    (16, 52)
    """
    return max(ENOUGH, (hold_back // BYTES + 2) * GROUP + GROUP)


def _decoded(word: str) -> bytes:
    return a2b_base64(word.translate(URL_SAFE) + "=" * (-len(word) % GROUP))


def _may_be_text(word: str) -> bool:
    """Tells whether a word begins as text does: its whole groups are UTF-8, and nothing controls.

    >>> [_may_be_text(word) for word in ("YW5uQGV4YW1w", "configuration", "YW5")]
    [True, False, True]
    """
    data = b64decode(word[: len(word) // GROUP * GROUP].translate(URL_SAFE))
    try:
        data.decode()
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            return False
    return CONTROL.search(data) is None


class _Run:
    """A word that is being decoded, whole groups at a time; each byte is a character."""

    __slots__ = ("_fed", "_scan", "_start", "settled")

    def __init__(self, scan: Scan, start: int) -> None:
        self._scan = scan
        self._start = start
        self._fed = 0
        self.settled = start

    def feed(self, groups: str, found: list[Detection]) -> int:
        """Takes more of the word; returns how many characters of it are text."""
        data = _decoded(groups)
        control = CONTROL.search(data)
        good = len(groups) if control is None else control.start() // BYTES * GROUP
        self._give(data[: good // GROUP * BYTES], found)
        return good

    def end(self, rest: str, found: list[Detection]) -> None:
        """Ends the word; what is left of it is less than a group."""
        data = _decoded(rest) if len(rest) > 1 else b""
        if CONTROL.search(data) is None:
            self._give(data, found)
        found += self._original(self._scan.finish())

    def _give(self, data: bytes, found: list[Detection]) -> None:
        if data:
            self._fed += len(data)
            some, settled = self._scan.feed(data.decode("latin-1"))
            self.settled = self._start + settled // BYTES * GROUP
            found += self._original(some)

    def _original(self, found: Sequence[Detection]) -> list[Detection]:
        """Returns detections with the offsets of the groups in which they stand."""
        end = self._start - (-self._fed * GROUP // BYTES)
        return [
            Detection(
                one.detector,
                one.type,
                self._start + one.start // BYTES * GROUP,
                min(self._start - (-one.end // BYTES) * GROUP, end),
                one.score,
                {**one.evidence, INSIDE: "base64"},
            )
            for one in found
        ]


class EncodedScan:
    """A scan, and a second one over each word that is text in base 64.

    ``scan`` looks at the text as it is, ``again`` opens a scan for a word. What is found in a word
    covers the groups of four characters that the value stands in. Decoding goes group by group as
    the word arrives: nothing waits but what the second scan has not settled.
    """

    __slots__ = ("_again", "_before", "_length", "_run", "_scan", "_word")

    def __init__(self, scan: Scan, again: Callable[[], Scan]) -> None:
        self._scan = scan
        self._again = again
        self._length = 0
        self._before = ""  # the character before what is open
        self._word = ""  # a word that is too short yet, or less than a group of the one decoded
        self._run: _Run | None = None

    @property
    def calm(self) -> bool:
        """Whether nothing is open but the last word."""
        return self._run is None and self._scan.calm  # type: ignore[attr-defined]

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Feeds the scan, and the second one with what a word stands for."""
        found, settled = self._scan.feed(text)
        self._length += len(text)
        if self._run is None:
            view = self._before + self._word + text
            if WORD.search(view, len(self._before)) is None:
                self._before, self._word = view[-1:], ""
                return found, settled
        more = self._look(text, ended=False)
        if self._run is not None:
            settled = min(settled, self._run.settled)
        elif self._word and _may_be_text(self._word):
            settled = min(settled, self._length - len(self._word))
        return ([*found, *more] if more else found), settled

    def finish(self) -> Sequence[Detection]:
        """Ends both."""
        if self._run is None and not self._word:
            return self._scan.finish()
        return [*self._scan.finish(), *self._look("", ended=True)]

    def skip(self, length: int, tail: str) -> None:
        """Tells the scan of calm text, in which no word is long enough."""
        self._scan.skip(length, tail)  # type: ignore[attr-defined]  # its detector promised
        self._length += length
        self._before, self._word = tail[-1:], ""

    def _look(self, text: str, *, ended: bool) -> list[Detection]:
        """Finds words in the next characters, and goes on with the one that is open."""
        view = self._before + self._word + text
        at, found = len(self._before), list[Detection]()
        while True:
            if self._run is not None:
                at, open_ = self._decode(self._run, view, at, found, ended=ended)
            else:
                at, open_ = self._begin(view, at, ended=ended)
            if open_:
                self._before, self._word = view[max(0, at - 1) : at], view[at:]
                return found

    def _decode(
        self, run: _Run, view: str, at: int, found: list[Detection], *, ended: bool
    ) -> tuple[int, bool]:
        """Decodes more of a word; returns where it is now, and whether that waits for more."""
        end = MORE.match(view, at, at + PIECE).end()  # type: ignore[union-attr]  # it always matches
        full = end == at + PIECE
        whole = at + (end - at) // GROUP * GROUP
        at += run.feed(view[at:whole], found)
        if at == whole and full:
            return at, False
        if at == whole and end == len(view) and not ended:
            return at, True
        run.end(view[at:end] if at == whole else "", found)
        self._run = None
        return (end if at == whole else at), False

    def _begin(self, view: str, at: int, *, ended: bool) -> tuple[int, bool]:
        """Looks for a word to decode; returns where it is, and whether it waits for more."""
        while (word := WORD.search(view, at)) is not None:
            start = word.start()
            end = MORE.match(view, start, start + ENOUGH).end()  # type: ignore[union-attr]
            if end == len(view) and end - start < ENOUGH and not ended:
                return start, True
            if _is_encoded(view[start:end], view[end : end + 1]):
                self._run = _Run(self._again(), self._length - len(view) + start)
                return start, False
            at = start + 1
        return len(view), True


def _is_encoded(word: str, behind: str) -> bool:
    """Tells whether a word is text in base 64, by its first characters and the one behind it."""
    if len(word) < LEAST or len(word) % GROUP == 1 or not _may_be_text(word):
        return False
    return len(word) == ENOUGH or behind == "=" or NOT_A_LETTER.search(word) is not None
