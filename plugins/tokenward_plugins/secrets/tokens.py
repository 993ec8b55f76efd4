"""Finds keys that begin with a known prefix."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from tokenward_plugins.secrets.formats import FORMATS, Format
from tokenward_plugins.secrets.gate import gate, shortest
from tokenward_plugins.secrets.window import Add, Window

LOOK = 512
"""Characters after which a key without ``run`` is decided, closed or not: more than the longest."""

INSIDE = re.compile(r"[-_](?=\w)", re.ASCII)
"""A run that begins after one of these belongs to a longer one: each is followed only once."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A format with its expressions ready; ``stop`` finds the end of a run, where it has one."""

    format: Format
    pattern: re.Pattern[str]
    stop: re.Pattern[str] | None


class TokenPlan:
    """The formats that are asked for, by prefix; it is built once and never changes."""

    __slots__ = ("by_prefix", "close", "gate")

    def __init__(self, types: Iterable[str]) -> None:
        wanted = frozenset(types)
        formats = [form for form in FORMATS if form.type in wanted]
        words = shortest(p for form in formats if not form.free for p in form.prefixes)
        free = shortest(p for form in formats if form.free for p in form.prefixes)
        self.gate = gate(words, free)
        self.close = re.compile(r"[^A-Za-z0-9_\-.~+/=%]")
        self.by_prefix = _by_prefix(formats, [*words, *free])


def _by_prefix(formats: list[Format], prefixes: list[str]) -> Mapping[str, tuple[Compiled, ...]]:
    table: defaultdict[str, list[Compiled]] = defaultdict(list)
    for form in formats:
        stop = re.compile(f"(?!{form.run})(?s:.)", re.ASCII) if form.run else None
        compiled = Compiled(form, re.compile(form.pattern, re.ASCII), stop)
        for prefix in prefixes:
            if any(own.startswith(prefix) for own in form.prefixes):
                table[prefix].append(compiled)
    return {prefix: tuple(rows) for prefix, rows in table.items()}


class TokenFinder:
    """The state of one search: where it stands, and the key that is open there, if one is.

    ``checked`` is how far the open key is known to go on; ``run`` is its format once only one
    without a greatest length is left, and ``since`` where its part not yet reported begins.
    """

    __slots__ = ("at", "checked", "piece", "plan", "run", "score", "since")

    def __init__(self, plan: TokenPlan, piece: int) -> None:
        self.plan = plan
        self.piece = piece
        self.at = 0
        self.checked = 0
        self.run: Compiled | None = None
        self.score = 0.0
        self.since = 0

    def step(self, window: Window, add: Add, *, final: bool) -> int:
        """Looks at what is new; returns where the first thing that is still open starts."""
        search = self.plan.gate.search
        while True:
            if self.run:
                if not self._follow(self.run, window, add, final=final):
                    return self.since
                continue
            match = search(window.text, self.at - window.base)
            if match is None:
                break
            start = match.start() + window.base
            rows = self.plan.by_prefix.get(match[0])
            if rows is None:  # a prefix that the text's end cuts off
                if not final:
                    self.at = start
                    return start
                self.at = start + 1
            elif not self._decide(rows, match[0], start, window, add, final=final):
                return start
        self.at = window.end
        return window.end

    def _decide(
        self,
        rows: tuple[Compiled, ...],
        prefix: str,
        start: int,
        window: Window,
        add: Add,
        *,
        final: bool,
    ) -> bool:
        """Decides what begins at ``start``; false where more text is needed."""
        self.at = start
        text, first, limit = window.text, start - window.base, start + LOOK - window.base
        begin = max(self.checked - window.base, first + len(prefix))
        if not final and len(text) < limit and not self.plan.close.search(text, begin):
            self.checked = window.end
            return False
        found = _best(rows, text, first)
        if found:
            add(found.type, found.start + window.base, found.end + window.base, found.score)
            self.at = found.end + window.base
            return True
        self.run, self.score = _running(rows, text, first)
        self.since = self.checked = start
        self.at = start if self.run else start + 1
        return True

    def _follow(self, row: Compiled, window: Window, add: Add, *, final: bool) -> bool:
        """Follows a run to its end, and reports what is longer than a piece in pieces."""
        assert row.stop
        edge = self.since + self.piece
        begin = max(self.checked, self.since) - window.base
        stop = row.stop.search(window.text, begin, edge - window.base)
        self.checked = min(edge, window.end)
        if stop is None and window.end >= edge:
            add(row.format.type, self.since, edge, self.score)
            self.since = edge
            return True
        if stop is None and not final:
            return False
        self._close(row, window, add, stop.start() + window.base if stop else window.end)
        return True

    def _close(self, row: Compiled, window: Window, add: Add, stop: int) -> None:
        if self.since == self.at:
            match = row.pattern.match(window.text, self.at - window.base)
            score = row.format.check(match[0]) if match else 0.0
            stop = match.end() + window.base if match and score > 0 else self.at
        else:
            score = self.score
        if stop > self.since:
            add(row.format.type, self.since, stop, score)
        self.at = self.checked = max(stop, self.at + 1)
        self.run = None


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
        match = None if row.stop else row.pattern.match(text, start)
        score = row.format.check(match[0]) if match else 0.0
        if match and score > 0:
            first = match.start("secret") if "secret" in row.pattern.groupindex else start
            found.append(Found(match.end(), score, row.format.type, first))
    return max(found) if found else None


def _running(rows: tuple[Compiled, ...], text: str, start: int) -> tuple[Compiled | None, float]:
    """Returns the format without a greatest length that may begin here, and its score."""
    if start and INSIDE.match(text, start - 1):
        return None, 0.0
    for row in rows:
        if row.stop and text.startswith(row.format.prefixes, start):
            stop = row.stop.search(text, start, start + LOOK)
            score = row.format.check(text[start : stop.start() if stop else start + LOOK])
            if score > 0:
                return row, score
    return None, 0.0
