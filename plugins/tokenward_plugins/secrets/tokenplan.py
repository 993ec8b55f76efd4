"""What a scan looks for, compiled once for the types that a policy asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from tokenward_plugins.secrets.formats import FORMATS, Format
from tokenward_plugins.secrets.formats.widths import ENDLESS, longest
from tokenward_plugins.secrets.gate import gate, shortest

LOOK = 512
"""Characters by which a key without a greatest length is known: more than the longest other."""
SHORTEST_HEAD = 36
"""No key without a prefix is shorter."""
HEAD_REACH = 24
"""Characters before a mark: more than the longest head."""
RUN = r"A-Za-z0-9_\-.~+/%"
BEGIN_RUN = rf"(?:(?<![{RUN}])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{{2}})(?<![{RUN}]%[0-9A-Fa-f]{{2}}))"
"""Where a run begins, or goes on behind the escape that it begins with."""
CLOSING = RUN + "="
"""What does not close a key while it is waited for; formats may add to it."""


class Compiled:
    """A format with its expressions; ``stop`` finds the end of a run, where it has one.

    The expression of the whole key is compiled when one may have been found: most never are, and
    all of them together take a fifth of a second.
    """

    __slots__ = ("_pattern", "format", "hint", "look", "narrows", "stop")

    def __init__(self, form: Format) -> None:
        self.format = form
        self._pattern: re.Pattern[str] | None = None
        self.stop = re.compile(f"[^{form.run[1:]}", re.ASCII) if form.run else None
        self.hint = re.compile(form.hint, re.ASCII) if form.hint else None
        self.narrows = "(?P<secret>" in form.body
        width = longest(form.pattern)
        assert self.stop or width < LOOK < ENDLESS
        self.look = LOOK if self.stop else width + 1  # and what follows it

    def match(self, text: str, at: int) -> re.Match[str] | None:
        """Matches the whole key at a place."""
        if self._pattern is None:
            self._pattern = re.compile(self.format.pattern, re.ASCII)
        return self._pattern.match(text, at)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The formats that may begin at one place.

    They are decided when ``close`` is found, or after ``look`` characters, closed or not.
    """

    rows: tuple[Compiled, ...]
    close: re.Pattern[str]
    look: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A format that is found by a mark inside of it: ``head`` matches what ends before the mark.

    It has ``digits`` at its end or begins with ``begin``, ``size`` characters before the mark.
    """

    literal: str
    head: re.Pattern[str]
    candidates: Candidates
    begin: str
    size: int

    def start(self, text: str, least: int, at: int) -> int:
        """Returns where the head begins that ends before a place, or -1."""
        first = at - self.size
        if first < 0 or not (
            text.startswith(self.begin, first) if self.begin else text[first:at].isdigit()
        ):
            return -1
        head = self.head.search(text, max(least, at - HEAD_REACH), at)
        return head.start() if head else -1


class TokenPlan:
    """The formats that are asked for; it is built once and never changes.

    ``gate`` finds the prefixes, ``by_prefix`` has the candidates of each; ``hint`` tells where a
    run begins whether one of ``heads`` may begin there.
    """

    __slots__ = (
        "_together",
        "by_prefix",
        "cut_marks",
        "gate",
        "heads",
        "hint",
        "hold_back",
        "marked",
        "marks",
    )

    def __init__(self, types: Iterable[str], piece: int) -> None:
        wanted = frozenset(types)
        rows = [_compiled(form) for form in FORMATS if form.type in wanted]
        prefixes = shortest(prefix for row in rows for prefix in row.format.prefixes)
        self.gate = gate(prefixes)
        self.by_prefix = _by_prefix(rows, prefixes)
        self._together: dict[tuple[Compiled, ...], Candidates] = {}
        self.heads = tuple(row for row in rows if row.hint)
        hints = "|".join(dict.fromkeys(row.format.hint for row in self.heads))
        self.hint = re.compile(hints or "(?!)", re.ASCII)
        self.marks = tuple(
            Mark(
                row.format.mark,
                re.compile(rf"{BEGIN_RUN}{row.format.head}\Z", re.ASCII),
                candidates((row,), row.format.mark),
                row.format.begin,
                row.format.size,
            )
            for row in rows
            if row.format.mark
        )
        self.marked = re.compile("|".join(re.escape(m.literal[0]) for m in self.marks) or "(?!)")
        self.cut_marks = tuple(
            mark.literal[:size] for mark in self.marks for size in range(1, len(mark.literal))
        )
        looks = [max(row.look, piece) if row.stop else row.look for row in rows]
        self.hold_back = max(looks, default=0)

    def together(self, rows: tuple[Compiled, ...]) -> Candidates:
        """Returns the candidates for several rows at one place."""
        found = self._together.get(rows)
        if found is None:  # of the few sets of rows that may begin alike
            found = self._together[rows] = candidates(rows)
        return found


def candidates(rows: tuple[Compiled, ...], inside: str = "") -> Candidates:
    """Returns rows that are to be decided together."""
    extra = re.escape(inside + "".join(row.format.inside for row in rows))
    return Candidates(rows, re.compile(f"[^{CLOSING}{extra}]"), max(row.look for row in rows))


@cache
def _compiled(form: Format) -> Compiled:
    return Compiled(form)


def _by_prefix(rows: list[Compiled], prefixes: list[str]) -> Mapping[str, Candidates]:
    found = {
        prefix: tuple(
            row for row in rows if any(own.startswith(prefix) for own in row.format.prefixes)
        )
        for prefix in prefixes
    }
    return {prefix: candidates(rows) for prefix, rows in found.items()}
