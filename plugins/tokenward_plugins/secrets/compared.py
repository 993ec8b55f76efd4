"""Finds secrets that stand before their name: ``if ("…" == password)``."""

from __future__ import annotations

import re

import regex

from tokenward_plugins.secrets.names import secret_name
from tokenward_plugins.secrets.overlap import GENERIC
from tokenward_plugins.secrets.values import LEAST, Kind, is_password, value_score
from tokenward_plugins.secrets.window import Add, Window

LONGEST = 96
LONGEST_NAME = 48
OPENING = re.compile(rf"\([\"'](?=[^\s\"'\\]{{0,{LONGEST}}}+(?:[\"'][ ]{{0,2}}(?:[!=]|\Z)|\Z))")
"""Where a value may begin: what ends so far behind it, or is compared."""
BETWEEN = 2 + len("'===")
HELD = LONGEST + LONGEST_NAME + 2 * BETWEEN
"""How much text waits at most for the name."""

COMPARED = {
    mark: regex.compile(
        rf"([^\s\"'\\]{{{LEAST},{LONGEST}}}){mark}[ ]{{0,2}}[!=]==?[ ]{{0,2}}"
        rf"([A-Za-z_$][\w.$]{{2,{LONGEST_NAME}}})[^\w.$]"
    )
    for mark in "\"'"
}


class ComparedFinder:
    """The state of one search: ``at`` is where to look on, ``start`` where an open value begins.

    ``open`` says that one is, or may follow what the text ends with. What cannot be compared with a
    name any more, is let go: a text in quotes with a space, or with anything else behind it.
    """

    __slots__ = ("at", "open", "start", "until")

    def __init__(self, at: int) -> None:
        self.at = at
        self.start = -1
        self.open = True
        self.until = 0

    def step(self, window: Window, add: Add, *, final: bool) -> int:
        """Looks at what is new; returns where the first thing that is still open starts."""
        while True:
            if self.start < 0:
                found = OPENING.search(window.text, self.at - window.base)
                if found is None:
                    self.at = max(self.at, window.end - 1)
                    self.open = False
                    return window.end
                self.start = self.at = found.end() + window.base
            if not self._value(window, add, final=final):
                return self.start
            self.start = -1

    def _value(self, window: Window, add: Add, *, final: bool) -> bool:
        """Decides on the value that is open; false if its name may follow."""
        begin = self.start - window.base
        text = window.text[begin - 1 : begin + HELD]
        match = COMPARED[text[0]].match(text + " " * final, 1, partial=not final)
        if match is None:
            return True
        if match.partial:
            return False
        name = secret_name(match[2])
        if name is not None:
            kind = Kind(is_password(name.text), quoted=True, weak=name.weak, strict=True)
            score = value_score(match[1], kind)
            if score:
                add(GENERIC, self.start, self.start + len(match[1]), score, 0)
        return True
