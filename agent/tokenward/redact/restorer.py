"""Finds in an answer what a session has issued, wherever chunks cut it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tokenward.redact.issued import HEAD, Issued, Token
from tokenward.redact.placeholders import LONGEST, LOOKS_LIKE, MAY_BECOME

FILLER = "\ufffc"
"""Stands for each character of what was issued while detectors look at the text: no part of a word,
a number or a sentence's end, so that nothing is found in it, and offsets stay."""
CONTEXT = 8
"""Characters before a token that say whether it stands alone."""


MOST_WAITING = LONGEST + 2
"""The most characters that wait: a token, and what follows it."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A stretch of an answer: an issued token with its value, or ``None`` for a made-up one."""

    start: int
    end: int
    token: Token | None = field(repr=False)


class Restorer:
    """Takes an answer in chunks; what may still become a token waits, and nothing else.

    ``feed`` and ``finish`` return the text that is certain, in which tokens are filled over, and
    put the stretches into ``found`` in order, with offsets in the whole answer. With ``strict``
    what looks like a placeholder and was not issued is found, too.

    >>> token = Token("<CODE_x2x2x2x2>", "7", "CODE")
    >>> restorer = Restorer(Issued({token.text: token}))
    >>> restorer.feed("It is <CODE_x2"), len(restorer.feed("x2x2x2>.")), restorer.found[0].start
    ('It is ', 16, 6)
    """

    __slots__ = ("_before", "_issued", "_open", "_starts", "_strict", "found", "length")

    def __init__(self, issued: Issued, *, strict: bool = False) -> None:
        self.found: list[Restored] = []
        self.length = 0
        """Characters that were certain so far."""
        self._issued = issued
        self._strict = strict
        self._starts = issued.with_brackets if strict else issued.starts
        self._open = ""
        self._before = ""

    @property
    def waiting(self) -> int:
        """How many characters wait."""
        return len(self._open)

    def feed(self, text: str) -> str:
        """Takes the next characters; returns those that are certain now."""
        before = self._before
        if not self._open and self._starts.search(before + text, len(before)) is None:
            self._pass(text)
            return text
        return self._scan(text, last=False)

    def finish(self) -> str:
        """Returns the rest, the answer having ended."""
        return self._scan("", last=True) if self._open else ""

    def take(self) -> list[Restored]:
        """Returns what was found since the last time."""
        found, self.found = self.found, []
        return found

    def _pass(self, text: str) -> None:
        self.length += len(text)
        self._before = (self._before + text[-CONTEXT:])[-CONTEXT:]

    def _scan(self, text: str, *, last: bool) -> str:
        text = self._before + self._open + text
        begin = at = place = len(self._before)
        out: list[str] = []
        cut = len(text)
        while (start := self._starts.search(text, place)) is not None:
            place = start.start()
            length = self._look(text, place, self.length - begin, last=last)
            if length is None:
                cut = place
                break
            if length:
                out += (text[at:place], FILLER * length)
                at = place + length
            place += length or 1
        out.append(text[at:cut])
        self._open = text[cut:]
        self._pass(text[begin:cut])
        return "".join(out)

    def _look(self, text: str, place: int, offset: int, *, last: bool) -> int | None:
        """Returns the length of what stands at a place: 0 for nothing, ``None`` if it is open."""
        issued, rest = self._issued, len(text) - place
        if rest < HEAD or issued.has_head(text, place):
            if not last and rest < issued.longest and issued.begins(text[place:]):
                return None
            for token in issued.at(text, place):
                alone = token.stands_alone(text, place)
                if alone is None and not last:
                    return None
                if alone is not False:
                    return self._find(place + offset, len(token.text), token)
        if not self._strict or text[place] != "<":
            return 0
        made_up = LOOKS_LIKE.match(text, place)
        if made_up is not None:
            return self._find(place + offset, len(made_up[0]), None)
        return None if not last and rest < LONGEST and MAY_BECOME.match(text, place) else 0

    def _find(self, start: int, length: int, token: Token | None) -> int:
        self.found.append(Restored(start, start + length, token))
        return length
