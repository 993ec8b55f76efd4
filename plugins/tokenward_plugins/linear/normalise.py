"""Reads a text as a person would: case, width, accents, hidden and look-alike characters undone."""

from __future__ import annotations

import re
import unicodedata

# U+E0020..E007E repeat ASCII invisibly; models read them, people do not see them
TAGS = {0xE0000 + code: code for code in range(0x20, 0x7F)}
HIDDEN: dict[int, None] = dict.fromkeys(
    (
        *(0xAD, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFEFF, 0xFFA0),
        *range(0x300, 0x370),  # accents
        *range(0x180B, 0x1810),
        *range(0x200B, 0x2010),  # zero width
        *range(0x202A, 0x202F),  # direction
        *range(0x2060, 0x2070),
        *range(0xFE00, 0xFE10),  # variation selectors
    )
)
QUOTES = str.maketrans("‘’ʼ`´“”«»", "'''''\"\"\"\"")
LOOK_ALIKES = str.maketrans(
    "абвгдезиікмнорстухѕјԁԛԝһαεικνορτυχγ",
    "abbrdeenikmhopctyxsjdqwhaeikvoptuxy",
)
MIXED = re.compile(r"[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z]")
WORD = re.compile(r"\w+")


def plain(text: str) -> str:
    """Returns the text in lower case without disguise of single characters.

    Compatibility forms become ordinary letters, accents and invisible characters go, and letters
    of other scripts inside a Latin word become what they look like. Linear in the text.

    >>> plain("ＡＢ\u200bC d\u00e9j\u00e0 h\u0430te")
    'abc deja hate'
    """
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKC", text.translate(TAGS).translate(QUOTES))
    text = unicodedata.normalize("NFD", text.casefold()).translate(HIDDEN)
    text = unicodedata.normalize("NFC", text)
    return text if MIXED.search(text) is None else WORD.sub(_latin, text)


def _latin(found: re.Match[str]) -> str:
    word = found.group()
    return word if MIXED.search(word) is None else word.translate(LOOK_ALIKES)
