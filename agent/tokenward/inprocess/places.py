"""Which tokens the characters of a text came from."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tokenward.types import Detection

BYTE_TOKEN = re.compile(r"<0x([0-9A-Fa-f]{2})>")
"""The name of a token that stands for one byte, in vocabularies with byte fallback."""

ByteOf = Callable[[int], int | None]
"""Returns the byte that a token stands for where characters are made of such tokens."""


@dataclass(frozen=True, slots=True)
class Place:
    """A detection, and the tokens that its characters came from: ``[start, end)`` of all.

    A token that brought only a part of a character is one of them, and so is a special token, which
    brings no text, between two others.
    """

    detection: Detection
    start: int
    end: int


class Ends(NamedTuple):
    """The text's length after each token, and whether the token left no character open."""

    lengths: Sequence[int]
    whole: Sequence[bool]

    def kept(self, offset: int) -> int:
        """Returns how many tokens can stay where the text is cut at an offset.

        Of several that end at the same character, it is the last one that leaves no character open:
        so special tokens stay, and the first bytes of a dropped character do not.
        """
        kept = bisect_right(self.lengths, offset)
        end = self.lengths[kept - 1] if kept else 0
        first = bisect_left(self.lengths, end) + 1 if end else 0
        while kept > first and not self.whole[kept - 1]:
            kept -= 1
        return kept

    def pieces(self, text: str) -> tuple[str, ...]:
        """Returns the characters of a text that end with each token.

        >>> Ends([1, 1, 3], [True, False, True]).pieces("abc")
        ('a', '', 'bc')
        """
        starts = (0, *self.lengths)  # one more than there are tokens, of which there may be none
        return tuple(text[start:end] for start, end in zip(starts, self.lengths, strict=False))

    def place(self, found: Detection) -> Place:
        """Returns the tokens that the characters of a detection came from.

        >>> Ends([1, 1, 2, 4], [True, False, True, True]).place(Detection("d", "t", 1, 3, 1.0)).end
        4
        """
        last = bisect_left(self.lengths, found.end)
        return Place(found, self.kept(found.start), min(last + 1, len(self.lengths)))


@dataclass(slots=True)
class _Run:
    """Tokens of one byte each that are decoded together, and where they stand."""

    at: list[int] = field(default_factory=list)
    data: bytearray = field(default_factory=bytearray)

    def lengths(self) -> tuple[str, list[int]]:
        """Returns their text, and how much of it is there after each of them.

        One bad byte spoils a whole run: then each byte is a replacement character.
        """
        try:
            text = self.data.decode()
        except UnicodeDecodeError:
            return "\ufffd" * len(self.data), list(range(1, len(self.data) + 1))
        counts, count = [], 0
        for end in range(1, len(self.data) + 1):
            # a byte that does not go on with a character comes after a whole one
            done = end == len(self.data) or self.data[end] & 0xC0 != 0x80  # noqa: PLR2004
            count += done
            counts.append(count)
        return text, counts


def origins(
    tokens: Sequence[int], pieces: Sequence[str], whole: Sequence[bool], byte_of: ByteOf
) -> Ends:
    """Returns where the text of each token ends, tokens of one byte told apart.

    A row's pieces come when they are certain: the characters of a run of byte tokens with the token
    behind the run. Here they end where their own last byte is.

    >>> bytes_ = {1: 0xC3, 2: 0xA9}
    >>> origins([1, 2, 3], ["", "", "é a"], [False, False, True], bytes_.get)
    Ends(lengths=[0, 1, 3], whole=[False, True, True])
    """
    lengths: list[int] = []
    closed = list(whole)
    run, length = _Run(), 0
    for at, (token, piece) in enumerate(zip(tokens, pieces, strict=True)):
        byte = byte_of(token)
        if byte is not None:
            run.at.append(at)
            run.data.append(byte)
        lengths.append(length + len(piece))
        if piece and run.at:
            _spread(run, piece, length, lengths, closed)
            run = _Run()
        length += len(piece)
    return Ends(lengths, closed)


def _spread(run: _Run, piece: str, base: int, lengths: list[int], whole: list[bool]) -> None:
    text, counts = run.lengths()
    if not piece.startswith(text):  # a space was cut off the text's beginning
        return
    before = 0
    for number, (at, count) in enumerate(zip(run.at, counts, strict=True)):
        until = run.at[number + 1] if number + 1 < len(run.at) else len(lengths) - 1
        for place in range(at, max(until, at + 1)):  # special tokens between them, too
            lengths[place] = base + count
            whole[place] = count > before
        before = count


def byte_of(name: str) -> int | None:
    """Returns the byte that a token stands for, by its name.

    >>> byte_of("<0xE4>"), byte_of("the")
    (228, None)
    """
    found = BYTE_TOKEN.fullmatch(name)
    return int(found[1], 16) if found else None
