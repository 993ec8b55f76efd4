"""Characters that disguise text, and what they stand for.

Code points are written as numbers: most of these cannot be told apart, or seen at all. Whatever
Unicode itself says (compatibility forms, decimal digits) is asked of ``unicodedata``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator


def points(ranges: str) -> Iterator[int]:
    """Yields the code points of hexadecimal numbers and ranges.

    >>> [hex(point) for point in points("ad 200b-200d")]
    ['0xad', '0x200b', '0x200c', '0x200d']
    """
    for part in ranges.split():
        first, _, last = part.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def inside(characters: Iterable[str]) -> str:
    r"""Returns the inside of a character class, with neighbours joined to ranges.

    >>> print(inside("cab-"))
    \-a-c
    """
    parts, codes = [], sorted(map(ord, set(characters)))
    first = 0
    for at, code in enumerate(codes):
        if at + 1 == len(codes) or codes[at + 1] != code + 1:
            low, high = (_escaped(codes[first]), _escaped(code))
            parts.append(low if first == at else f"{low}-{high}")
            first = at + 1
    return "".join(parts)


def _escaped(code: int) -> str:
    character = chr(code)
    return f"\\{character}" if character.isascii() and not character.isalnum() else character


HIDDEN = frozenset(
    map(
        chr,
        points(
            "ad 34f 61c 115f-1160 17b4-17b5 180b-180f 200b-200f 202a-202e 2060-206f 3164 fe00-fe0f"
            " feff ffa0 fff9-fffb 1bca0-1bca3 1d173-1d17a e0000-e001f e007f-e00ff e01f0-e0fff"
        ),
    )
)
"""Characters that show nothing: zero-width, soft hyphens, directions, fillers, selectors."""

TAGS: dict[str, str] = {
    **{chr(0xE0000 + code): chr(code) for code in range(0x20, 0x7F)},
    **{chr(0xE00F0 + code): chr(code) for code in range(0x20, 0x7F)},
}
"""Characters that show nothing either, and in which ASCII text can be written that models read:
tags, and the selectors that a byte is commonly hidden in."""
TAG_LIKE = frozenset(map(chr, points("e0020-e007e e0100-e01ef")))

MARKS = (
    frozenset(
        map(
            chr,
            points(
                "300-34e 350-36f 483-489 591-5bd 5bf 5c1-5c2 64b-65f 670 1ab0-1ace 1dc0-1dff"
                " 20d0-20f0 fe20-fe2f"
            ),
        )
    )
    - HIDDEN
)
"""Marks that are drawn over the character before: no value in ASCII has one."""

_COMPATIBILITY = (
    "2b0-2b8 2e1-2e3 1d2c-1d6a 1d9c-1dbf 2071 207f 2090-209c 2024 2100-214f 2160-217f 24b6-24e9"
    " 2c7c fe52 fe63 fe6b ff0b ff20-ff3a ff3f ff41-ff5a 1d400-1d6a5 1f130-1f149"
)
_OWN = {
    "": "249c-24b5 1f150-1f169 1f170-1f189",  # in brackets, white on black: in order of letters
    "A": "1d00", "B": "299", "C": "1d04", "D": "1d05", "E": "1d07", "F": "a730", "G": "262",
    "H": "29c", "I": "26a", "J": "1d0a", "K": "1d0b", "L": "29f", "M": "1d0d", "N": "274",
    "O": "1d0f", "P": "1d18", "R": "280", "S": "a731", "T": "1d1b", "U": "1d1c", "V": "1d20",
    "W": "1d21", "Y": "28f", "Z": "1d22",
}  # fmt: skip


def _forms() -> Iterator[tuple[str, str]]:
    for form in map(chr, points(_COMPATIBILITY)):
        plain = unicodedata.normalize("NFKC", form)
        if len(plain) == 1 and plain.isascii():
            yield form, plain
    for at, point in enumerate(points(_OWN[""])):
        yield chr(point), chr(ord("a" if point < 0x1F000 else "A") + at % 26)  # noqa: PLR2004
    for letter, form_points in _OWN.items():
        if letter:  # small capitals
            yield from ((chr(point), letter.lower()) for point in points(form_points))


FORMS = dict(_forms())
"""Other forms of one ASCII letter or sign: full-width, mathematical, circled, raised, small."""

ZEROS = (
    "660 6f0 7c0 966 9e6 a66 ae6 b66 be6 c66 ce6 d66 de6 e50 ed0 f20 1040 1090 17e0 1810 1946 19d0"
    " 1a80 1a90 1b50 1bb0 1c40 1c50 a620 a8d0 a900 a9d0 a9f0 aa50 abf0 ff10 104a0 10d30 10d40 11066"
    " 110f0 11136 111d0 112f0 11450 114d0 11650 116c0 116d0 116da 11730 118e0 11950 11bf0 11c50"
    " 11d50 11da0 11de0 11f50 16130 16a60 16ac0 16b50 16d70 1ccf0 1d7ce 1d7d8 1d7e2 1d7ec 1d7f6"
    " 1e140 1e2f0 1e4f0 1e5f1 1e950 1fbf0"
)
"""Where the ten decimal digits of each other script begin (Unicode 16)."""
DIGITS = {chr(zero + digit): str(digit) for zero in points(ZEROS) for digit in range(10)}

_NUMBERED = {
    "0123456789": "2070 b9 b2 b3 2074-2079 1f101-1f10a",
    "0123456789+-": "2080-2089 208a-208b",
    "+-": "207a-207b",
    "1234567890": "2460-2468 24ea 2776-277e 24ff",
    "123456789": "2474-247c 2488-2490 24f5-24fd 2780-2788 278a-2792",
    "0": "1f100 1f10b-1f10c",
}
NUMBERED = {
    chr(point): digits[at % len(digits)]
    for digits, ranges in _NUMBERED.items()
    for at, point in enumerate(points(ranges))
}
"""Raised, lowered and circled digits: each may be a number of its own, so only runs are read."""

AFTER_ASCII = {
    **dict.fromkeys(map(chr, points("2010-2011 ff0d")), "-"),
    **dict.fromkeys(map(chr, points("ff0e")), "."),
    **dict.fromkeys(map(chr, points("ff1a 2236 a789")), ":"),
    **dict.fromkeys(map(chr, points("ff0f 2215")), "/"),
    **dict.fromkeys(map(chr, points("ff1d")), "="),
}
"""Signs that belong to other scripts' text, unless what stands before them is ASCII."""

STOPS = frozenset(map(chr, points("3002 ff61")))
"""Full stops of Chinese and Japanese: a dot between a host and its ending only."""

DOTS = frozenset(map(chr, points("b7 2022 2027 2219 22c5 30fb ff65")))
"""Dots in the middle of the line: a dot within the domain of an e-mail address only."""

_ALIKE = """
a 251 3b1 430    b 44c 432 13cf    c 441 3f2 2ca5 581    d 501 13e7 a4d2    e 435 3b5 454 4bd
f 584    g 261 581    h 4bb 570 43d    i 3b9 456    j 458 3f3 575    k 3ba 43a    l 4cf
m 43c    n 3b7 578 43f    o 3bf 43e 585 2c9f    p 3c1 440 2ca3    q 51b 566    r 433 2c85
s 455    t 3c4 442    u 3c5 57d    v 3bd 475    w 51d 461    x 3c7 445 2cad    y 3b3 443 4af
z 290
A 391 410 13aa a4ee 2c80    B 392 412 13f4 a4d0 2c82    C 421 3f9 13df a4da 2ca4    D 13a0 a4d3
E 395 415 13ac a4f0    F 3dc a4dd    G 50c 13c0 a4d6    H 397 41d 13bb a4e7 2c8e
I 399 406 4c0 a4f2 2c92    J 408 37f 13ab a4d9    K 39a 41a 13e6 a4d7 2c94    L 13de a4e1
M 39c 41c 13b7 a4df 2c98    N 39d a4e0 2c9a    O 39f 41e 555 a4f3 2c9e    P 3a1 420 13e2 a4d1 2ca2
Q 51a    R 13a1 13d2 a4e3    S 405 54f 13da a4e2    T 3a4 422 13a2 a4d4 2ca6    U 54d a4f4
V 474 13d9 a4e6    W 51c 13b3 13d4 a4ea    X 3a7 425 a4eb 2cac    Y 3a5 4ae 423 a4ec 2ca8
Z 396 13c3 a4dc
"""


def _alike() -> Iterator[tuple[str, str]]:
    letter = ""
    for word in _ALIKE.split():
        if len(word) == 1:  # no code point of these has one digit
            letter = word
        else:
            yield chr(int(word, 16)), letter


ALIKE = dict(_alike())
"""Letters of other scripts that look like an ASCII one: Cyrillic, Greek, Armenian, Cherokee,
Lisu, Coptic, phonetic. They are folded only among ASCII letters and digits, not within a word of
their own script."""

DIGIT_ALIKE = {
    chr(point): digit
    for digit, ranges in {
        "0": "39f 3bf 41e 43e 555 585",
        "1": "399 406 4c0",
        "3": "417 437 4e0",
        "6": "431",
    }.items()
    for point in points(ranges)
}
"""Letters that look like a digit: folded only where one stands between two ASCII digits."""
