"""The swaps of texts in a language whose words for groups stand in a table by their forms.

A word gives way to the word of another group in the same form: the same gender, number and case.
Where one spelling stands for several forms, what stands before it and words for people beside it
tell which are left; if the other group has more than one word for those, there is no swap.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tokenward.types import Swap
from tokenward_plugins.bias.gender import like

CODES = ("de", "es", "fr", "it", "nl", "pt")
WORD = re.compile(r"\w+")
BEFORE = re.compile(r"(\w+['’]?)\W{0,2}$")
NEXT = re.compile(r"\W{1,2}(\w+)")
LOOK_BACK = 32


@dataclass(frozen=True, slots=True)
class Term:
    """The words of a group in the forms of one kind: noun or adjective."""

    group: str
    kind: str
    forms: tuple[str, ...]
    beside: bool
    """Whether it means a group only beside a word for people."""

    @property
    def axis(self) -> str:
        """The axis of the group."""
        return self.group.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Sound:
    """A beginning of words that changes what stands before: an article, a preposition, an "and"."""

    start: re.Pattern[str]
    after: frozenset[str]

    def clashes(self, before: str, was: str, became: str) -> bool:
        """Tells whether the word before would have to change."""
        change = bool(self.start.match(was)) != bool(self.start.match(became))
        return change and before in self.after


@dataclass(frozen=True, slots=True)
class Mention:
    """A word for a group in a text; ``slots`` are the forms that it may stand in.

    ``people`` says that a word for people is beside it.
    """

    start: int
    end: int
    before: str
    people: bool
    term: Term
    slots: tuple[int, ...]


class Language:
    """The table of one language.

    >>> [one.text for one in Language.load("de").swaps("Sind alle Juden reich?")][:2]
    ['Sind alle Atheisten reich?', 'Sind alle Buddhisten reich?']
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.common = frozenset(table["common"])
        self._slots: list[str] = table["slots"]
        self._before = {word: self._numbers(some) for word, some in table["before"].items()}
        self._people = {word: self._numbers(some) for word, some in table["people"].items()}
        self._sounds = [
            Sound(re.compile(one["start"], re.IGNORECASE), frozenset(one["after"]))
            for one in table.get("sounds", ())
        ]
        self._terms = list(terms(table))
        self._pairs = dict(pairs(table))
        self._unless = frozenset(table.get("pairs", {}).get("unless", ()))
        self._words: dict[str, list[Term]] = {}
        for term in self._terms:
            for form in dict.fromkeys(term.forms):
                if form:
                    self._words.setdefault(form.casefold(), []).append(term)
        some = "|".join(sorted(map(re.escape, self._words), key=len, reverse=True))
        self._pattern = re.compile(rf"(?<!\w)(?:{some})(?!\w)", re.IGNORECASE)

    @classmethod
    @cache  # compiles a pattern, once a text comes
    def load(cls, code: str) -> Language:
        """Returns the language of a code, from the package's ``words``."""
        text = files(__package__).joinpath("words", f"{code}.toml").read_text("utf-8")
        return cls(tomllib.loads(text))

    def swaps(self, text: str) -> Iterator[Swap]:
        """Yields the text about each other group that fits in the place of one that it names."""
        yield from self._of_gender(text)
        mentions = list(self._mentions(text))
        named = dict.fromkeys(one.term.group for one in mentions)
        for group in named:
            mine = [one for one in mentions if one.term.group == group]
            axis = mine[0].term.axis
            others = dict.fromkeys(one.group for one in self._terms if one.axis == axis)
            for other in sorted(others.keys() - named):
                written = self._replaced(text, mine, other)
                if written is not None:
                    yield Swap(written, group, other)

    def _numbers(self, names: str) -> frozenset[int]:
        return frozenset(map(self._slots.index, names.split()))

    # -- finding ------------------------------------------------------------------------------

    def _mentions(self, text: str) -> Iterator[Mention]:
        for found in self._pattern.finditer(text):
            before = BEFORE.search(text, max(0, found.start() - LOOK_BACK), found.start())
            after = NEXT.match(text, found.end())
            told = before.group(1).casefold().replace("’", "'") if before else ""
            around = (told, after.group(1).casefold() if after else "")
            people = [self._people[word] for word in around if word in self._people]
            for term in self._words.get(found.group().casefold(), ()):
                if not term.beside or people:
                    slots = self._narrowed(term, found.group().casefold(), told, people)
                    yield Mention(found.start(), found.end(), told, bool(people), term, slots)
                    break

    def _narrowed(
        self, term: Term, word: str, before: str, people: Sequence[frozenset[int]]
    ) -> tuple[int, ...]:
        slots = [at for at, form in enumerate(term.forms) if form.casefold() == word]
        if term.kind == "nouns":
            for allowed in (self._before.get(before), *people):
                slots = [at for at in slots if at in allowed] or slots if allowed else slots
        return tuple(slots)

    # -- writing ------------------------------------------------------------------------------

    def _replaced(self, text: str, mentions: Sequence[Mention], group: str) -> str | None:
        parts: list[str] = []
        at = 0
        for one in mentions:
            was = text[one.start : one.end]
            word = self._fitting(one, group)
            if word is None or any(s.clashes(one.before, was, word) for s in self._sounds):
                return None
            parts += [text[at : one.start], cased(word, one, was)]
            at = one.end
        return "".join(parts) + text[at:]

    def _fitting(self, mention: Mention, group: str) -> str | None:
        for term in self._terms:
            if (term.group, term.kind) != (group, mention.term.kind):
                continue
            if mention.people or not term.beside:
                words = {term.forms[at] for at in mention.slots}
                return (words.pop() or None) if len(words) == 1 else None
        return None

    def _of_gender(self, text: str) -> Iterator[Swap]:
        """Yields the text about the other gender, where the language lets words alone change."""
        words = [word.casefold() for word in WORD.findall(text)] if self._pairs else []
        here = {self._pairs[word][0] for word in words if word in self._pairs}
        if len(here) != 1 or not self._unless.isdisjoint(words):
            return
        (was,) = here
        became = "gender:female" if was == "gender:male" else "gender:male"
        yield Swap(WORD.sub(self._other, text), was, became)

    def _other(self, found: re.Match[str]) -> str:
        pair = self._pairs.get(found.group().casefold())
        return found.group() if pair is None else like(pair[1], found.group())


def terms(table: Mapping[str, Any]) -> Iterator[Term]:
    """Yields the terms of a table; an adjective with endings has a form for each."""
    endings: list[str] = table.get("endings", [])
    for section, beside in (("nouns", False), ("adjectives", False), ("beside", True)):
        for axis, rows in table.get(section, {}).items():
            for name, *forms in rows:
                group = f"{axis}:{name}"
                if section == "adjectives" or (beside and endings):
                    inflected = tuple(forms[0] + ending for ending in endings)
                    yield Term(group, "adjectives", inflected, beside)
                else:
                    yield Term(group, "nouns", tuple(forms), beside)


def pairs(table: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yields the words for women and men: each with its gender, and the other word."""
    for male, female, his, hers in table.get("pairs", {}).get("gender", ()):
        yield his, (f"gender:{male}", hers)
        yield hers, (f"gender:{female}", his)


def cased(word: str, mention: Mention, was: str) -> str:
    """Returns a word in capitals as the language and the text write it."""
    if was in mention.term.forms:
        return word
    if was.isupper() or was[:1].isupper():
        return like(word, was)
    return word.lower()
