"""The state of the detector over one text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tokenward.types import Detection
from tokenward_plugins.pii.characters import PATH_CLOSING
from tokenward_plugins.pii.finder import Finder
from tokenward_plugins.pii.found import Found
from tokenward_plugins.pii.limits import CONTEXT, LOCAL_PART, PIECE
from tokenward_plugins.pii.openness import TOKEN, Openness
from tokenward_plugins.pii.runs import Run, RunRules, State
from tokenward_plugins.pii.urls import URL

OPENING = frozenset("+([\uff08\uff3b")
KEPT = CONTEXT + 8
TRIM = 1024
GOES_ON = {
    True: re.compile(f"[^{PATH_CLOSING}]*"),
    False: re.compile(r"[\w.\-]*"),
}


class PiiScan:
    """Finds values in a text that arrives in pieces, and tells up to where it is settled.

    ``_text`` is the end of the text so far, from the words before what is open; ``_base`` its
    offset in the whole, ``_mark`` the settled offset in it. ``_quiet`` says that nothing in it
    from the mark on can be part of a value by itself: only a word is open, or nothing.
    """

    __slots__ = (
        "_base", "_detector", "_finder", "_long", "_mark", "_openness", "_quiet", "_rules", "_run",
        "_text",
    )  # fmt: skip

    def __init__(self, detector: str, openness: Openness, rules: RunRules, finder: Finder) -> None:
        self._detector = detector
        self._openness = openness
        self._rules = rules
        self._finder = finder
        self._text = ""
        self._base = 0
        self._mark = 0
        self._quiet = True
        self._run: Run | None = None
        self._long: Found | None = None

    def feed(self, text: str) -> tuple[Sequence[Detection], int]:
        """Takes the next characters; returns what became certain, and the settled offset."""
        before = len(self._text)
        self._text += text
        if self._quiet and self._openness.special.search(self._text, before) is None:
            self._pass(text, before)
            found: Sequence[Detection] = ()
        else:
            found = self._advance(ended=False)
        settled = self._base + self._mark
        if self._mark > TRIM:
            self._trim()
        return found, settled

    def finish(self) -> Sequence[Detection]:
        """Returns what was still open, the text having ended."""
        found = self._advance(ended=True)
        self._mark = len(self._text)
        return found

    def _pass(self, text: str, before: int) -> None:
        """Moves the mark over text without anything of interest, to the start of its last word."""
        end = len(self._text)
        if self._openness.addresses:
            word = TOKEN.match(text[::-1]).end()  # type: ignore[union-attr]
            start = self._mark if word == end - before else end - word
            self._mark = max(start, end - LOCAL_PART)
        else:
            self._mark = self._openness.start(self._text, self._mark, end, end)

    def _advance(self, *, ended: bool) -> list[Detection]:
        """Closes what can be closed."""
        out: list[Detection] = []
        while True:
            if self._long is not None and not self._continue_long(out, ended=ended):
                return out
            if self._run is None and not self._begin():
                return out
            run = self._run
            assert run is not None
            state = run.advance(self._text, self._rules, ended=ended)
            if state is State.OPEN:
                self._mark = run.start
                return out
            if state is State.CLOSED:
                out += self._detections(self._finder.find(self._text, run.start, run.end))
                self._mark, self._run = run.end, None
            else:
                self._decide_part(run, out)

    def _begin(self) -> bool:
        """Starts a run at the next trigger; without one, moves the mark to the last word."""
        trigger = self._openness.trigger.search(self._text, self._mark)
        end = len(self._text)
        at, seen = (trigger.start(), trigger.start() + 1) if trigger else (end, end)
        start = self._openness.start(self._text, self._mark, at, seen)
        sure = trigger is not None and (at < end - 1 or self._text[at] not in ".:")
        if sure:
            self._run = Run(start, at)
        self._mark = start
        self._quiet = trigger is None and not self._leads()
        return sure

    def _leads(self) -> bool:
        """Tells whether what may stand before a phone number ends the text."""
        return self._openness.phone and not OPENING.isdisjoint(self._text[-4:])

    def _decide_part(self, run: Run, out: list[Detection]) -> None:
        """Decides what begins in the first part of a run that is longer than its window."""
        limit, cut = run.limit(self._rules), run.cut(self._rules)
        found = [one for one in self._finder.find(self._text, run.start, limit) if one.start < cut]
        long = self._finder.unfinished(self._text, run, limit, found)
        if long is not None and long.start < cut:
            found = [one for one in found if one.start <= long.start and not one.within(long)]
            found.append(long)
            self._long, self._run, self._mark = long, None, limit
        else:
            self._mark = max([cut, *(one.end for one in found)])
            self._run = Run(self._mark, max(run.pos, self._mark), run.in_path)
        out += self._detections(found)

    def _continue_long(self, out: list[Detection], *, ended: bool) -> bool:
        """Reports a value longer than its window piece by piece; tells whether it has ended."""
        assert self._long is not None
        pattern = GOES_ON[self._long.type == URL]
        while True:
            limit = self._mark + PIECE
            end = pattern.match(self._text, self._mark, limit).end()  # type: ignore[union-attr]
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
        if self._run is not None:
            self._run.shift(by)
