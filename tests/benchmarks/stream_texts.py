"""The texts that the stream benchmark puts through guards, and the values planted in them."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass

PROSE = (
    "The committee met on a rainy morning to talk about the new harbour. Nobody had read the long "
    "report, but everybody had an opinion about the cranes, the noise and the price of fish. In the "
    "end they agreed to meet again, to drink less coffee, and to ask an engineer what it would cost. "
)
CHINESE = (
    "委员会在一个下雨的早晨开会，讨论新港口的事。没有人读过那份很长的报告，但是每个人都有自己的看法。"
    "后来大家同意再开一次会，少喝一点咖啡，并且请一位工程师来算一算费用。"
)
CODE = (
    "def area(radius: float) -> float:\n    if radius < 0:\n        raise ValueError(radius)\n"
    "    return 3.14159 * radius ** 2  # close enough\n\n"
    'items = {"a": [1, 2, 3], "b": {"c": None}}\nfor key, value in items.items():\n    print(key, value)\n'
)
EMAIL, CARD, PHONE = "ann.lee@example.com", "4111 1111 1111 1111", "(212) 555-0147"
IBAN, KEY = "DE89 3704 0044 0532 0130 00", "AKIAQYLPMN5HFIQR7XYA"
LONG_EMAIL = f"{'ab' * 39}@example.com"
SENTENCES = (f"Ask {EMAIL}. ", f"Card {CARD}. ", f"Call {PHONE} now. ", f"{IBAN} ")
VALUES = (EMAIL, CARD, PHONE, IBAN, KEY, LONG_EMAIL)


def repeated(text: str, length: int) -> str:
    """Returns a text again and again, up to a length."""
    return (text * (length // len(text) + 1))[:length]


def with_values(text: str, length: int, distance: int) -> str:
    """Returns a text with a value each so many characters, of four types in turn."""
    plain, pieces = repeated(text, length), []
    for number, at in enumerate(range(0, length, distance - 25)):
        pieces.append(plain[at : at + distance - 25] + SENTENCES[number % len(SENTENCES)])
    return "".join(pieces)[:length]


def minified(length: int) -> str:
    """Returns one line of JSON."""
    row = {
        "id": 48213,
        "state": "open",
        "tags": ["new", "late"],
        "total": 12.5,
        "ok": True,
        "note": "at the door",
    }
    return repeated(json.dumps(row, separators=(",", ":")) + ",", length)


def numbers(length: int) -> str:
    """Returns a column of numbers."""
    return repeated("".join(f"{n * 7919 % 100_000}\n" for n in range(1, 400)), length)


def in_chunks(length: int) -> dict[str, str]:
    """Returns the texts that come in chunks, by name."""
    return {
        "prose": repeated(PROSE, length),
        "a value each 500": with_values(PROSE, length, 500),
        "Chinese prose": repeated(CHINESE, length),
        "minified JSON": minified(length),
        "a column of numbers": numbers(length),
        "code": repeated(CODE, length),
    }


def whole(length: int) -> dict[str, str]:
    """Returns the texts that come in one piece, by name."""
    return {
        "prose, a value each 2,000": with_values(PROSE, length, 2_000),
        "minified JSON": minified(length),
        "Chinese prose": repeated(CHINESE, length),
        "a column of numbers": numbers(length),
    }


@dataclass(frozen=True)
class Planted:
    """A text, and the values in it."""

    text: str
    values: tuple[str, ...]


def planted(count: int) -> list[Planted]:
    """Returns documents with one value of each type in prose, in random order."""
    source, documents = random.Random(4), []
    for _ in range(count):
        values = source.sample(VALUES, len(VALUES))
        at = source.randrange(len(PROSE))
        text = "".join(f"{repeated(PROSE[at:] + PROSE, 150)} so {value}, yes. " for value in values)
        documents.append(Planted(text, tuple(values)))
    return documents


def at_random(text: str, seed: int, most: int = 4) -> list[str]:
    """Returns a text in random pieces, of one character up to a few."""
    source, pieces, at = random.Random(seed), [], 0
    while at < len(text):
        size = source.randrange(1, most + 1)
        pieces.append(text[at : at + size])
        at += size
    return pieces
