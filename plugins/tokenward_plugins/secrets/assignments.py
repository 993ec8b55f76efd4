"""Finds secrets by the name they are given to: ``api_key = "…"``, ``"password": "…"``, headers."""

from __future__ import annotations

import re

from tokenward_plugins.secrets.names import Name
from tokenward_plugins.secrets.overlap import GENERIC
from tokenward_plugins.secrets.places import name_at
from tokenward_plugins.secrets.providers import ONLY, provider_type
from tokenward_plugins.secrets.triggers import SIGNS, Signs
from tokenward_plugins.secrets.values import (
    PHRASE_SCORE,
    QUERY,
    Kind,
    is_password,
    is_phrase,
    tangled_score,
    value_score,
)
from tokenward_plugins.secrets.window import Add, Window

_GAP = r"[=>:|]{0,3}\*{0,2}[ \t]{0,8}(?:\r?\n[ \t]{0,8}){0,2}"
LEAD = re.compile(rf"{_GAP}(?:```\w{{0,12}}\r?\n[ \t]{{0,8}}|\*{{0,3}})(?:\\{{0,3}}([\"'`]))?")
"""What stands between a sign and the value: a fence, asterisks, a quote, which is group 1."""
LEAD_PART = re.compile(rf"{_GAP}(?:\r|`{{1,2}}|```\w{{0,12}}\r?|\*{{0,3}}\\{{0,3}})\Z")
"""A text that ends with that, so that it may go on."""
SCHEMES = frozenset(("bearer", "basic", "token", "ssws", "apikey", "bot", "splunk", "geniekey"))
SPACE = re.compile(r"[ \t]*")
STRING_MARKS = frozenset(("r", "b", "f", "u", "@", "rb", "br", "L", "$"))
SAID = re.compile(r"[A-Za-z']*[0-9#$%&*+\-./:<=>@\\^_|~({\[`]")
"""How a value begins that stands in a sentence: with a word that goes on as none of a sentence."""
BARE = re.compile(r"[\s\"'`,;<>(){}\[\]|\\。、，；：！？（）「」『』《》【】…“”‘’«»]")
CLOSED = re.compile(r"[,;)\]}:]")
"""What follows a quote that ends a value, and begins none."""
QUOTED = {mark: re.compile(rf"{mark}|\n| ") for mark in "\"'`"}
QUOTED_PLAIN = {mark: re.compile(rf"(?<!\\){mark}|\n| ") for mark in "\"'`"}
TAGGED = re.compile(r"[<\n ]")
TANGLED = re.compile(r"[\s\"'`,;<\\。、，；：！？…“”‘’]")
PHRASE = re.compile(r"[^a-z ]")
OTHER_LONGEST = 96
"""The most characters of a value that is read a second time: over brackets, or over spaces."""
PROVIDER_SCORE, LONG_SCORE = 0.9, 0.7
LOOK = 256
"""Characters of a value by which it is judged when it is too long to wait for its end."""


class AssignmentFinder:
    """The state of one search: the value that is open, if one is.

    ``at`` is where to look on for a sign of assignment. ``name`` is set from a sign on; ``begun``
    says that the value begins at ``start``, ``since`` is where its part not yet reported begins
    and ``part`` how many were, ``checked`` how far it is known to go on. ``skip`` says that a long
    value was judged to be no secret, and only its end is looked for, ``gap`` that the value begins
    behind the space after an authorization scheme. ``open`` says that a value is open, or may
    follow what the text ends with, and ``until`` up to where letters only go on with it.
    """

    __slots__ = (
        "again", "at", "begun", "checked", "gap", "name", "open", "part", "piece", "quote", "signs",
        "since", "skip", "start", "stop", "types", "until",
    )  # fmt: skip

    def __init__(self, types: frozenset[str], piece: int, at: int) -> None:
        self.types = types
        self.piece = piece
        self.at = at
        self.signs: Signs | None = None
        self.open = False
        self.until = 0
        self._leave(at)

    def _leave(self, at: int) -> None:
        self.at = at
        self.name: Name | None = None
        self.begun = self.skip = self.gap = False
        self.again = -1
        self.start = self.since = self.checked = at
        self.part = 0
        self.quote = ""
        self.stop = BARE

    def step(self, window: Window, add: Add, *, final: bool) -> int:
        """Looks at what is new; returns where the first thing that is still open starts."""
        hold = -1
        while hold < 0:
            if self.begun:
                if not self._value(window, add, final=final):
                    hold = window.end if self.skip else self.since
            elif self.name is not None:
                if not self._lead(self.name, window, final=final):
                    hold = window.end
            elif not self._sign(window):
                hold = window.end
        self.signs = None
        self.open = self.name is not None
        waits = self.begun and not (self.skip or self.gap)
        self.until = self._edge() if waits else 0
        return hold

    def _sign(self, window: Window) -> bool:
        """Looks for the next sign with a name before it; false if there is none so far."""
        text, base = window.text, window.base
        if self.signs is None:
            self.signs = Signs(text, self.at - base)
        while (found := self.signs.next(self.at - base)) >= 0:
            self.at = found + base + 1
            self.name = name_at(text, found)
            if self.name is not None:
                return True
        self.at = window.end
        return False

    def _lead(self, name: Name, window: Window, *, final: bool) -> bool:
        """Reads what stands between a sign and the value; false if that may go on."""
        text, begin = window.text, self.at - window.base
        lead = LEAD.match(text, begin)
        assert lead
        end = lead.end()
        if end == len(text) or LEAD_PART.match(text, begin):
            if final:
                self._leave(window.end)
            return final
        mark = lead[1] or ""
        tag = text[begin - 1] == ">" and text[begin - 2] != "-"
        begins = CLOSED.match(text, end) if mark else BARE.match(text, end)
        later = name.strict and text[begin - 1] == " " and text[begin] in SIGNS
        if begins or later or (name.quoted and not mark) or (tag and mark):
            self._leave(self.at)
            return True
        self.quote = mark
        if mark:
            self.stop = (QUOTED if text[end - 2] == "\\" else QUOTED_PLAIN)[mark]
        elif tag:
            self.quote, self.stop = "<", TAGGED
        self.begun = True
        self.start = self.since = self.checked = end + window.base
        return True

    def _value(self, window: Window, add: Add, *, final: bool) -> bool:
        """Looks for the end of the open value; false if it may go on."""
        if self.gap and not self._after_scheme(window, final=final):
            return False
        base, edge = window.base, self._edge()
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

    def _edge(self) -> int:
        """Returns up to where the value is waited for."""
        return self.since + (min(self.piece, OTHER_LONGEST) if self.again >= 0 else self.piece)

    def _after_scheme(self, window: Window, *, final: bool) -> bool:
        """Moves the start of the value behind the space that follows ``Bearer`` or ``Basic``."""
        space = SPACE.match(window.text, self.start - window.base)
        begin = (space.end() if space else 0) + window.base
        self.start = self.since = self.checked = begin
        self.gap = begin == window.end and not final
        return not self.gap

    def _skip(self, window: Window) -> bool:
        stop = self.stop.search(window.text, self.checked - window.base)
        self.checked = stop.start() + window.base if stop else window.end
        if stop is None:
            return False
        self._leave(self.checked)
        return True

    def _long(self, window: Window, edge: int, add: Add) -> None:
        """Reports a full piece of a value without an end, or lets it go if it is no secret."""
        head = self.start - window.base
        if self.again >= 0:
            self._leave(self.again)
        elif self.part or self._score(window.text[head : head + LOOK]):
            self._add(GENERIC, self.since, edge, LONG_SCORE, add)
            self.since = edge
            self.part += 1
        elif self.quote:
            self._leave(self.start)
        else:
            self.skip = True

    def _judge(self, window: Window, end: int, add: Add) -> None:
        """Decides on a value whose end is known."""
        if self.part:
            self._add(GENERIC, self.since, end, LONG_SCORE, add)
            self._leave(end)
            return
        text, first, last = window.text, self.start - window.base, end - window.base
        value, stop = text[first:last], text[last : last + 1]
        if self.again >= 0:
            arrow = "=>" in text[max(0, first - len("=>  ")) : first]
            self._judge_again(value, ";" if arrow else stop, add)
            return
        if self._again(value, stop, end):
            return
        if not self.quote:
            query = QUERY.search(value)
            value = value[: query.start()] if query else value
            value = value if value.endswith("..") else value.rstrip(".:!?*")
        else:
            value = value.rstrip("\\")  # of the escape of the closing quote
        whole = stop != " " if self.quote in QUOTED else self.quote != "<" or stop == "<"
        found = whole and self._report(value, add)
        after = self.start + len(value) if found or not self.quote else self.start
        if found or not self._goes_on(value, stop, end, after):
            self._leave(after)

    def _again(self, value: str, stop: str, end: int) -> bool:
        """Begins anew where the value was the mark of a string, or the word before a token."""
        if not self.quote and stop and stop in QUOTED and value in STRING_MARKS:
            self.quote, self.stop = stop, QUOTED_PLAIN[stop]
            self.start = self.since = self.checked = end + 1
            return True
        if stop and stop in " \t" and value.lower() in SCHEMES:
            self.start = self.since = self.checked = end
            self.gap = True
            return True
        return False

    def _goes_on(self, value: str, stop: str, end: int, after: int) -> bool:
        """Reads on over a bracket in a bare value, or over the spaces of a phrase in quotes."""
        assert self.name is not None
        if end >= self.since + min(self.piece, OTHER_LONGEST):
            return False
        if not self.quote and stop and stop in "()[]{}":
            self.stop = TANGLED
        elif (
            self.quote in QUOTED
            and stop == " "
            and PHRASE.search(value) is None
            and is_password(self.name.text)
            and not (self.name.said or self.name.strict)  # calm text is not shown
        ):
            self.stop = PHRASE
        else:
            return False
        self.again, self.checked = after, end
        return True

    def _judge_again(self, value: str, stop: str, add: Add) -> None:
        """Decides on a value that was read on, and looks on behind where it first ended."""
        assert self.name is not None
        again, start = self.again, self.start
        if self.quote:
            score = PHRASE_SCORE if stop == self.quote and is_phrase(value) else 0.0
        else:
            value = value.rstrip(".:!?*")
            # before ";" and behind "=>" it is code, in which a text would stand in quotes
            said = stop != ";" and (not self.name.said or SAID.match(value))
            score = tangled_score(value, self._kind()) if said else 0.0
        found = self._add(GENERIC, start, start + len(value), score, add)
        self._leave(start + len(value) if found else again)

    def _report(self, value: str, add: Add) -> bool:
        """Reports a value, if it is a secret; tells whether it is."""
        assert self.name is not None
        if self.name.said and not SAID.match(value):
            return False
        start, end = self.start, self.start + len(value)
        kind = provider_type(self.name.text, value)
        if kind and kind in self.types:
            return self._add(kind, start, end, PROVIDER_SCORE, add)
        return self._add(GENERIC, start, end, self._score(value), add)

    def _score(self, value: str) -> float:
        assert self.name is not None
        return 0.0 if self.name.text.lower() in ONLY else value_score(value, self._kind())

    def _kind(self) -> Kind:
        assert self.name is not None
        name = self.name
        return Kind(is_password(name.text), bool(self.quote), name.weak, name.strict)

    def _add(self, kind: str, start: int, end: int, score: float, add: Add) -> bool:
        if score and end > start and kind in self.types:
            add(kind, start, end, score, self.part)
            return True
        return False
