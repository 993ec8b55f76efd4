"""Composes what the embedded tagger learns from: rows of data sets, own sentences, filled."""

from __future__ import annotations

import gzip
import json
import random
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from tokenward_plugins.names.clues import persons
from tokenward_plugins.names.gazetteer import table as known
from tokenward_plugins.names.train.addresses import like, street
from tokenward_plugins.names.train.rows import ADDRESS, Row

SLOT = re.compile(r"\{([PFNCKOSXTAD])\}")
BREAK = re.compile(r"(?<=[.!?])\s+(?=[^a-z])|\n+")
TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|[A-Z])\.\s*$")
KINDS = {
    "P": "PERSON",
    "F": "PERSON",
    "N": "PERSON",
    "C": "LOCATION",
    "K": "LOCATION",
    "O": "ORGANIZATION",
    "S": ADDRESS,
}
PLAIN = {"X": "acronyms", "T": "things", "A": "openers"}
"""Slots that hold no names, with the lists that fill them."""

LOWERED = 0.18
RAISED = 0.08
"""How many rows are learned from in small letters, and in capitals, too."""

LENGTHS = range(4, 40)
KNOWN = 0.4
"""How often a made-up place is a well-known one."""

LISTED = 0.25
"""How often a made-up person has names of the own lists, of any two languages."""

COMMON = 0.2
"""How often a made-up country is one that is often spoken of."""

EVERYDAY = 20
"""How often, in small letters, a corpus must have a word that may begin a plain sentence."""

INSTEAD = {
    "he|she|him|his|my friend|my wife|my husband|this guy|the man|the woman|this man|the author": (
        "PFFNN"
    ),
    "the country|this country|the state|this state|the city|this city|the province|here|there|"
    "the us": "CCK",
    "the company|the government|the media|the party|the church|the school|the bank|the union|"
    "the police": "O",
}
"""Words that names stand in for, with the kinds of names."""

STANDS = re.compile(r"\b(?:" + "|".join(INSTEAD) + r")\b(?!')", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """The own sentences: by language with slots and without names, and what fills slots."""

    languages: Mapping[str, Mapping[str, Sequence[str]]]
    fill: Mapping[str, Any]

    @classmethod
    def read(cls) -> Table:
        """Returns the table that lies beside this module."""
        text = files(__package__).joinpath("sentences.toml").read_text(encoding="utf-8")
        table = tomllib.loads(text)
        return cls({name: table[name] for name in table if name != "fill"}, table["fill"])


class Filler:
    """Makes up names, by language; the same ones for the same seed."""

    def __init__(self, table: Table, seed: int) -> None:
        from faker import Faker  # noqa: PLC0415  (training only)

        self._source = random.Random(seed)
        self._fill = table.fill
        self._persons = {name: words.split() for name, words in persons().items()}
        self._known = {name: names for lists in known().values() for name, names in lists.items()}
        Faker.seed(seed)
        self._makers = {
            language: [Faker(locale) for locale in locales]
            for language, locales in table.fill["locales"].items()
        }

    def name(self, slot: str, language: str) -> str:
        """Returns a name for P, F, N, C, K, O or S, a plain word for X, T or A, a number for D."""
        if slot in PLAIN:
            return str(self._source.choice(self._fill[PLAIN[slot]]))
        if slot == "D":
            return str(self._source.randrange(self._source.choice([10, 100, 1000, 100_000])))
        maker = self._source.choice(self._makers[language])
        own = self._source.random() < LISTED
        first = partial(self._listed, "first") if own else maker.first_name
        last = partial(self._listed, "last") if own else maker.last_name
        makers: Mapping[str, Callable[[], str]] = {
            "P": lambda: f"{first()} {self._middle()}{last()}",
            "F": first,
            "N": last,
            "C": lambda: self._town(maker),
            "K": lambda: self._country(maker),
            "O": lambda: self._organisation(maker, language),
            "S": lambda: street(maker, self._source),
        }
        return " ".join(makers[slot]().split())

    def address(self, text: str) -> str:
        """Returns a made-up address of the form of another one."""
        makers = [one for some in self._makers.values() for one in some]
        maker = self._source.choice(makers)
        return like(text, maker, self._town(maker), self._source)

    def _listed(self, which: str) -> str:
        return self._source.choice(self._persons[which]).title()

    def _town(self, maker: Any) -> str:
        one = self._source.random()
        kind = "cities" if one < KNOWN else "regions" if one < KNOWN + 0.1 else ""
        name = str(self._source.choice(self._known[kind]) if kind else maker.city())
        return name.upper() if self._source.random() < 0.1 else name

    def _country(self, maker: Any) -> str:
        one = self._source.random()
        if one < COMMON:
            return str(self._source.choice(self._fill["common"]))
        if one < COMMON + KNOWN:
            return self._source.choice(self._known["countries"])
        return str(maker.country())

    def _middle(self) -> str:
        letter = self._source.choice("ABCDEGHJKLMPRSTW")
        return self._source.choice(["", "", "", "", f"{letter}. ", f"{letter} "])

    def _organisation(self, maker: Any, language: str) -> str:
        one = self._source.random()
        if one < 0.35:
            kind = self._source.choice(("companies", "companies", "bodies", "teams"))
            return self._source.choice(self._known[kind])
        if one < 0.5:
            return str(maker.company())
        if one < 0.62:
            words = [str(maker.word()).capitalize() for _ in range(self._source.choice([2, 2, 3]))]
            return " ".join(words)
        if one < 0.7:
            return f"{self._source.choice(self._fill['starts'][language])} {maker.city()}"
        stem = self._source.choice([maker.last_name(), maker.word().capitalize(), self._made_up()])
        return (
            f"{stem} {self._source.choice(self._fill['ends'][language])}"
            if one < 0.9
            else self._made_up()
        )

    def _made_up(self) -> str:
        parts = self._fill["parts"]
        one, other = self._source.sample(parts, 2)
        name = f"{one}{other}" if self._source.random() < 0.7 else f"{one}{other.capitalize()}"
        return name[0].upper() + name[1:]


def filled(template: str, language: str, filler: Filler) -> Row:
    """Returns an own sentence with names in its slots."""
    text, at, spans = "", 0, []
    for match in SLOT.finditer(template):
        text += template[at : match.start()]
        name = filler.name(match[1], language)
        if match[1] in KINDS:
            spans.append((len(text), len(text) + len(name), KINDS[match[1]]))
        text, at = text + name, match.end()
    return Row(text + template[at:], tuple(spans))


def renamed(row: Row, filler: Filler, source: random.Random) -> Row:
    """Returns a row with other names in the places of its own."""
    text, at, spans = "", 0, []
    for start, end, kind in sorted(row.spans):
        if start < at:
            continue
        slots = {"PERSON": "PPF" if " " in row.text[start:end] else "FN", "LOCATION": "CCK"}
        name = row.text[start:end]
        if kind == ADDRESS:
            name = filler.address(name)
        elif kind in KINDS.values():
            name = filler.name(source.choice(slots.get(kind, "O")), "en")
        text += row.text[at:start]
        spans.append((len(text), len(text) + len(name), kind))
        text, at = text + name, end
    return Row(text + row.text[at:], tuple(spans))


def sentences(row: Row) -> Iterator[Row]:
    """Yields the sentences of a row, about as the engine cuts them; no name is cut."""
    places, start = [], 0
    for match in BREAK.finditer(row.text):
        inside = any(a < match.end() and match.start() < b for a, b, _ in row.spans)
        if not inside and not TITLE.search(row.text[start : match.start()]):
            places.append((start, match.start()))
            start = match.end()
    for first, last in [*places, (start, len(row.text))]:
        spans = tuple(
            (a - first, b - first, kind) for a, b, kind in row.spans if first <= a and b <= last
        )
        if row.text[first:last].strip():
            yield Row(row.text[first:last], spans)


def personified(row: Row, filler: Filler, source: random.Random) -> Row | None:
    """Returns a plain sentence with names in the places of words such as "he" or "the city"."""
    text, at, spans = "", 0, []
    for match in STANDS.finditer(row.text):
        word = match[0].lower()
        slot = source.choice(
            next(slots for words, slots in INSTEAD.items() if word in words.split("|"))
        )
        name, before = filler.name(slot, "en"), "in " if word in ("here", "there") else ""
        text += row.text[at : match.start()] + (before if match.start() else before.capitalize())
        spans.append((len(text), len(text) + len(name), KINDS[slot]))
        text, at = text + name + ("'s" if word == "his" else ""), match.end()
    return Row(text + row.text[at:], tuple(spans)) if spans else None


def lowered(row: Row) -> Row:
    """Returns a row in small letters, if all its letters have one."""
    return _changed(row, row.text.lower())


def raised(row: Row) -> Row:
    """Returns a row in capitals, if all its letters have one."""
    return _changed(row, row.text.upper())


def _changed(row: Row, text: str) -> Row:
    return Row(text, row.spans) if len(text) == len(row.text) else row


def nameless(path: Path, most: int) -> list[Row]:
    """Returns sentences of a corpus in which only the first word, an everyday one, has a capital.

    They hold no names, unless in small letters: what is written large nowhere but at a beginning,
    and elsewhere small, is no name.
    """
    texts = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            texts += [part.strip() for part in BREAK.split(json.loads(line)["text"])]
    small = Counter(re.findall(r"\b[a-z]{2,}\b", " ".join(texts)))
    found = []
    for text in texts:
        words = re.findall(r"[^\W\d_]+", text)
        rest = [word for word in words[1:] if word != "I"]
        usual = len(words) in LENGTHS and text.isascii() and all(map(str.islower, rest))
        if usual and (words[0] in ("I", "A") or small[words[0].lower()] > EVERYDAY):
            found.append(Row(text, ()))
    return random.Random(3).sample(found, min(most, len(found)))
