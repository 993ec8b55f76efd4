"""Finds keys that have a form of their own."""

from __future__ import annotations

import re
from typing import NamedTuple

from tokenward_plugins.secrets.runs import SHORTEST, Runs
from tokenward_plugins.secrets.tokenplan import (
    LOOK,
    SHORTEST_HEAD,
    Candidates,
    Compiled,
    TokenPlan,
)
from tokenward_plugins.secrets.window import Add, Window

INSIDE = re.compile(r"[-_](?=\w)", re.ASCII)
"""A run that begins after one of these belongs to a longer one: each is followed only once."""
MARK_REACH = 8
"""Characters of a mark, and more."""
ESCAPE = 3
"""Characters of an escape before a prefix."""


class TokenFinder:
    """The state of one search: where it stands, and the key that is open there, if one is.

    ``at`` is where to look on. ``waiting`` are the formats that may begin there, and ``checked`` is
    how far they are known to go on; ``row`` is the format once only one without a greatest length
    is left, ``since`` where its part not yet reported begins and ``part`` how many were. ``due``
    says that a mark may stand where the text ends, ``runs`` are those of the text in view, while
    one step looks at them. ``open`` says that a key may be open, apart from a run that is too short
    for one so far, and ``until`` up to where letters and digits only go on with it.
    """

    __slots__ = (
        "at", "checked", "due", "open", "part", "piece", "plan", "row", "runs", "score", "since",
        "until", "waiting",
    )  # fmt: skip

    def __init__(self, plan: TokenPlan, piece: int) -> None:
        self.plan = plan
        self.piece = piece
        self.at = 0
        self.checked = 0
        self.waiting: Candidates | None = None
        self.row: Compiled | None = None
        self.due = self.open = False
        self.until = 0
        self.runs: Runs | None = None
        self.score = 0.0
        self.since = 0
        self.part = 0

    def step(self, window: Window, add: Add, *, final: bool) -> int:
        """Looks at what is new; returns where the first thing that is still open starts."""
        self.due = False
        while True:
            if self.row is not None:
                if not self._follow(self.row, window, add, final=final):
                    hold, self.until = self.since, self.since + self.piece
                    break
            elif self.waiting is not None:
                if not self._decide(self.waiting, window, add, final=final):
                    hold, self.until = self.at, self.at + self.waiting.look
                    break
            elif not self._next(window, final=final):
                hold, self.until = self.at, 0
                break
        self.runs = None
        self.open = self.due or self.row is not None or self.waiting is not None
        return hold

    def _next(self, window: Window, *, final: bool) -> bool:
        """Looks for the next place where a key may begin; false if there is none so far."""
        text, at = window.text, self.at - window.base
        if self.runs is None:
            self.runs = Runs(text, at)
        found = self._in_runs(self.runs, text, at, final=final)
        until = found.start + MARK_REACH if found.candidates else len(text)
        if self.plan.marked.search(text, at, until):
            marked = self._marked(text, at, found, open_end=not (final or found.candidates))
            found = marked or found
        self.at = self.checked = found.start + window.base
        self.waiting = found.candidates
        return self.waiting is not None

    def _in_runs(self, runs: Runs, text: str, at: int, *, final: bool) -> Place:
        """Returns the first place in a long run where a key may begin, or where to look on."""
        while run := runs.next(at):
            start, stop = run
            closed = final or stop < len(text)
            head = begin(text, start)
            begins = at <= head and (stop - start >= SHORTEST_HEAD or not closed)
            first = self._begins(text, head) if begins else None
            place = self._prefix(text, max(start, at), stop, closed=closed)
            if first and place and place.start == head:
                if not place.candidates:
                    return place  # more text may tell that a prefix begins here, too
                rows = tuple(dict.fromkeys((*first.rows, *place.candidates.rows)))
                return Place(head, self.plan.together(rows))
            if first and not (place and place.start < head):
                return Place(head, first)
            if place:
                return place
            at = stop
        return Place(len(text) if final else max(at, runs.last()), None)

    def _begins(self, text: str, start: int) -> Candidates | None:
        """Returns the formats without a prefix that may begin with the run that begins here."""
        if not self.plan.hint.match(text, start):
            return None
        rows = tuple([row for row in self.plan.heads if row.hint and row.hint.match(text, start)])
        return self.plan.together(rows)

    def _prefix(self, text: str, at: int, stop: int, *, closed: bool) -> Place | None:
        """Returns where the first prefix in a run begins, or may begin at its end."""
        search = self.plan.gate.search
        match = search(text, at - ESCAPE if at > ESCAPE else 0, stop)
        while match:
            waiting = self.plan.by_prefix.get(match[1])
            if (waiting or not closed) and match.start(1) >= at:
                return Place(match.start(1), waiting)
            match = search(text, match.start(1), stop)  # one that the run's end cuts off is none
        return None

    def _marked(self, text: str, at: int, before: Place, *, open_end: bool) -> Place | None:
        """Returns where a key begins, or may begin, that has its mark inside, if it is first."""
        first: Place | None = None
        until = before.start + MARK_REACH if before.candidates else len(text)
        for mark in self.plan.marks:
            found = text.find(mark.literal, at, until)
            while found >= 0:
                start = mark.start(text, at, found)
                if start >= 0 and (start < before.start or not before.candidates):
                    first, until = Place(start, mark.candidates), found
                    break
                found = text.find(mark.literal, found + 1, until)
        if first is None and open_end and text.endswith(self.plan.cut_marks):
            return self._cut_mark(text, at)
        return first

    def _cut_mark(self, text: str, at: int) -> Place | None:
        """Returns where a key may begin whose mark the text's end cuts off."""
        starts = [
            start
            for mark in self.plan.marks
            for size in range(1, len(mark.literal))
            if text.endswith(mark.literal[:size])
            and (start := mark.start(text, at, len(text) - size)) >= 0
        ]
        self.due = bool(starts)
        return Place(min(starts), None) if starts else None

    def _decide(self, waiting: Candidates, window: Window, add: Add, *, final: bool) -> bool:
        """Decides what begins where the search stands; false where more text is needed."""
        text, base, first = window.text, window.base, self.at - window.base
        enough = final or len(text) >= first + waiting.look
        if not enough and not waiting.close.search(text, max(self.checked - base, first)):
            self.checked = window.end
            return False
        found = _best(waiting.rows, text, first)
        self.waiting = None
        if found:
            add(found.type, found.start + base, found.end + base, found.score, 0)
            self.at = found.end + base
            return True
        self.row, self.score = _running(waiting.rows, text, first)
        self.since, self.checked, self.part = self.at, self.at, 0
        self.at += 0 if self.row else 1
        return True

    def _follow(self, row: Compiled, window: Window, add: Add, *, final: bool) -> bool:
        """Follows a run to its end, and reports what is longer than a piece in pieces."""
        assert row.stop
        edge = self.since + self.piece
        begin = max(self.checked, self.since) - window.base
        stop = row.stop.search(window.text, begin, edge - window.base)
        self.checked = min(edge, window.end)
        if stop is None and window.end >= edge:
            add(row.format.type, self.since, edge, self.score, self.part)
            self.since = edge
            self.part += 1
            return True
        if stop is None and not final:
            return False
        self._close(row, window, add, stop.start() + window.base if stop else window.end)
        return True

    def _close(self, row: Compiled, window: Window, add: Add, stop: int) -> None:
        score = self.score
        if not self.part:
            match = row.match(window.text, self.at - window.base)
            score = row.format.check(match[0]) if match and len(match[0]) >= SHORTEST else 0.0
            stop = match.end() + window.base if match and score > 0 else self.at
        if stop > self.since:
            add(row.format.type, self.since, stop, score, self.part)
        self.at = self.checked = max(stop, self.at + 1)
        self.row = None


def begin(text: str, start: int) -> int:
    r"""Returns where a key begins in a run: at its start, or behind an escape.

    >>> begin(r"\nkey", 1), begin("%20key", 0), begin("key", 0)
    (2, 3, 0)
    """
    if text[start] == "%":
        return start + 3
    return start + 1 if text[start] in "nrt" and text[start - 1 : start] == "\\" else start


class Place(NamedTuple):
    """Where a key may begin, and the formats that it may have; none if that is not known yet."""

    start: int
    candidates: Candidates | None


class Found(NamedTuple):
    """A key and where it is in the window."""

    end: int
    score: float
    type: str
    start: int


def _best(rows: tuple[Compiled, ...], text: str, start: int) -> Found | None:
    """Returns the longest key of a format with a greatest length."""
    found = []
    for row in rows:
        match = None if row.stop else row.match(text, start)
        if match is None or match.end() - start < SHORTEST:
            continue
        score = row.format.check(match[0])
        if score > 0:
            first = match.start("secret") if row.narrows else start
            found.append(Found(match.end(), score, row.format.type, first))
    return max(found) if found else None


def _running(rows: tuple[Compiled, ...], text: str, start: int) -> tuple[Compiled | None, float]:
    """Returns the format without a greatest length that may begin here, and its score."""
    if start and INSIDE.match(text, start - 1):
        return None, 0.0
    for row in rows:
        form = row.format
        begins = text.startswith(form.prefixes, start) if form.prefixes else True
        if row.stop and begins:
            stop = row.stop.search(text, start, start + LOOK)
            score = form.check(text[start : stop.start() if stop else start + LOOK])
            if score > 0:
                return row, score
    return None, 0.0
