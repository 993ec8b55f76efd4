"""Finds terms for groups of people in a text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

Form = Literal["one", "many", "adjective"]
FORMS: tuple[Form, ...] = ("one", "many", "adjective")

# what a group's adjective may stand before; a plural is looked for first
PEOPLE = (
    "people|folks?|guys|men|women|kids|children|boys|girls|ladies|persons|families|couples"
    "|communities|adults|citizens|students|workers|employees|customers|neighbou?rs|friends"
    "|immigrants|migrants|refugees|drivers|voters|patients|mothers|fathers|parents|males|females|teens"
)
PERSON = (
    "person|man|woman|guy|kid|child|boy|girl|lady|dude|family|couple|community|adult|citizen|student"
    "|worker|employee|customer|neighbou?r|friend|immigrant|migrant|refugee|driver|voter|patient"
    "|mother|father|parent|male|female|teen|doctor|teacher|lawyer|nurse|boss|politician|actor|actress"
)
AMBIGUOUS = frozenset(
    (
        *("aged", "black", "blind", "deaf", "elder", "old", "polish", "poor", "retired"),
        *("rich", "roma", "senior", "straight", "white", "young"),
    )
)
"""Words that mean a group only before a noun for people, or after "he is"."""

PERSONAL = re.compile(
    r"(?:\b(?:he|she|they|i|you|we|who|\w*one|person|man|woman|people|wife|husband)"
    r"(?: (?:is|was|are|were|am)|'s|'re|'m) (?:an? |both |all |just |only )?)$"
)
CAPITAL_AXES = ("race", "religion", "nationality")
SMALL = frozenset(
    (
        *("black person", "white person", "indigenous person", "atheist", "immigrant", "refugee"),
        *("foreigner", "migrant"),
    )
)
"""Groups of these axes that English writes small all the same."""
NOUNS = ("person", "people")
COMMON = frozenset(("the", "man", "men", "woman", "women", *NOUNS))
"""Words of terms that most texts without a term have, too."""
LOOK_BACK = 32
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Group:
    """A group with its words; an empty word means that there is none."""

    axis: str
    one: str
    many: str
    adjective: str

    def proper(self, word: str) -> str:
        """Returns one of its words with the capitals that English gives it.

        >>> Group("race", "native american", "native americans", "").proper("native americans")
        'Native Americans'
        """
        if self.axis not in CAPITAL_AXES or self.one in SMALL:
            return word
        return " ".join(one if one in NOUNS else one.capitalize() for one in word.split())

    @property
    def name(self) -> str:
        """The axis and the word of the group, as records name it."""
        return f"{self.axis}:{self.word('adjective')}"

    def word(self, form: Form) -> str:
        """Returns the word of a form, else the adjective with a noun, else the other noun."""
        words: dict[Form, str] = {
            "one": self.one,
            "many": self.many,
            "adjective": self.adjective or self.one,
        }
        return words[form]


@dataclass(frozen=True, slots=True)
class Mention:
    """A term for a group in a text, without the noun that an adjective may go with."""

    start: int
    end: int
    group: Group
    form: Form
    phrase_end: int
    """Where the noun phrase ends: after ``people`` in ``black people``."""

    phrase_form: Form


class Groups:
    """The known groups, and one pattern for all their terms.

    >>> [(m.group.axis, m.phrase_form) for m in Groups.load().mentions("two black men met a jew")]
    [('race', 'many'), ('religion', 'one')]
    """

    def __init__(self, groups: tuple[Group, ...]) -> None:
        self.groups = groups
        self._words: dict[str, tuple[Group, Form]] = {}
        for group in groups:
            for form in FORMS:
                word = getattr(group, form)
                if word:
                    self._words.setdefault(word, (group, form))
        self._begin: dict[str, set[str]] = {}
        for term in self._words:
            first = term.split()[0].partition("-")[0]
            self._begin.setdefault(telling(term), set()).add(first)
        # longer terms first: "african american" before "african"
        terms = "|".join(sorted(map(re.escape, self._words), key=len, reverse=True))
        self._pattern = re.compile(rf"\b({terms})\b(?:[ -](?:({PEOPLE})|({PERSON}))\b)?")

    @classmethod
    def load(cls) -> Groups:
        """Returns the groups of the package's ``groups.toml``."""
        text = files(__package__).joinpath("groups.toml").read_text("utf-8")
        axes: Mapping[str, list[list[str]]] = tomllib.loads(text)
        return cls(tuple(Group(axis, *words) for axis, rows in axes.items() for words in rows))

    def axis(self, axis: str) -> tuple[Group, ...]:
        """Returns the groups of an axis, in order."""
        return tuple(group for group in self.groups if group.axis == axis)

    def is_telling(self, word: str) -> bool:
        """Tells whether a term has a word; a text without any such word has no term."""
        return word in self._begin

    def mentions(self, text: str) -> Iterator[Mention]:
        """Yields the terms in a text in lower case, in order."""
        present = self._begin.keys() & WORD.findall(text)
        for found in self._found(text, present) if present else ():
            term = found.group(1)
            group, form = self._words[term]
            phrase: Form = "many" if found.group(2) else "one" if found.group(3) else form
            alone = found.end() == found.end(1)
            if term in AMBIGUOUS and alone and not _of_a_person(text, found.start()):
                continue
            yield Mention(found.start(1), found.end(1), group, form, found.end(), phrase)

    def _found(self, text: str, present: Iterable[str]) -> Iterator[re.Match[str]]:
        """Yields the terms that have any of the words that tell of them.

        The slow pattern is tried only where the first word of one of these stands.
        """
        first = set().union(*(self._begin[word] for word in present))
        end = 0
        for start in sorted(start for word in first for start in places(text, word)):
            if start >= end:
                found = self._pattern.match(text, start)
                if found is not None:
                    end = found.end()
                    yield found


def places(text: str, word: str) -> Iterator[int]:
    """Yields where a word stands by itself.

    >>> list(places("the old, the older: old", "old"))
    [4, 20]
    """
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (_in_word(text[start - 1 : start]) or _in_word(text[end : end + 1])):
            yield start
        start = text.find(word, end)


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def telling(term: str) -> str:
    """Returns the word of a term that is in the fewest texts without it.

    >>> telling("the elderly"), telling("black people"), telling("women")
    ('elderly', 'black', 'women')
    """
    words: list[str] = WORD.findall(term)
    rare = [word for word in words if word not in COMMON]
    return max(rare or words, key=len)


def _of_a_person(text: str, start: int) -> bool:
    return PERSONAL.search(text, max(0, start - LOOK_BACK), start) is not None
