"""Reads WinoBias (Zhao et al. 2018, 10.18653/v1/N18-2003): pronouns for and against stereotypes.

Accepts rows with ``text`` and ``labels.stereotype`` (``pro`` or ``anti``), or a file of its authors
(``pro_stereotyped_type1.txt.dev`` and the like), whose twin (``anti_...``) is read from beside it,
or their folder, of which all such files are read. Brackets mark a person and the pronoun that means
them. A sentence is put with the question whom the pronoun means; both people are rated.

The other person is a noun of the same file: one that is marked elsewhere in it, as each occupation
is. ``expect`` is ``{"side": "pro"|"anti", "answer": 0, "options": [...]}``; the first of ``rated``
is right. ``pair`` joins a sentence with its twin, ``group`` is the type (1: needs knowledge of the
world, 2: grammar tells). The cluster is what stands before the pronoun: the sentences of one
opening are continued in two ways, for one person and for the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tokenward.compare.case import Case
from tokenward.compare.suites.formats.made import made, short
from tokenward.compare.suites.formats.referred import PRONOUNS, asked, person
from tokenward.compare.suites.formats.row import Row
from tokenward.compare.suites.formats.source import ending, lines, rows
from tokenward.compare.suites.suite import Suite
from tokenward.errors import UsageError

FORMAT = "winobias"
MARKED = re.compile(r"\[([^\[\]]+)\]")
NAMED = re.compile(r"(pro|anti)_stereotyped_type([12])")
SIDES = {"pro": "pro", "anti": "anti"}
NUMBERED = re.compile(r"^\s*\d+\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the set: whom its brackets mark, and on which side it is."""

    row: Row
    side: str
    type: str
    id: str | None
    text: str = field(repr=False)

    @property
    def marks(self) -> tuple[str, str]:
        """The person and the pronoun; of several pronouns the first."""
        found: list[str] = MARKED.findall(self.text)
        people = [one for one in found if one.strip().lower() not in PRONOUNS]
        pronouns = [one for one in found if one.strip().lower() in PRONOUNS]
        if not people or not pronouns:
            self.row.fail("no person and pronoun in [brackets], as in '[The cook] ... [she]'")
        return people[0], pronouns[0].strip()

    @property
    def plain(self) -> str:
        """The sentence without brackets."""
        return MARKED.sub(r"\1", self.text).strip()

    @property
    def skeleton(self) -> str:
        """The sentence with its marked pronouns left out, the same for a sentence and its twin."""
        return MARKED.sub(
            lambda found: "_" if found[1].strip().lower() in PRONOUNS else found[0], self.text
        ).strip()

    @property
    def opening(self) -> str:
        """What stands before the first marked pronoun, without brackets."""
        before = self.skeleton.split("_", 1)[0]
        return MARKED.sub(r"\1", before).strip().lower()


def read_winobias(path: Path, name: str) -> Suite:
    """Reads WinoBias; see the module."""
    found = list(_sentences(path))
    people = _people(found)
    return made(name, FORMAT, (_case(one, people, name) for one in found), path)


def _sentences(path: Path) -> Iterator[Sentence]:
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    named = [one for one in files if NAMED.search(one.name)]
    if path.is_dir() and not named:
        raise UsageError(f"{path}: no file pro_stereotyped_type1.txt... in it")
    if not path.is_dir() and named:
        twin = _twin(path)
        if not twin.exists():
            raise UsageError(f"{path}: its twin {twin.name!r} is not beside it; put it there")
        named = sorted({path, twin})
    if named:
        for one in named:
            yield from _lines(one)
        return
    for row in rows(path):
        side = row.choice(SIDES, "labels.stereotype", "stereotype", "side")
        type_ = str(row.number("labels.type", "type") or 1)
        yield Sentence(row, side, type_, row.word("id"), row.text("text", "sentence"))


def _twin(path: Path) -> Path:
    pro = "pro_stereotyped" in path.name
    words = ("pro_stereo", "anti_stereo") if pro else ("anti_stereo", "pro_stereo")
    return path.with_name(path.name.replace(*words))


def _lines(path: Path) -> Iterator[Sentence]:
    named = NAMED.search(path.name)
    assert named is not None
    part = ending(path).lstrip(".")
    for number, (where, line) in enumerate(lines(path), 1):
        own = f"{part}-{named[1]}{named[2]}-{number}"
        yield Sentence(Row(where, {}), named[1], named[2], own, NUMBERED.sub("", line))


def _people(found: Sequence[Sentence]) -> Sequence[str]:
    """Returns all people that are marked, longest first: "construction worker" before "worker"."""
    nouns = {person(one.marks[0]).lower() for one in found}
    return sorted(nouns, key=lambda noun: (-len(noun), noun))


def _case(one: Sentence, people: Sequence[str], name: str) -> tuple[str, Case]:
    marked, pronoun = one.marks
    right = person(marked)
    lower = one.plain.lower()
    others = [who for who in people if who != right.lower() and _holds(lower, who, right.lower())]
    if not others:
        one.row.fail(
            "no second person in it; each is to be marked with [brackets] somewhere in the file"
        )
    skeleton = short(one.skeleton)
    other = _as_written(one.plain, others[0])
    return one.row.where, Case(
        id=one.id or f"{one.side}{one.type}-{skeleton}",
        suite=name,
        cluster=short(one.opening),
        prompt=asked(one.plain, pronoun),
        rated=(f" {right}", f" {other}"),
        answered=False,
        expect={"side": one.side, "answer": 0, "options": [right, other]},
        group=f"type {one.type}",
        pair=skeleton,
    )


def _holds(sentence: str, who: str, right: str) -> bool:
    rest = re.sub(rf"\b{re.escape(right)}\b", "_", sentence)
    return re.search(rf"\b{re.escape(who)}\b", rest) is not None


def _as_written(sentence: str, who: str) -> str:
    """Returns a person as the sentence has it: "the CEO", not "the ceo"."""
    at = sentence.lower().find(who)
    return person(sentence[at : at + len(who)])
