"""Finds secrets by the name they are given to: ``api_key = "…"``, ``"password": "…"``, headers."""

from __future__ import annotations

import re

from tokenward_plugins.secrets.names import (
    GENERIC,
    curl_user,
    is_password,
    provider_type,
    secret_name,
)
from tokenward_plugins.secrets.values import QUERY, value_score
from tokenward_plugins.secrets.window import Add, Window

SIGN = re.compile("[:=>]")
LEAD = re.compile(r"[=>:]{0,2}[ \t]{0,8}(?:\\{0,3}([\"'`]))?")
SCHEME = re.compile(r"(?i)(?:Bearer|Basic|Token)[ \t]{1,4}(?=\S)")
SCHEMES = frozenset(("bearer", "basic", "token"))
SPACE = re.compile(r"[ \t]*")
STRING_MARKS = frozenset(("r", "b", "f", "u", "@", "rb", "br", "L", "$"))
TAG = re.compile(r"<[A-Za-z][\w.:-]{0,60}\Z")
BARE = re.compile(r"[\s\"'`,;<>(){}\[\]|\\]")
QUOTED = {mark: re.compile(rf"{mark}|\n") for mark in "\"'`"}
QUOTED_PLAIN = {mark: re.compile(rf"(?<!\\){mark}|\n") for mark in "\"'`"}
TAGGED = re.compile(r"[<\n]")
NAME_LENGTH = 96
PROVIDER_SCORE, LONG_SCORE = 0.9, 0.7
LOOK = 256
"""Characters of a value by which it is judged when it is too long to wait for its end."""


class AssignmentFinder:
    """The state of one search: the value that is open, if one is.

    ``at`` is where to look on for a sign of assignment, ``open`` where the value begins, ``since``
    where its part not yet reported begins, ``checked`` how far it is known to go on, ``skip`` that
    a long value was judged to be no secret, and only its end is looked for, ``gap`` that the value
    begins behind the space after an authorization scheme.
    """

    __slots__ = (
        "at",
        "checked",
        "gap",
        "name",
        "open",
        "piece",
        "quote",
        "since",
        "skip",
        "stop",
        "types",
    )

    def __init__(self, types: frozenset[str], piece: int) -> None:
        self.types = types
        self.piece = piece
        self.at = 0
        self.open = self.since = self.checked = -1
        self.skip = self.gap = False
        self.name = self.quote = ""
        self.stop = BARE

    def step(self, window: Window, add: Add, *, final: bool) -> int:
        """Looks at what is new; returns where the first thing that is still open starts."""
        while True:
            if self.open >= 0:
                if not self._value(window, add, final=final):
                    return window.end if self.skip else self.since
                continue
            sign = SIGN.search(window.text, self.at - window.base)
            if sign is None:
                self.at = window.end
                return window.end
            if not self._sign(window, sign.start(), final=final):
                return window.end

    def _sign(self, window: Window, found: int, *, final: bool) -> bool:
        """Looks at a sign and at the name before it; false if a value may still follow."""
        text = window.text
        self.at = found + window.base
        before = text[max(0, found - NAME_LENGTH) : found]
        if text[found] == ">":
            tag = TAG.search(before)
            before = tag[0] if tag else ""
        name = secret_name(before) or (curl_user(before) if text[found] == ":" else None)
        if name is None:
            self.at += 1
            return True
        return self._lead(window, found + 1, name, final=final)

    def _lead(self, window: Window, begin: int, name: str, *, final: bool) -> bool:
        """Reads what stands between a sign and the value."""
        text = window.text
        lead = LEAD.match(text, begin)
        assert lead
        end = lead.end()
        if end == len(text) or (text[end] == "\\" and end + 4 > len(text)):
            self.at = window.end if final else self.at
            return False
        mark = lead[1] or ""
        self.at += 1
        if not mark and BARE.match(text, end):
            return True
        self.name, self.quote, self.stop = name, mark, BARE
        if mark:
            self.stop = (QUOTED if text[end - 2] == "\\" else QUOTED_PLAIN)[mark]
        elif text[begin - 1] == ">":
            self.quote, self.stop = "<", TAGGED
        self.open = self.since = self.checked = end + window.base
        return True

    def _value(self, window: Window, add: Add, *, final: bool) -> bool:
        """Looks for the end of the open value; false if it may go on."""
        if self.gap and not self._after_scheme(window, final=final):
            return False
        base, edge = window.base, self.since + self.piece
        if self.skip:
            return self._skip(window)
        stop = self.stop.search(window.text, self.checked - base, edge - base)
        self.checked = min(edge, window.end)
        if stop is None and window.end >= edge:
            self._long(window, edge, add)
        elif stop is None and not final:
            return False
        else:
            self._judge(window, stop.start() + base if stop else window.end, add)
        return True

    def _after_scheme(self, window: Window, *, final: bool) -> bool:
        """Moves the start of the value behind the space that follows ``Bearer`` or ``Basic``."""
        space = SPACE.match(window.text, self.open - window.base)
        begin = (space.end() if space else 0) + window.base
        self.open = self.since = self.checked = begin
        self.gap = begin == window.end and not final
        return not self.gap

    def _skip(self, window: Window) -> bool:
        stop = self.stop.search(window.text, self.checked - window.base)
        self.checked = self.at = stop.start() + window.base if stop else window.end
        if stop is None:
            return False
        self._leave(self.at)
        return True

    def _leave(self, at: int) -> None:
        self.at = at
        self.open = self.since = -1
        self.skip = self.gap = False

    def _long(self, window: Window, edge: int, add: Add) -> None:
        """Reports a full piece of a value without an end, or lets it go if it is no secret."""
        head = self.open - window.base
        if self.since > self.open or self._score(window.text[head : head + LOOK]):
            self._add(GENERIC, self.since, edge, LONG_SCORE, add)
            self.since = edge
        elif self.quote:
            self._leave(self.open)
        else:
            self.skip = True

    def _judge(self, window: Window, end: int, add: Add) -> None:
        """Decides on a value whose end is known."""
        if self.since > self.open:
            self._add(GENERIC, self.since, end, LONG_SCORE, add)
            self._leave(end)
            return
        text, first, last = window.text, self.open - window.base, end - window.base
        value = text[first:last]
        if not self.quote:
            if self._again(value, text[last : last + 1], end):
                return
            query = QUERY.search(value)
            value = value[: query.start()] if query else value
            value = value if value.endswith("..") else value.rstrip(".:!")
        else:
            value = value.rstrip("\\")  # of the escape of the closing quote
        scheme = SCHEME.match(value)
        skipped = scheme.end() if scheme else 0
        whole = self.quote != "<" or text[last : last + 1] == "<"
        found = whole and self._report(value[skipped:], self.open + skipped, add)
        self._leave(self.open + len(value) if found or not self.quote else self.open)

    def _again(self, value: str, stop: str, end: int) -> bool:
        """Begins anew where the value was the mark of a string, or the word before a token."""
        if stop and stop in QUOTED and value in STRING_MARKS:
            self.quote, self.stop = stop, QUOTED_PLAIN[stop]
            self.open = self.since = self.checked = end + 1
            return True
        if stop in (" ", "\t") and value.lower() in SCHEMES:
            self.open = self.since = self.checked = end
            self.gap = True
            return True
        return False

    def _report(self, value: str, start: int, add: Add) -> bool:
        end = start + len(value)
        kind = provider_type(self.name, value)
        if kind and kind in self.types:
            return self._add(kind, start, end, PROVIDER_SCORE, add)
        return self._add(GENERIC, start, end, self._score(value), add)

    def _score(self, value: str) -> float:
        return value_score(value, password=is_password(self.name), quoted=bool(self.quote))

    def _add(self, kind: str, start: int, end: int, score: float, add: Add) -> bool:
        if score and end > start and kind in self.types:
            add(kind, start, end, score)
            return True
        return False
