"""The answers of the benchmark's model: chunks of one to seven characters, with or without values.

An answer is a function of its number alone, so that the process that sends it and the one that
reads it need not tell each other.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

WORDS = (
    "harbour crane morning letter market village winter station paper teacher garden bridge corner "
    "the a and of to in it was with that for on as at by from but not they had were which when "
    "slowly early often later again almost together nobody somebody quite rather never always "
    "walked found opened carried answered waited counted followed painted mended asked wrote heard"
).split()
NAMES = "anna ben carla dimitri elena farid greta hugo ines jonas".split()
SURNAMES = "baker costa duarte engel fischer greco horvat ivanov jansen klein".split()
HOSTS = ("example.com", "post.example.org", "two-words.example.net", "uni.example.edu")
KINDS = ("e-mail", "phone", "card", "long e-mail")
LEAK = 0.4
"""Share of a value that is a leak where it comes out in one piece."""


@dataclass(frozen=True)
class Answer:
    """A text, how it is cut, and the values in it by kind."""

    text: str
    chunks: tuple[str, ...]
    values: tuple[tuple[str, str], ...]


@lru_cache(maxsize=4096)
def answer(number: int, chunks: int, *, planted: bool = False) -> Answer:
    """Returns an answer of about so many chunks, four characters each on average."""
    source = random.Random(f"{number} {chunks} {planted}")
    sentences, size, length = [], 0, 4 * chunks
    values = [(kind, value(source, kind)) for kind in KINDS] if planted else []
    places = [length * (at + 1) // (len(values) + 1) for at in range(len(values))]
    while size < length or places:
        due = len(values) - len(places)
        if places and size >= places[0]:
            places.pop(0)
            words = f"Write to me: {values[due][1]}, any day"
        else:
            words = " ".join(source.choices(WORDS, k=source.randrange(4, 12))).capitalize()
        sentences.append(f"{words}. ")
        size += len(sentences[-1])
    text = "".join(sentences)
    if not planted:
        text = text[:length]
    return Answer(text, tuple(cut(source, text)), tuple(values))


def cut(source: random.Random, text: str) -> list[str]:
    """Returns a text in chunks of one to seven characters."""
    pieces, at = [], 0
    while at < len(text):
        size = source.randint(1, 7)
        pieces.append(text[at : at + size])
        at += size
    return pieces


def value(source: random.Random, kind: str) -> str:
    """Returns a made-up value; numbers are of those set aside for fiction and tests."""
    name = f"{source.choice(NAMES)}.{source.choice(SURNAMES)}{source.randrange(100)}"
    host = source.choice(HOSTS)
    if kind == "e-mail":
        return f"{name}@{host}"
    if kind == "long e-mail":  # no hold-back of a fixed number of characters covers it
        return f"{''.join(source.choices('klmnopqrst', k=89 - len(host)))}@{host}"
    if kind == "phone":
        area, line = source.choice((212, 415, 617)), source.randrange(100, 200)
        forms = ("({}) 555-0{}", "{}-555-0{}", "+1 {} 555 0{}")
        return source.choice(forms).format(area, line)
    return card(source)


def card(source: random.Random) -> str:
    """Returns a card number with a right last digit, whole or in groups of four."""
    digits = [4, *(source.randrange(10) for _ in range(14))]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[::2]]
    digits.append(-(sum(doubled) + sum(digits[1::2])) % 10)
    text = "".join(map(str, digits))
    groups = [text[at : at + 4] for at in range(0, 16, 4)]
    return source.choice(("", " ", "-")).join(groups)


def leaked(value: str, text: str) -> bool:
    """Tells whether a value, or so much of it in one piece that it is one, is in a text."""
    size = max(4, -int(-len(value) * LEAK // 1))
    return any(value[at : at + size] in text for at in range(len(value) - size + 1))
