"""Disguises words as people do who want to slip past a filter."""

from __future__ import annotations

import random
from collections.abc import Callable

LEET = dict(zip("aeiostbgl", "43105781|", strict=True)) | {"s": "$", "i": "!", "a": "@"}
LOOK_ALIKES = dict(zip("acehiopsxyABCEHKMOPTX", "асеһіорѕхуАВСЕНКМОРТХ", strict=True))
HIDDEN = ("\u200b", "\u200c", "\u2060", "\u00ad", "\ufeff")
WIDE = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
GAPS = (" ", ".", "-", "_", "*")
LONG = 4

Disguise = Callable[[str, random.Random], str]


def leet(text: str, draw: random.Random) -> str:
    """Returns the text with digits and signs for some letters."""
    return "".join(
        LEET[letter.lower()] if letter.lower() in LEET and draw.random() < 0.5 else letter
        for letter in text
    )


def look_alike(text: str, draw: random.Random) -> str:
    """Returns the text with letters of another script that look the same."""
    return "".join(
        LOOK_ALIKES[letter] if letter in LOOK_ALIKES and draw.random() < 0.5 else letter
        for letter in text
    )


def hidden(text: str, draw: random.Random) -> str:
    """Returns the text with characters of no width between some letters."""
    return "".join(
        letter + draw.choice(HIDDEN) if letter.isalpha() and draw.random() < 0.3 else letter
        for letter in text
    )


def spaced(text: str, draw: random.Random) -> str:
    """Returns the text with some long words spelled out with gaps."""
    gap = draw.choice(GAPS)
    return " ".join(
        gap.join(word) if len(word) >= LONG and word.isalpha() and draw.random() < 0.5 else word
        for word in text.split(" ")
    )


def wide(text: str, draw: random.Random) -> str:
    """Returns the text with some words in letters of full width."""
    return " ".join(
        "".join(WIDE.get(letter, letter) for letter in word) if draw.random() < 0.5 else word
        for word in text.split(" ")
    )


def drawn_out(text: str, draw: random.Random) -> str:
    """Returns the text with one vowel of some words repeated."""
    return " ".join(
        _longer(word, draw) if draw.random() < 0.4 else word for word in text.split(" ")
    )


def starred(text: str, draw: random.Random) -> str:
    """Returns the text with a star for the vowel of some words."""
    return " ".join(_starred(word) if draw.random() < 0.4 else word for word in text.split(" "))


def cased(text: str, draw: random.Random) -> str:
    """Returns the text shouted, or with capitals thrown in."""
    if draw.random() < 0.5:
        return text.upper()
    return "".join(letter.upper() if draw.random() < 0.4 else letter for letter in text)


def misspelt(text: str, draw: random.Random) -> str:
    """Returns the text with a letter dropped, doubled or swapped in some long words."""
    return " ".join(
        _misspelt(word, draw) if len(word) > LONG and draw.random() < 0.4 else word
        for word in text.split(" ")
    )


DISGUISES: tuple[Disguise, ...] = (
    *(leet, look_alike, hidden, spaced, wide, drawn_out, starred, cased, misspelt),
)


def disguised(text: str, draw: random.Random) -> str:
    """Returns the text in a disguise that is drawn."""
    return draw.choice(DISGUISES)(text, draw)


def _longer(word: str, draw: random.Random) -> str:
    at = next((at for at, letter in enumerate(word) if letter in "aeiou"), None)
    return word if at is None else word[:at] + word[at] * draw.randint(2, 6) + word[at + 1 :]


def _starred(word: str) -> str:
    at = next((at for at, letter in enumerate(word[1:-1], 1) if letter in "aeiou"), None)
    return word if at is None else word[:at] + "*" + word[at + 1 :]


def _misspelt(word: str, draw: random.Random) -> str:
    at = draw.randrange(1, len(word) - 1)
    return draw.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )
