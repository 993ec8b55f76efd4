"""What is hidden in a text or written as an escape: the part that no context decides."""

from __future__ import annotations

import re

from tokenward.stream.plain.room import Room
from tokenward.stream.plain.stage import COPY, WAIT, Stage
from tokenward.stream.plain.tables import DIGITS, FORMS, HIDDEN, MARKS, TAG_LIKE, TAGS, inside

SLACK = 1024
"""Characters that may be dropped at once; each other one gives room for one more."""

LONGEST_WAIT = 16
"""The longest escape is ``&ZeroWidthSpace;``, and one character less waits."""

TAGGED = 4
"""So many invisible tags in a row are text, not noise within a word."""

ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._-+:/=")
RESERVED = frozenset("@:/")
"""What percent-encoding hides on purpose in a URL's password: the other stage looks at these."""

NBSP = "\u00a0"
JOINER = "\u2060"
"""For an encoded space: it groups a number as a space does, and ends no URL."""
NAMES = {
    "amp": "&", "colon": ":", "commat": "@", "dash": "-", "equals": "=", "hyphen": "-",
    "lowbar": "_", "nbsp": NBSP, "period": ".", "plus": "+", "sol": "/",
    "NoBreak": "", "ZeroWidthSpace": "", "lrm": "", "rlm": "", "shy": "", "zwj": "", "zwnj": "",
}  # fmt: skip
BREAKS = {"n": "\n", "r": "\r", "t": "\t"}
"""What JSON writes for white space, where a number follows: else it may be a path's or TeX's."""
FOLDED = {**FORMS, **DIGITS}

BEYOND = "\U00010000"
_HEX = "[0-9A-Fa-f]"
_BYTE = f"%[89ABab]{_HEX}"
_BEGUN = "|".join(sorted({name[:size] for name in NAMES for size in range(1, len(name) + 1)}))
_FIRST = "".join(sorted({name[0] for name in NAMES}))
_ALWAYS = inside({*HIDDEN, *TAG_LIKE, *FOLDED})
_MARKS = inside(MARKS)

# characters beyond the first plane are looked at one by one: a search for many ranges is slow
CHARACTERS = inside({c for c in (*HIDDEN, *FOLDED, *MARKS) if c < BEYOND}) + (
    r"&%\\\U00010000-\U0001ffff\U000e0000-\U000e0fff"
)
"""The characters at which something may be hidden."""
CANDIDATE = (
    rf"(?<=[{_MARKS}])(?<=[!-~].)|(?<=&)(?=[#{_FIRST}]|\Z)"
    rf"|(?<=%)(?=[2-7EFef]{_HEX}|[2-7EFef]?\Z)|(?<=\\)(?=\\{{0,3}}(?:[uUx]|[nrt](?:[0-9+(]|\Z)|\Z))"
    rf"|(?<=[{_ALWAYS}])"
)
"""What must hold behind one of them, or it is left alone."""

TOKEN = re.compile(
    rf"(?P<folded>[{inside(FOLDED)}]+)|(?P<hidden>[{inside(HIDDEN)}]+)"
    rf"|(?P<tags>[{inside(TAG_LIKE)}]+)|(?P<marks>[{_MARKS}]+)"
    r"|&(?:amp;)?#(?P<decimal>[0-9]{1,7})(?![0-9]);?"
    rf"|&(?:amp;)?#[xX](?P<entity>{_HEX}{{1,6}})(?!{_HEX});?"
    rf"|&(?P<name>{'|'.join(NAMES)});"
    rf"|%(?:25)?(?P<percent>[2-7]{_HEX})"
    rf"|(?P<utf8>%[Ee]{_HEX}(?:{_BYTE}){{2}}|%[Ff][0-4](?:{_BYTE}){{3}})"
    rf"|\\{{1,4}}(?:u(?P<u>{_HEX}{{4}})|u\{{(?P<braced>{_HEX}{{1,6}})\}}"
    rf"|U(?P<long>{_HEX}{{8}})|x(?P<x>{_HEX}{{2}})|(?P<break>[nrt])(?=[0-9+(]))"
)
OPEN = re.compile(
    rf"&(?:amp;)?#(?:[0-9]{{0,7}}|[xX]{_HEX}{{0,6}})\Z|&(?:{_BEGUN}|amp;)?\Z"
    rf"|%(?:25)?[2-7]?\Z|%[Ee](?:{_HEX}(?:{_BYTE})?(?:%[89ABab]?)?)?\Z"
    rf"|%[Ff](?:[0-4](?:{_BYTE}){{0,2}}(?:%[89ABab]?)?)?\Z"
    rf"|\\{{1,4}}(?:u{_HEX}{{0,3}}|u\{{{_HEX}{{0,6}}|U{_HEX}{{0,7}}|x{_HEX}?|[nrt])?\Z"
)
CODES = {"name": NAMES, "break": BREAKS}
FOLD = str.maketrans(FOLDED)
ESCAPES = frozenset("decimal entity name percent utf8 u braced long x break".split())
VISIBLE = range(0x21, 0x7F)


class Hidden(Stage):
    """Writes text without what is invisible or drawn over it, and with escapes undone."""

    find = re.compile(f"[{CHARACTERS}](?:{CANDIDATE})")
    may = re.compile(f"[{CHARACTERS}]")

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(Room(SLACK, 1))

    def _undo(self, view: str, at: int, *, goes_on: bool, ended: bool) -> int:
        if not ended and OPEN.match(view, at):
            return WAIT
        found = TOKEN.match(view, at)
        if found is None:
            return COPY
        kind, run = str(found.lastgroup), found[0]
        if kind in ESCAPES:
            character = _decoded(kind, found[kind])
            return COPY if character is None else self._unit(found, character)
        if kind == "marks":
            return self._marks(found) if ord(self._last(at) or " ") in VISIBLE else COPY
        if kind == "tags":
            return self._tags(found, goes_on=goes_on, ended=ended)
        return self._change(found, run.translate(FOLD)) if kind == "folded" else self._drop(found)

    def _drop(self, found: re.Match[str]) -> int:
        self._copy(found.start())
        end = self.read + len(found[0])
        gone = self._room.take(len(found[0]), at=self.read)
        self.read += gone
        self._write(found[0][gone:])
        self._room.close(end)
        self._done = found.end()
        return self._done

    def _marks(self, found: re.Match[str]) -> int:
        self._copy(found.start())
        gone = self._room.take(len(found[0]), at=self.read)
        self.read += gone
        self._room.close(self.read + (gone < len(found[0])))
        # the first mark for which there is no room is no base for the others: they stay too
        self._write(found[0][gone:])
        self._done = found.end()
        return self._done

    def _tags(self, found: re.Match[str], *, goes_on: bool, ended: bool) -> int:
        run, last = found[0], found.end() == len(found.string)
        if goes_on or len(run) >= TAGGED:
            self.goes_on = last
            return self._change(found, "".join(TAGS.get(tag, tag) for tag in run))
        return WAIT if last and not ended else self._drop(found)


def _decoded(kind: str, code: str) -> str | None:
    """Returns what an escape stands for, ``None`` if it is nothing that a value is made of."""
    if kind in CODES:
        return CODES[kind][code]
    if kind == "utf8":
        character = bytes.fromhex(code.replace("%", "")).decode("utf-8", errors="replace")
    else:
        point = int(code, 10 if kind == "decimal" else 16)
        character = chr(point) if point < 0x110000 else ""  # noqa: PLR2004  # beyond Unicode
    if character == " ":
        return JOINER if kind == "percent" else NBSP
    if character in ALLOWED:
        return None if kind == "percent" and character in RESERVED else character
    if character in HIDDEN or character in TAG_LIKE:
        return ""
    return FOLDED.get(character, NBSP if character == NBSP else None)
