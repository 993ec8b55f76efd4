"""The state of the detector over one text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tokenward.types import Detection
from tokenward_plugins.pii.characters import LOCAL, PATH_CLOSING, UNSPACED
from tokenward_plugins.pii.closing import State
from tokenward_plugins.pii.emails import EMAIL
from tokenward_plugins.pii.finder import Finder
from tokenward_plugins.pii.found import Found
from tokenward_plugins.pii.limits import CONTEXT, OPEN, PIECE
from tokenward_plugins.pii.openness import Openness
from tokenward_plugins.pii.parts import Next, step
from tokenward_plugins.pii.runs import Run, RunRules, whole
from tokenward_plugins.pii.urls import URL

OPENING = frozenset("+([{<\uff08\uff3b")
KEPT = CONTEXT + 8
TRIM = 512
LONG = "longer than its window"
GOES_ON = {
    True: re.compile(f"[^{PATH_CLOSING}]*"),
    False: re.compile(rf"(?:(?![{UNSPACED}])[{LOCAL}@]|(?<=[@{UNSPACED}])[{UNSPACED}])*+"),
}
WORD = re.compile(
    r"[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0391-\u03a1\u03a3-\u03ce\u0400-\u045f"
    r"'\u2019]*+\.?"
)
"""A word that is open, and nothing more than a word of calm text."""


class PiiScan:
    """Finds values in a text that arrives in pieces, and tells up to where it is settled.

    ``_text`` is the end of the text so far, from the words before what is open; ``_base`` its
    offset in the whole, ``_mark`` the settled offset in it.
    """

    __slots__ = (
        "_base", "_detector", "_finder", "_long", "_mark", "_openness", "_pos", "_quiet", "_rules",
        "_run", "_special", "_still", "_text",
    )  # fmt: skip

    def __init__(self, detector: str, openness: Openness, rules: RunRules, finder: Finder) -> None:
        self._detector = detector
        self._openness = openness
        self._quiet = openness.quiet
        self._special = openness.special
        self._rules = rules
        self._finder = finder
        self._text = ""
        self._base = 0
        self._mark = 0
        self._pos = 0  # up to where what begins at the mark is known to go
        self._still = True  # nothing from the mark on can be part of a value but a word
        self._run: Run | None = None
        self._long: Found | None = None

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters; returns what became certain, and the settled offset."""
        known = self._text + text
        self._text = known
        found: Sequence[Detection] = ()
        if self._run is not None or self._long is not None:
            found = self._advance(ended=False)
        elif self._quiet is not None:
            match = self._quiet(known, self._mark)
            start = match.start(1)  # type: ignore[union-attr]  # it matches anything
            if 0 <= start >= len(known) - OPEN:
                self._mark = start
            else:
                self._mark = self._pos = start if start >= 0 else match.end()  # type: ignore[union-attr]
                found = self._advance(ended=False, begun=True)
        elif self._still and self._special.search(known, len(known) - len(text)) is None:
            found = self._pass()
        else:
            found = self._advance(ended=False)
        settled = self._base + self._mark
        if self._mark > TRIM:
            self._trim()
        return found, settled

    def skip(self, length: int, tail: str) -> None:
        """Takes ``length`` characters of calm text, of whole words, that end with ``tail``."""
        end = self._base + len(self._text) + length
        self._text = (self._text + tail if len(tail) == length else tail)[-KEPT:]
        self._mark = len(self._text)
        self._base = end - self._mark

    @property
    def calm(self) -> bool:
        """Whether nothing is open but, possibly, the word that ends the text."""
        if self._run is not None or self._long is not None:
            return False
        text, mark = self._text, self._mark
        return mark == len(text) or WORD.fullmatch(text, mark) is not None

    def finish(self) -> Sequence[Detection]:
        """Returns what was still open, the text having ended."""
        found = self._advance(ended=True)
        self._mark = len(self._text)
        return found

    def _pass(self) -> list[Detection]:
        """Moves the mark over text without anything of interest, to what may be open."""
        end = len(self._text)
        self._mark = self._pos = self._openness.start(self._text, self._mark, end)
        return self._advance(ended=False, begun=True) if end - self._mark > OPEN else []

    def _advance(self, *, ended: bool, begun: bool = False) -> list[Detection]:
        """Closes what can be closed; ``begun`` says that something is at the mark."""
        out: list[Detection] = []
        while True:
            if self._long is not None and not self._continue_long(out, ended=ended):
                return out
            run = self._run
            if run is None:
                if not begun and not self._begin(ended=ended):
                    return out
                begun = False
                end = whole(self._text, self._mark, self._rules)
                if end >= 0:
                    out += self._found(self._mark, end)
                    continue
                run = self._run = Run(self._mark, self._pos, self._rules)
            state = run.advance(self._text, self._rules, ended=ended)
            if state is State.OPEN:
                self._mark = run.start
                return out
            if state is State.CLOSED:
                out += self._found(run.start, run.end, run.spelled)
                self._run = None
            else:
                self._decide_part(run, out)

    def _found(self, start: int, end: int, named: int = -1) -> list[Detection]:
        """Closes a run."""
        self._mark = end
        found = self._finder.find(self._text, start, end, named)
        return self._detections(found) if found else []

    def _begin(self, *, ended: bool) -> bool:
        """Moves the mark to what is not quiet, or to what is open; tells whether to look at it."""
        if self._quiet is None:
            return self._begin_at_trigger()
        match = self._quiet(self._text, self._mark)
        start, end = match.span(1)  # type: ignore[union-attr]  # it matches anything
        if start < 0:
            self._mark = match.end()  # type: ignore[union-attr]
        else:
            self._mark = start
            if start == end or not (ended or end - start > OPEN):
                return False
        self._pos = self._mark
        return True

    def _begin_at_trigger(self) -> bool:
        text, end = self._text, len(self._text)
        self._mark, at = self._openness.following(text, self._mark)
        self._still = at < 0 and OPENING.isdisjoint(text[-5:])
        if at >= 0 and (at < end - 1 or text[at] not in ".:"):
            self._pos = self._mark if text[at] == "@" else at
            return True
        self._pos = self._mark
        return end - self._mark > OPEN

    def _decide_part(self, run: Run, out: list[Detection]) -> None:
        """Decides what begins in the first part of a run that is longer than is waited for."""
        todo = step(self._text, run, self._rules)
        limit = run.limit
        if todo.next is Next.WAIT:
            run.limit = todo.at
            return
        found = self._finder.find(self._text, run.start, limit)
        long = self._finder.unfinished(self._text, limit, found) if run.in_path else None
        if todo.next is Next.REPORT:
            long = Found(EMAIL, todo.at, limit, 1.0, LONG)
        if long is not None and long.start <= todo.at:
            found = [one for one in found if one.start <= long.start and not one.within(long)]
            found.append(long)
            self._long, self._run, self._mark = long, None, limit
            self._pos = limit
        else:
            found = [one for one in found if one.start < todo.at]
            self._mark = max([todo.at, *(one.end for one in found)])
            self._run = Run(self._mark, max(run.pos, self._mark), self._rules)
            self._run.in_path = run.in_path
        out += self._detections(found)

    def _continue_long(self, out: list[Detection], *, ended: bool) -> bool:
        """Reports a value longer than its window piece by piece; tells whether it has ended."""
        assert self._long is not None
        pattern = GOES_ON[self._long.type == URL]
        while True:
            limit = self._mark + PIECE
            begin = max(self._pos, self._mark)
            end = pattern.match(self._text, begin, limit).end()  # type: ignore[union-attr]
            self._pos = end
            over = end == limit and len(self._text) > limit
            if end == len(self._text) and not ended:
                return False
            if end > self._mark:
                long = self._long
                piece = Found(long.type, self._mark, end, long.score, long.pattern)
                out += self._detections([piece])
                self._mark = end
            if not over:
                self._long = None
                return True

    def _detections(self, found: list[Found]) -> list[Detection]:
        return [
            Detection(
                self._detector,
                one.type,
                self._base + one.start,
                self._base + one.end,
                one.score,
                {"pattern": one.pattern, "context": one.context},
            )
            for one in found
        ]

    def _trim(self) -> None:
        by = self._mark - KEPT
        self._text = self._text[by:]
        self._base += by
        self._mark -= by
        self._pos -= by
        if self._run is not None:
            self._run.shift(by)
